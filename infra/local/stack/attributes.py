"""Resource attributes: what `Fn::GetAtt` gives, by a resource's type and physical id. Pure."""

from collections.abc import Mapping

from infra.local.stack.intrinsics import UnknownIntrinsic

ACCOUNT = "123456789012"
"""The account of the local cloud: moto's."""

_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
}


def pseudo_parameters(stack_name: str, region: str) -> dict[str, str]:
    """The values of `Ref: AWS::...`."""
    return {
        "AWS::StackName": stack_name,
        "AWS::Region": region,
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }


def attribute(resource_type: str, physical_id: str, name: str, region: str) -> str:
    """`Fn::GetAtt` of a resource; a queue's physical id is its URL. Raises UnknownIntrinsic."""
    is_queue = resource_type == "AWS::SQS::Queue"
    resource_name = queue_name(physical_id) if is_queue else physical_id
    if name == "Arn" and resource_type in _ARNS:
        return _ARNS[resource_type].format(name=resource_name, region=region, account=ACCOUNT)
    if name == "QueueName" and is_queue:
        return resource_name
    raise UnknownIntrinsic(f"the local cloud does not know the attribute {name} of an {resource_type}")


def attributes(
    types: Mapping[str, str], ids: Mapping[str, str], region: str, resource: str, name: str
) -> str:
    """As `attribute`, for a logical id, given all types and physical ids. Raises UnknownIntrinsic."""
    if resource not in ids:
        raise UnknownIntrinsic(
            f"the stack has no resource {resource!r}, but the template refers to its attribute {name}"
        )
    return attribute(types[resource], ids[resource], name, region)


def queue_name(url: str) -> str:
    """The name of a queue, from its URL."""
    return url.rsplit("/", 1)[-1]
