from collections.abc import Mapping
from datetime import UTC, datetime

from ingest.gateway.config.settings import GatewaySettings, parse
from ingest.gateway.policy import Account, policy
from ingest.registry.camera import Camera, Source

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def settings(urls: Mapping[str, str]) -> GatewaySettings:
    cameras = {name: {"url": url} for name, url in urls.items()}
    values = {"store": "shop", "registry_table": "cameras", "frame_bucket": "frames", "cameras": cameras}
    return parse(values, "gateway.yaml")


def test_no_more_than_it_needs() -> None:
    cameras = [
        Camera("till", "shop", SINCE, Source.PUSH),
        Camera("door", "shop", SINCE, stream_name="door-stream"),
    ]
    urls = {
        "till": "http://${secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf}@host/",
        "door": "rtsp://${secretsmanager:shop/door}@host/${secretsmanager:shop/door}",
        "new": "rtsp://host/",
    }

    made = policy(settings(urls), cameras, Account("123456789012", "eu-central-1"))

    assert {granted["Sid"]: (granted["Action"], granted["Resource"]) for granted in made["Statement"]} == {
        "SendVideo": (
            ["kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:PutMedia"],
            ["arn:aws:kinesisvideo:eu-central-1:123456789012:stream/door-stream/*"],
        ),
        "PutFrames": (["s3:PutObject"], ["arn:aws:s3:::frames/frame/till/*"]),
        "ReadRegistry": (
            ["dynamodb:BatchGetItem"],
            ["arn:aws:dynamodb:eu-central-1:123456789012:table/cameras"],
        ),
        "ReadSecrets": (
            ["secretsmanager:GetSecretValue"],
            [
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/door-??????",
                "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf",
            ],
        ),
    }
    assert made["Statement"][2]["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["door", "new", "till"]}
    }


def test_what_there_is_none_of_is_not_in_it() -> None:
    door = Camera("door", "shop", SINCE)

    made = policy(settings({"door": "rtsp://host/"}), [door], Account("1", "us-east-1"))

    assert [granted["Sid"] for granted in made["Statement"]] == ["SendVideo", "ReadRegistry"]
