"""boto3 unchanged against moto behind the middleware: signed requests are served, others get AWS's error."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from infra.local.aws.auth_middleware import refuse, verify
from infra.local.aws.moto import MotoServer
from infra.local.wire.errors import AuthenticationError, SignatureExpired
from infra.local.wire.signature import SignedRequest

KEY, SECRET = "local", "local-secret"
KEYS = [
    "a b/c.jpg",
    "Zürich/日本.jpg",
    "12:30:00+01:00.jpg",
    "a//b",
    "./a/../b",
    "50%25=?&#~*'()!$,;@",
    "/leading",
    "trailing/",
]
CALLS: dict[str, Callable[[Any], object]] = {
    "s3": lambda client: client.list_buckets(),
    "sqs": lambda client: client.list_queues(),
    "dynamodb": lambda client: client.list_tables(),
    "kms": lambda client: client.list_keys(),
    "logs": lambda client: client.describe_log_groups(),
    "cloudformation": lambda client: client.list_stacks(),
    "iam": lambda client: client.list_roles(),
    "sts": lambda client: client.get_caller_identity(),
    "sns": lambda client: client.list_topics(),
    "lambda": lambda client: client.list_functions(),
    "scheduler": lambda client: client.list_schedules(),
}
S3 = ("SignatureDoesNotMatch 403", "InvalidAccessKeyId 403", "AccessDenied 403")
JSON = (
    "InvalidSignatureException 400",
    "UnrecognizedClientException 400",
    "MissingAuthenticationTokenException 400",
)
REST_JSON = ("InvalidSignatureException 403", "UnrecognizedClientException 403")
QUERY = ("SignatureDoesNotMatch 403", "InvalidClientTokenId 403", "MissingAuthenticationToken 403")
ERRORS: dict[str, tuple[str, ...]] = {
    "s3": S3,
    **dict.fromkeys(("sqs", "dynamodb", "kms", "logs"), JSON),
    **dict.fromkeys(("cloudformation", "iam", "sts", "sns"), QUERY),
    **dict.fromkeys(("lambda", "scheduler"), REST_JSON),
}


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with MotoServer({KEY: SECRET}) as server:
        yield server


def client(server: MotoServer, service: str, key: str = KEY, secret: str = SECRET, **config: Any) -> Any:
    return boto3.client(  # type: ignore[call-overload]  # the overloads are for one literal each
        service,
        endpoint_url=server.url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def error_of(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    response = raised.value.response
    return f"{response['Error']['Code']} {response['ResponseMetadata']['HTTPStatusCode']}"


@pytest.mark.parametrize("service", CALLS)
def test_who_signs_is_served(server: MotoServer, service: str) -> None:
    CALLS[service](client(server, service))


@pytest.mark.parametrize(("service", "error"), [(name, codes[0]) for name, codes in ERRORS.items()])
def test_a_wrong_secret(server: MotoServer, service: str, error: str) -> None:
    assert error_of(lambda: CALLS[service](client(server, service, secret="wrong"))) == error


@pytest.mark.parametrize(("service", "error"), [(name, codes[1]) for name, codes in ERRORS.items()])
def test_an_unknown_key(server: MotoServer, service: str, error: str) -> None:
    assert error_of(lambda: CALLS[service](client(server, service, key="nobody"))) == error


@pytest.mark.parametrize(
    ("service", "error"), [(name, codes[2]) for name, codes in ERRORS.items() if len(codes) > 2]
)
def test_no_signature(server: MotoServer, service: str, error: str) -> None:
    unsigned = client(server, service, signature_version=UNSIGNED)

    assert error_of(lambda: CALLS[service](unsigned)) == error


def test_any_region(server: MotoServer) -> None:
    assert client(server, "sqs", region_name="eu-central-1").list_queues()


def test_a_head_is_refused_without_a_body(server: MotoServer) -> None:
    refused = client(server, "s3", secret="wrong")

    assert error_of(lambda: refused.head_object(Bucket="frames", Key="a")) == "403 403"


@pytest.fixture(scope="module")
def s3(server: MotoServer) -> Any:
    made = client(server, "s3")
    made.create_bucket(Bucket="frames")
    return made


@pytest.mark.parametrize("key", KEYS)
def test_an_awkward_key(s3: Any, key: str) -> None:
    s3.put_object(Bucket="frames", Key=key, Body=b"jpeg", Metadata={"camera_id": "door", "a-b": "c  d"})

    found = s3.get_object(Bucket="frames", Key=key)
    assert (found["Body"].read(), found["Metadata"]["camera_id"]) == (b"jpeg", "door")
    listed = s3.list_objects_v2(Bucket="frames", Prefix=key, Delimiter="|")
    assert [content["Key"] for content in listed["Contents"]] == [key]
    assert s3.delete_objects(Bucket="frames", Delete={"Objects": [{"Key": key}]})["Deleted"]
    assert "Contents" not in s3.list_objects_v2(Bucket="frames", Prefix=key)


@pytest.mark.parametrize("version", [None, "s3v4"])
@pytest.mark.parametrize("key", KEYS[:4])
def test_a_presigned_url(server: MotoServer, s3: Any, key: str, version: str | None) -> None:
    signer = client(server, "s3", signature_version=version)
    target = {"Bucket": "frames", "Key": key}
    put = signer.generate_presigned_url("put_object", {**target, "ContentType": "image/jpeg"})
    urlopen(Request(put, b"jpeg", {"Content-Type": "image/jpeg"}, method="PUT")).close()  # noqa: S310 - our own URL

    named = {**target, "ResponseContentType": "image/x-own"}
    with urlopen(signer.generate_presigned_url("get_object", named)) as answer:  # noqa: S310 - our own URL
        assert (answer.read(), answer.headers["Content-Type"]) == (b"jpeg", "image/x-own")
    s3.delete_object(**target)


@pytest.mark.parametrize("version", [None, "s3v4"])
@pytest.mark.parametrize(
    ("key", "secret", "seconds", "code"),
    [
        (KEY, "wrong", 60, "SignatureDoesNotMatch"),
        ("nobody", SECRET, 60, "InvalidAccessKeyId"),
        (KEY, SECRET, -1, "AccessDenied"),
    ],
)
def test_a_presigned_url_that_is_not_good(
    server: MotoServer, version: str | None, key: str, secret: str, seconds: int, code: str
) -> None:
    signer = client(server, "s3", key, secret, signature_version=version)
    url = signer.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"}, ExpiresIn=max(seconds, 0))
    request = SignedRequest("GET", "/b/k", url.partition("?")[2], [("Host", server.url[7:])], [])
    now = (datetime.now(UTC) + timedelta(seconds=0 if seconds > 0 else 2)).timestamp()

    with pytest.raises(AuthenticationError) as refused:
        verify(request, {KEY: SECRET}, now)
    answer = refuse(request, refused.value)
    assert (answer.status, f"<Code>{code}</Code>" in answer.body.decode()) == (403, True)


def test_a_presigned_url_is_good_for_one_method(server: MotoServer, s3: Any) -> None:
    url = s3.generate_presigned_url("get_object", {"Bucket": "frames", "Key": "k"})

    with pytest.raises(HTTPError) as refused:
        urlopen(Request(url, method="DELETE"))  # noqa: S310 - our own URL
    with refused.value as answer:
        assert (answer.code, b"SignatureDoesNotMatch" in answer.read()) == (403, True)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("checksums", ["when_supported", "when_required"])
def test_a_large_body_arrives_whole(server: MotoServer, s3: Any, checksums: str, chunked: bool) -> None:
    body = bytes(range(256)) * (80 * 1024)  # 20 MB
    sender = client(server, "s3", request_checksum_calculation=checksums)
    if chunked:
        sender.upload_fileobj(io.BytesIO(body), "frames", "large")
    else:
        sender.put_object(Bucket="frames", Key="large", Body=body)

    assert s3.get_object(Bucket="frames", Key="large")["Body"].read() == body


def test_a_large_body_is_refused_with_an_answer(server: MotoServer) -> None:
    refused = client(server, "s3", secret="wrong")

    call = lambda: refused.put_object(Bucket="frames", Key="large", Body=bytes(20 << 20))  # noqa: E731 - as elsewhere here
    assert error_of(call) == "SignatureDoesNotMatch 403"


@pytest.mark.parametrize("signed", [True, False])
def test_s3_takes_a_body_that_is_not_signed(server: MotoServer, s3: Any, signed: bool) -> None:
    sender = client(server, "s3", s3={"payload_signing_enabled": signed})
    sender.put_object(Bucket="frames", Key="k", Body=b"jpeg")

    assert s3.get_object(Bucket="frames", Key="k")["Body"].read() == b"jpeg"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_streamed_body_with_its_checksum_behind_it(server: MotoServer, s3: Any, chunked: bool) -> None:
    """As boto3 sends it over TLS, with its checksum in a trailer."""
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "4"}
    trailer = {"X-Amz-Trailer": "x-amz-checksum-crc32"}
    request = AWSRequest("PUT", f"{server.url}/frames/streamed", headers={**headers, **trailer})
    request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1").add_auth(request)
    assert request.headers["X-Amz-Content-SHA256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    body = b"4\r\njpeg\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]))
    with closing(connection):
        sent = iter([body[:5], body[5:]]) if chunked else body
        connection.request("PUT", "/frames/streamed", sent, dict(request.headers), encode_chunked=chunked)
        assert connection.getresponse().status == 200
    assert s3.get_object(Bucket="frames", Key="streamed")["Body"].read() == b"jpeg"


def test_another_body_than_the_signed_one(server: MotoServer) -> None:
    def change(request: Any, **_: object) -> None:
        request.body = b'{"Limit": 1}'

    for service, call, error in (
        ("dynamodb", lambda made: made.list_tables(), "InvalidSignatureException 400"),
        ("s3", lambda made: made.put_object(Bucket="b", Key="k", Body=b'{"Limit": 2}'), S3[0]),
    ):
        sender = client(server, service)
        sender.meta.events.register("before-send", change)
        assert error_of(lambda call=call, sender=sender: call(sender)) == error  # type: ignore[misc]  # bound here


def test_messages_items_and_stacks(server: MotoServer) -> None:
    sqs, dynamodb = client(server, "sqs"), client(server, "dynamodb")
    url = sqs.create_queue(QueueName="frames")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="Zürich + 日本")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "Zürich + 日本"

    table = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Cameras": _TABLE}}
    client(server, "cloudformation").create_stack(StackName="a", TemplateBody=json.dumps(table))
    item = {"CameraId": {"S": "door + 日本"}}
    dynamodb.put_item(TableName="cameras", Item=item)
    assert dynamodb.get_item(TableName="cameras", Key=item)["Item"] == item


def test_keys_that_were_handed_out(server: MotoServer) -> None:
    iam, role = client(server, "iam"), "arn:aws:iam::123456789012:role/any"
    iam.create_user(UserName="pat")
    user = iam.create_access_key(UserName="pat")["AccessKey"]
    session = client(server, "sts").assume_role(RoleArn=role, RoleSessionName="local")["Credentials"]

    for keys in (user, session):
        key, secret = keys["AccessKeyId"], keys["SecretAccessKey"]
        assert client(server, "s3", key, secret).list_buckets()
        assert error_of(lambda key=key: client(server, "s3", key, "wrong").list_buckets()) == S3[0]  # type: ignore[misc]  # bound here
    iam.update_access_key(UserName="pat", AccessKeyId=user["AccessKeyId"], Status="Inactive")
    refused = client(server, "s3", user["AccessKeyId"], user["SecretAccessKey"])
    assert error_of(refused.list_buckets) == S3[1]


def test_a_path_that_is_encoded_twice(server: MotoServer) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:nobody"

    assert error_of(lambda: client(server, "lambda").get_function(FunctionName=arn)) == (
        "ResourceNotFoundException 404"
    )


def test_an_old_signature_of_s3() -> None:
    request = SignedRequest("GET", "/b/k", "", [], [])

    assert b"<Code>RequestTimeTooSkewed</Code>" in refuse(request, SignatureExpired("late")).body


_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "cameras",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "CameraId", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "CameraId", "KeyType": "HASH"}],
    },
}
