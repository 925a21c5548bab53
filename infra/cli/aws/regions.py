"""The regions of AWS in which the stack can work. Pure.

Source: the endpoints that botocore ships (`Session.get_available_regions`), except what AWS's page "Amazon
Rekognition endpoints and quotas" does not list. `template.yaml` refuses other regions; a test compares both
lists with botocore.
"""

REKOGNITION = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-7",
    "ca-central-1",
    "eu-central-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "il-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
)
"""The regions with Rekognition: the stack can be deployed there."""

WITHOUT_KVS = ("ap-southeast-7", "us-west-1")
"""Those of them without Kinesis Video Streams: only push cameras are counted there."""


def region_problem(region: str) -> tuple[str, str] | None:
    """What is missing in a region, and what to do; None if the stack works there."""
    if region not in REKOGNITION:
        return f"{region} has no Rekognition, so no frame can be counted there", _elsewhere()
    if region in WITHOUT_KVS:
        return (
            f"{region} has no Kinesis Video Streams: only cameras of source push can be counted there",
            _elsewhere(),
        )
    return None


def _elsewhere() -> str:
    return f"deploy in one of {', '.join(name for name in REKOGNITION if name not in WITHOUT_KVS)}"
