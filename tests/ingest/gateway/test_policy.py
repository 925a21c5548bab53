from datetime import UTC, datetime

from ingest.cameras import Camera, Source
from ingest.gateway.policy import Account, policy

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def test_no_more_than_it_needs() -> None:
    cameras = [
        Camera("till", "shop", SINCE, Source.PUSH),
        Camera("door", "shop", SINCE, stream_name="door-stream"),
    ]
    secrets = ["shop/door", "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf", "shop/door"]

    made = policy(cameras, "cameras", "frames", secrets, Account("123456789012", "eu-central-1"))

    assert {one["Sid"]: (one["Action"], one["Resource"]) for one in made["Statement"]} == {
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
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["door", "till"]}
    }


def test_what_there_is_none_of_is_not_in_it() -> None:
    made = policy([Camera("door", "shop", SINCE)], "cameras", "frames", [], Account("1", "us-east-1"))

    assert [one["Sid"] for one in made["Statement"]] == ["SendVideo", "ReadRegistry"]
