"""The operations that doctor calls, and the IAM actions that whoever runs it needs for them. Pure."""

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "BatchGetItem": "dynamodb:BatchGetItem",
    "ChangeMessageVisibility": "sqs:ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "DescribeAlarms": "cloudwatch:DescribeAlarms",
    "DescribeEffectivePolicy": "organizations:DescribeEffectivePolicy",
    "DescribeStacks": "cloudformation:DescribeStacks",
    "DescribeStream": "kinesisvideo:DescribeStream",
    "DetectLabels": "rekognition:DetectLabels",
    "GetAccountSettings": "lambda:GetAccountSettings",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "GetDataEndpoint": "kinesisvideo:GetDataEndpoint",
    "GetFunctionConcurrency": "lambda:GetFunctionConcurrency",
    "GetFunctionConfiguration": "lambda:GetFunctionConfiguration",
    "GetImages": "kinesisvideo:GetImages",
    "GetMedia": "kinesisvideo:GetMedia",
    "GetMediaForFragmentList": "kinesisvideo:GetMediaForFragmentList",
    "GetMetricStatistics": "cloudwatch:GetMetricStatistics",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "GetQueueAttributes": "sqs:GetQueueAttributes",
    "ListEventSourceMappings": "lambda:ListEventSourceMappings",
    "ListFragments": "kinesisvideo:ListFragments",
    "ListObjectsV2": "s3:ListBucket",
    "ListSchedules": "scheduler:ListSchedules",
    "ListStreams": "kinesisvideo:ListStreams",
    "ListTagsForStream": "kinesisvideo:ListTagsForStream",
    "ListSubscriptionsByTopic": "sns:ListSubscriptionsByTopic",
    "Query": "dynamodb:Query",
    "ReceiveMessage": "sqs:ReceiveMessage",
    "Scan": "dynamodb:Scan",
    "SimulatePrincipalPolicy": "iam:SimulatePrincipalPolicy",
}
"""Operation -> IAM action; for S3 their names differ."""
