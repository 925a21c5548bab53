"""What the guarantees require of template.yaml. `make check` and `make build` lint the rest."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import pytest

from counter.closing.run import COVERAGE_LINE
from counter.stores.table import STORES_INDEX
from ingest.errors import OccupancyError
from ingest.frames.keys import PREFIX
from ingest.registry.table import SENDER_INDEX
from tests.infra.rendered import ROOT, at, of_type, resources, statements, transformed

FUNCTIONS = {
    "ScheduleFunction": "ingest.schedule",
    "PullFunction": "ingest.pull.handler",
    "CounterFunction": "counter.counting.handler",
    "ClosingFunction": "counter.closing.handler",
}
TABLES = ("CameraTable", "OccupancyTable", "QuarterHourTable", "StoreTable")
QUEUES = ("PullQueue", "FrameQueue")
DEAD_LETTER_QUEUES = ("PullDeadLetterQueue", "FrameDeadLetterQueue")
DAY = 24 * 3600
TIME = '{"time": "<aws.scheduler.scheduled-time>"}'

PROPERTIES: list[tuple[str, str, Any]] = [
    # The bucket: no image outlives its row for long, and it is private.
    ("FrameBucket", "VersioningConfiguration", None),
    ("FrameBucket", "PublicAccessBlockConfiguration.BlockPublicAcls", True),
    ("FrameBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", True),
    ("FrameBucket", "PublicAccessBlockConfiguration.IgnorePublicAcls", True),
    ("FrameBucket", "PublicAccessBlockConfiguration.RestrictPublicBuckets", True),
    (
        "FrameBucket",
        "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault",
        {"SSEAlgorithm": "AES256"},
    ),
    ("FrameBucket", "LifecycleConfiguration.Rules.0.Status", "Enabled"),
    ("FrameBucket", "LifecycleConfiguration.Rules.0.ExpirationInDays", 1),
    ("FrameBucket", "LifecycleConfiguration.Rules.0.Prefix", None),
    ("FrameBucket", "LifecycleConfiguration.Rules.0.Filter", None),
    (
        "FrameBucket",
        "LifecycleConfiguration.Rules.0.AbortIncompleteMultipartUpload",
        {"DaysAfterInitiation": 1},
    ),
    (
        "FrameBucket",
        "NotificationConfiguration.QueueConfigurations",
        [
            {
                "Event": "s3:ObjectCreated:*",
                "Queue": "${FrameQueue.Arn}",
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "frame/"}]}},
            }
        ],
    ),
    # The tables.
    ("CameraTable", "KeySchema", [{"AttributeName": "CameraId", "KeyType": "HASH"}]),
    (
        "CameraTable",
        "GlobalSecondaryIndexes",
        [
            {
                "IndexName": "Sender",
                "KeySchema": [{"AttributeName": "Sender", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    ),
    (
        "OccupancyTable",
        "KeySchema",
        [
            {"AttributeName": "CameraId", "KeyType": "HASH"},
            {"AttributeName": "TimeStamp", "KeyType": "RANGE"},
        ],
    ),
    ("OccupancyTable", "TimeToLiveSpecification", {"AttributeName": "ExpiresAt", "Enabled": True}),
    (
        "QuarterHourTable",
        "KeySchema",
        [
            {"AttributeName": "CameraId", "KeyType": "HASH"},
            {"AttributeName": "QuarterStart", "KeyType": "RANGE"},
        ],
    ),
    ("QuarterHourTable", "TimeToLiveSpecification", None),
    (
        "StoreTable",
        "KeySchema",
        [
            {"AttributeName": "StoreId", "KeyType": "HASH"},
            {"AttributeName": "Entry", "KeyType": "RANGE"},
        ],
    ),
    ("StoreTable", "TimeToLiveSpecification", None),
    # The history: private, and nothing deletes it.
    ("HistoryBucket", "VersioningConfiguration.Status", "Enabled"),
    ("HistoryBucket", "PublicAccessBlockConfiguration.BlockPublicAcls", True),
    ("HistoryBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", True),
    ("HistoryBucket", "PublicAccessBlockConfiguration.IgnorePublicAcls", True),
    ("HistoryBucket", "PublicAccessBlockConfiguration.RestrictPublicBuckets", True),
    (
        "HistoryBucket",
        "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault",
        {"SSEAlgorithm": "AES256"},
    ),
    (
        "HistoryBucket",
        "LifecycleConfiguration.Rules",
        [
            {
                "Id": "former-versions-live-30-days",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            }
        ],
    ),
    # The triggers of the functions.
    ("ScheduleFunctionEveryMinute", "ScheduleExpression", "rate(1 minute)"),
    ("ScheduleFunctionEveryMinute", "Target.Input", TIME),
    ("ClosingFunctionEveryQuarterHour", "ScheduleExpression", "cron(0/15 * * * ? *)"),
    ("ClosingFunctionEveryQuarterHour", "ScheduleExpressionTimezone", "UTC"),
    ("ClosingFunctionEveryQuarterHour", "Target.Input", TIME),
    ("PullFunctionPullRequests", "EventSourceArn", "${PullQueue.Arn}"),
    ("PullFunctionPullRequests", "BatchSize", 10),
    ("PullFunctionPullRequests", "FunctionResponseTypes", ["ReportBatchItemFailures"]),
    ("CounterFunctionFrames", "EventSourceArn", "${FrameQueue.Arn}"),
    ("CounterFunctionFrames", "FunctionResponseTypes", ["ReportBatchItemFailures"]),
]


@pytest.mark.parametrize(("name", "path", "expected"), PROPERTIES)
def test_property(name: str, path: str, expected: object) -> None:
    assert at(name, f"Properties.{path}") == expected


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_encrypted_recoverable_and_outlive_the_stack(name: str) -> None:
    properties = at(name, "Properties")
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert (at(name, "DeletionPolicy"), at(name, "UpdateReplacePolicy")) == ("Retain", "Retain")


@pytest.mark.parametrize(
    ("queue", "mapping"), [("PullQueue", "PullFunctionPullRequests"), ("FrameQueue", "CounterFunctionFrames")]
)
def test_a_queue_waits_for_six_time_outs_and_keeps_its_messages_until_they_are_dead(
    queue: str, mapping: str
) -> None:
    function = at(mapping, "Properties.FunctionName").strip("${}")
    visibility = at(queue, "Properties.VisibilityTimeout")
    receives = at(queue, "Properties.RedrivePolicy.maxReceiveCount")
    window = at(mapping, "Properties.MaximumBatchingWindowInSeconds") or 0
    assert visibility >= 6 * at(function, "Properties.Timeout") + window
    assert receives >= 5, "throttled invocations use up receives"
    assert at(queue, "Properties.MessageRetentionPeriod") > visibility * receives


def test_requests_of_a_tick_wait_for_each_other_but_no_count_waits_for_long() -> None:
    assert 1 <= at("PullFunctionPullRequests", "Properties.MaximumBatchingWindowInSeconds") <= 5


def test_a_frame_is_received_again_as_long_as_it_may_live() -> None:
    # ExpirationInDays 1, rounded up to the next midnight UTC: at most two days.
    visibility = at("FrameQueue", "Properties.VisibilityTimeout")
    receives = at("FrameQueue", "Properties.RedrivePolicy.maxReceiveCount")
    assert visibility * receives >= 2 * DAY
    assert receives <= 1000, "the most that SQS allows"


@pytest.mark.parametrize("prefix", ["Pull", "Frame"])
def test_dead_letters_are_kept_for_14_days_and_come_from_their_own_queue(prefix: str) -> None:
    queue, dead = at(f"{prefix}Queue", "Properties"), at(f"{prefix}DeadLetterQueue", "Properties")
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == f"${{{prefix}DeadLetterQueue.Arn}}"
    assert dead["MessageRetentionPeriod"] == 14 * DAY
    assert dead["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    (source,) = dead["RedriveAllowPolicy"]["sourceQueueArns"]
    assert source == f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{queue['QueueName']}"


@pytest.mark.parametrize("name", [*QUEUES, *DEAD_LETTER_QUEUES])
def test_queues_are_encrypted(name: str) -> None:
    assert at(name, "Properties.SqsManagedSseEnabled") is True


@pytest.mark.parametrize("bucket", ["FrameBucket", "HistoryBucket"])
def test_buckets_take_tls_only(bucket: str) -> None:
    document = at(f"{bucket}Policy", "Properties.PolicyDocument")
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    assert list(statements(document)) == [
        ("Deny s3:*", f"${{{bucket}.Arn}}", insecure),
        ("Deny s3:*", f"${{{bucket}.Arn}}/*", insecure),
    ]
    assert document["Statement"][0]["Principal"] == "*"


def test_the_history_outlives_the_stack_and_no_role_deletes_it() -> None:
    assert (at("HistoryBucket", "DeletionPolicy"), at("HistoryBucket", "UpdateReplacePolicy")) == (
        "Retain",
        "Retain",
    )
    may = {
        action for role in ROLES for action, where, _ in granted(f"{role}Role") if "HistoryBucket" in where
    }
    assert may == {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}


def test_bucket_waits_for_the_right_to_send() -> None:
    assert at("FrameBucket", "DependsOn") == "FrameQueuePolicy"
    assert at("FrameQueuePolicy", "Properties.Queues") == ["${FrameQueue}"]
    (statement,) = at("FrameQueuePolicy", "Properties.PolicyDocument.Statement")
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "${AWS::AccountId}"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function = at(name, "Properties")
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Handler"] == f"{FUNCTIONS[name]}.handler"
    logs = function["LoggingConfig"]
    assert logs["LogFormat"] == "JSON"
    assert at(logs["LogGroup"].strip("${}"), "Properties.RetentionInDays") == "${LogRetentionDays}"
    assert function["Role"] == f"${{{name.replace('Function', 'Role')}.Arn}}"


# ---- what the code requires of the template


def environment(function: str) -> dict[str, str]:
    """Our own variables, with the parameters' defaults filled in."""
    defaults = {f"${{{name}}}": str(it["Default"]) for name, it in transformed()["Parameters"].items()}
    variables = at(function, "Properties.Environment.Variables")
    return {
        name: defaults.get(value, value)
        for name, value in variables.items()
        if not name.startswith("POWERTOOLS_")
    }


class Recorded(Mapping[str, str]):
    """An environment that records which variables were read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


@pytest.mark.parametrize(("function", "module"), FUNCTIONS.items())
def test_a_function_has_exactly_the_environment_that_its_start_reads(function: str, module: str) -> None:
    handler = importlib.import_module(module)
    assert callable(handler.handler)
    environ = Recorded(environment(function))
    handler.start(environ)
    assert environ.asked == set(environ)


@pytest.mark.parametrize(("function", "module"), FUNCTIONS.items())
def test_a_function_names_the_variable_it_misses(function: str, module: str) -> None:
    start = importlib.import_module(module).start
    complete = environment(function)
    for name in complete:
        with pytest.raises(OccupancyError, match=name):
            start({key: value for key, value in complete.items() if key != name})


def test_code_and_template_agree() -> None:
    """What both must state, since neither can read the other."""
    assert at("CameraTable", "Properties.GlobalSecondaryIndexes.0.IndexName") == SENDER_INDEX
    assert at("StoreTable", "Properties.GlobalSecondaryIndexes.0.IndexName") == STORES_INDEX
    (queue,) = at("FrameBucket", "Properties.NotificationConfiguration.QueueConfigurations")
    assert queue["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": PREFIX}]


# ---- roles

EVERY_ROLE = """
    logs:CreateLogStream  ${%Logs.Arn}
    logs:PutLogEvents  ${%Logs.Arn}
    xray:PutTelemetryRecords  *
    xray:PutTraceSegments  *
"""
STREAMS = "arn:${AWS::Partition}:kinesisvideo:${AWS::Region}:${AWS::AccountId}:stream/*"
ROLES = {
    "Schedule": """
        dynamodb:Scan  ${CameraTable.Arn}
        sqs:SendMessage  ${PullQueue.Arn}
    """,
    "Pull": f"""
        sqs:DeleteMessage  ${{PullQueue.Arn}}
        sqs:GetQueueAttributes  ${{PullQueue.Arn}}
        sqs:ReceiveMessage  ${{PullQueue.Arn}}
        dynamodb:GetItem  ${{CameraTable.Arn}}
        dynamodb:UpdateItem  ${{CameraTable.Arn}}
        kinesisvideo:DescribeStream  {STREAMS}
        kinesisvideo:GetDataEndpoint  {STREAMS}
        kinesisvideo:GetImages  {STREAMS}
        kinesisvideo:GetMedia  {STREAMS}
        kinesisvideo:GetMediaForFragmentList  {STREAMS}
        kinesisvideo:ListFragments  {STREAMS}
        s3:PutObject  ${{FrameBucket.Arn}}/frame/*
        sqs:SendMessage  ${{FrameQueue.Arn}}
    """,
    "Counter": """
        sqs:DeleteMessage  ${FrameQueue.Arn}
        sqs:GetQueueAttributes  ${FrameQueue.Arn}
        sqs:ReceiveMessage  ${FrameQueue.Arn}
        sqs:SendMessage  ${FrameDeadLetterQueue.Arn}
        dynamodb:BatchGetItem  ${CameraTable.Arn}
        dynamodb:Query  ${CameraTable.Arn}/index/Sender
        dynamodb:BatchGetItem  ${OccupancyTable.Arn}
        dynamodb:PutItem  ${OccupancyTable.Arn}
        dynamodb:Query  ${OccupancyTable.Arn}
        dynamodb:PutItem  ${QuarterHourTable.Arn}
        dynamodb:UpdateItem  ${StoreTable.Arn}
        s3:DeleteObject  ${FrameBucket.Arn}/frame/*
        s3:GetObject  ${FrameBucket.Arn}/frame/*
        s3:ListBucket  ${FrameBucket.Arn}
        rekognition:DetectLabels  *
    """,
    "Closing": """
        dynamodb:GetItem  ${CameraTable.Arn}
        dynamodb:Scan  ${CameraTable.Arn}
        dynamodb:UpdateItem  ${CameraTable.Arn}
        dynamodb:BatchGetItem  ${OccupancyTable.Arn}
        dynamodb:PutItem  ${OccupancyTable.Arn}
        dynamodb:Query  ${OccupancyTable.Arn}
        dynamodb:PutItem  ${QuarterHourTable.Arn}
        dynamodb:Query  ${QuarterHourTable.Arn}
        dynamodb:DeleteItem  ${StoreTable.Arn}
        dynamodb:PutItem  ${StoreTable.Arn}
        dynamodb:Query  ${StoreTable.Arn}
        dynamodb:UpdateItem  ${StoreTable.Arn}
        dynamodb:Query  ${StoreTable.Arn}/index/Stores
        s3:GetObject  ${HistoryBucket.Arn}/history/*
        s3:PutObject  ${HistoryBucket.Arn}/history/*
        s3:ListBucket  ${HistoryBucket.Arn}
        sns:Publish  ${AlarmTopic}
        s3:DeleteObject  ${FrameBucket.Arn}/frame/*
        s3:ListBucket  ${FrameBucket.Arn}
    """,
}
WITHOUT_RESOURCE = {"rekognition:DetectLabels", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
"""The actions that IAM can allow only on "*"."""


def granted(role: str) -> list[tuple[str, str, Any]]:
    (policy,) = at(role, "Properties.Policies")
    return list(statements(policy["PolicyDocument"]))


@pytest.mark.parametrize("name", ROLES)
def test_a_function_may_do_this_and_nothing_else(name: str) -> None:
    expected = [
        tuple(line.split())
        for line in (EVERY_ROLE.replace("%", name) + ROLES[name]).splitlines()
        if line.strip()
    ]
    assert sorted(granted(f"{name}Role")) == sorted((action, resource, None) for action, resource in expected)
    role = at(f"{name}Role", "Properties")
    assert "ManagedPolicyArns" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_the_scheduler_starts_two_functions_and_nothing_else() -> None:
    assert granted("SchedulerRole") == [
        ("lambda:InvokeFunction", "${ScheduleFunction.Arn}", None),
        ("lambda:InvokeFunction", "${ClosingFunction.Arn}", None),
    ]
    for name in of_type("Scheduler::Schedule"):
        assert at(name, "Properties.Target.RoleArn") == "${SchedulerRole.Arn}"
        assert at(name, "Properties.Name") is None, "a fixed name lets no second stack in"


def test_uploaders_may_put_frames_and_nothing_else() -> None:
    put = ("s3:PutObject", "${FrameBucket.Arn}/frame/*", None)
    general = at("FrameUploadPolicy", "Properties.PolicyDocument", "KeepsUploadPolicy")
    assert list(statements(general)) == [put]
    via_s3 = {"StringEquals": {"kms:ViaService": "s3.${AWS::Region}.${AWS::URLSuffix}"}}
    with_key = list(
        statements(at("FrameUploadPolicy", "Properties.PolicyDocument", "HasKey", "KeepsUploadPolicy"))
    )
    assert with_key == [put, ("kms:GenerateDataKey", "${KmsKeyArn}", via_s3)]


def test_the_general_upload_policy_stays_unless_a_parameter_removes_it() -> None:
    parameter = transformed()["Parameters"]["GeneralUploadPolicy"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("keep", ["keep", "remove"])
    assert "FrameUploadPolicy" not in resources()
    assert transformed()["Outputs"]["FrameUploadPolicyArn"]["Condition"] == "KeepsUploadPolicy"


def test_the_pull_may_be_restricted_to_the_streams_with_the_stack_s_tag() -> None:
    document = at("PullRole", "Properties.Policies.0.PolicyDocument", "OnlyTagged")
    tagged = {
        action: condition
        for action, resource, condition in statements(document)
        if action.startswith("kinesisvideo:")
    }
    assert len(tagged) == 6
    for condition in tagged.values():
        assert condition == {"StringEquals": {"aws:ResourceTag/store-occupancy": "${AWS::StackName}"}}


def test_there_are_no_other_roles_and_no_other_stars() -> None:
    assert set(of_type("IAM::Role")) == {f"{name}Role" for name in ROLES} | {"SchedulerRole"}
    for role in of_type("IAM::Role"):
        on_everything = {action for action, resource, _ in granted(role) if resource == "*"}
        assert on_everything <= WITHOUT_RESOURCE
        assert not [action for action, _, _ in granted(role) if "*" in action]


# ---- the customer's key


def test_customer_key_encrypts_buckets_and_tables() -> None:
    for bucket in ("FrameBucket", "HistoryBucket"):
        (rule,) = at(bucket, "Properties.BucketEncryption.ServerSideEncryptionConfiguration", "HasKey")
        assert rule["ServerSideEncryptionByDefault"] == {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": "${KmsKeyArn}",
        }
    for name in TABLES:
        assert at(name, "Properties.SSESpecification.KMSMasterKeyId", "HasKey") == "${KmsKeyArn}"


def test_customer_key_is_used_through_s3_and_dynamodb_by_every_function() -> None:
    assert "KeyUsePolicy" not in resources()
    for name in ROLES:
        assert at(f"{name}Role", "Properties.ManagedPolicyArns", "HasKey") == ["${KeyUsePolicy}"]
    used = list(statements(at("KeyUsePolicy", "Properties.PolicyDocument", "HasKey")))
    assert {action for action, _, _ in used} == {
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
    }
    for _, resource, condition in used:
        assert resource == "${KmsKeyArn}"
        assert condition["StringEquals"]["kms:ViaService"] == [
            "dynamodb.${AWS::Region}.${AWS::URLSuffix}",
            "s3.${AWS::Region}.${AWS::URLSuffix}",
        ]


# ---- alarms


def test_every_alarm_goes_to_the_topic_and_says_when_it_is_over() -> None:
    """What each watches, and that it rings, is in tests/infra/cloudwatch."""
    for alarm in of_type("CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["${AlarmTopic}"]
        assert alarm["AlarmDescription"]


SQS_ALARMS = ("PullDeadLetters", "FrameDeadLetters", "PullQueueAge", "FrameQueueAge")
MUST_RUN_ALARMS = ("ScheduleHeartbeat", "ClosingHeartbeat", "NotPulled", "Gaps", "InstantsOverdue")


def test_missing_data_of_an_alarm() -> None:
    """SQS stops reporting unused queues; schedule and closing must run; the others may have nothing to do."""
    found = {name: it["TreatMissingData"] for name, it in of_type("CloudWatch::Alarm").items()}
    expected = dict.fromkeys(found, "notBreaching")
    expected |= {f"{name}Alarm": "ignore" for name in SQS_ALARMS}
    expected |= {f"{name}Alarm": "breaching" for name in MUST_RUN_ALARMS}
    assert found == expected


@pytest.mark.parametrize("name", ["NotPulled", "Gaps", "InstantsOverdue", "ClosingHeartbeat"])
def test_an_alarm_on_the_closing_sees_at_least_one_run(name: str) -> None:
    alarm = at(f"{name}Alarm", "Properties")
    periods = {it["MetricStat"]["Period"] for it in alarm.get("Metrics", []) if "MetricStat" in it}
    assert (periods or {alarm["Period"]}) == {2 * 15 * 60}
    assert alarm["EvaluationPeriods"] == 1


def test_alarms_of_shares_have_no_fill() -> None:
    """FILL would hide that a run's record is missing."""
    shares = [it["Metrics"] for it in of_type("CloudWatch::Alarm").values() if "Metrics" in it]
    expressions = [it["Expression"] for metrics in shares for it in metrics if "Expression" in it]
    assert len(expressions) == len(shares) == 4
    for expression in expressions:
        assert re.fullmatch(r"IF\((\w+) > 0, 100 \* \w+ / \1, 0\)", expression)


def reported(source: str) -> set[str]:
    """The names of the metrics that a module reports."""
    return set(re.findall(r'"([A-Z]\w+)"(?::|, MetricUnit)', (ROOT / source).read_text()))


def watched_by(alarm: dict[str, Any]) -> set[tuple[str, str]]:
    """(service, name) of our own metrics that an alarm watches."""
    metrics = [it["MetricStat"]["Metric"] for it in alarm.get("Metrics", []) if "MetricStat" in it]
    return {
        (metric["Dimensions"][0]["Value"], metric["MetricName"])
        for metric in metrics or [alarm]
        if metric["Namespace"] == "${AWS::StackName}"
    }


def test_our_functions_report_the_metrics_that_alarms_and_dashboard_show() -> None:
    modules = {"closing": "counter/closing/handler.py", "pull": "ingest/pull/outcomes.py"}
    ours = {(service, name) for service, source in modules.items() for name in reported(source)}
    watched = set[tuple[str, str]]().union(*map(watched_by, of_type("CloudWatch::Alarm").values()))
    assert len(watched) == 8
    entries = [entry for widget in widgets("metric") for entry in widget["metrics"] if len(entry) > 1]
    shown = {(entry[3], entry[1]) for entry in entries}
    assert len(shown) == 4
    assert watched | shown <= ours
    for service in modules:
        variables = at(f"{service.title()}Function", "Properties.Environment.Variables")
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "${AWS::StackName}"
        assert variables["POWERTOOLS_SERVICE_NAME"] == service


def test_the_topic_takes_alarms_and_the_daily_message_alone() -> None:
    document = at("AlarmTopicPolicy", "Properties.PolicyDocument")
    allowed = [it["Principal"] for it in document["Statement"] if it["Effect"] == "Allow"]
    assert allowed == [{"Service": "cloudwatch.amazonaws.com"}, {"AWS": "${ClosingRole.Arn}"}]
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    assert ("Deny sns:Publish", "${AlarmTopic}", insecure) in list(statements(document))


# ---- the dashboard


def widgets(kind: str) -> list[dict[str, Any]]:
    """The properties of the dashboard's widgets of a kind, with 5 for each number of a parameter."""
    body = re.sub(r": \$\{\w+AlarmPercent\}", ": 5", at("Dashboard", "Properties.DashboardBody"))
    return [it["properties"] for it in json.loads(body)["widgets"] if it["type"] == kind]


def test_the_dashboard_shows_overdue_instants_gaps_and_coverage_and_says_what_to_do() -> None:
    titles = [widget["title"] for widget in widgets("metric") + widgets("log")]
    assert titles == [
        "Overdue instants",
        "Gaps, % of the due instants",
        "Due instants",
        "Coverage by camera, lowest first",
    ]
    (text,) = widgets("text")
    for word in ("overdue", "not pulled", "other gaps", "coverage", "occupancy doctor", "what to do"):
        assert word in text["markdown"]


def test_dashboards_of_two_regions_have_different_names() -> None:
    assert at("Dashboard", "Properties.DashboardName") == "${AWS::StackName}-${AWS::Region}"


def test_coverage_by_camera_is_no_metric_but_a_query_of_the_log_lines_of_the_closing() -> None:
    (log,) = widgets("log")
    assert log["query"].startswith(f"SOURCE '${{ClosingLogs}}' | filter message = '{COVERAGE_LINE}' | ")
    # tests/counter/closing/test_run.py reads these fields from the lines.
    assert {"counted", "due", "store", "camera"} <= set(re.findall(r"\w+", log["query"]))


def test_alarm_email_is_optional() -> None:
    assert "AlarmSubscription" not in resources()
    assert at("AlarmSubscription", "Properties.Endpoint", "HasAlarmEmail") == "${AlarmEmail}"


# ---- the whole

FLOW = [
    "CameraTable",
    "ScheduleFunction",
    "PullQueue",
    "PullFunction",
    "FrameBucket",
    "FrameQueue",
    "CounterFunction",
    "OccupancyTable",
    "QuarterHourTable",
    "StoreTable",
    "ClosingFunction",
    "HistoryBucket",
    "AlarmTopic",
]
OUTPUTS = {
    "FrameBucketName": "FrameBucket",
    "FrameQueueUrl": "FrameQueue",
    "FrameDeadLetterQueueUrl": "FrameDeadLetterQueue",
    "PullQueueUrl": "PullQueue",
    "PullDeadLetterQueueUrl": "PullDeadLetterQueue",
    "CameraTableName": "CameraTable",
    "OccupancyTableName": "OccupancyTable",
    "QuarterHourTableName": "QuarterHourTable",
    "StoreTableName": "StoreTable",
    "HistoryBucketName": "HistoryBucket",
    "MonthlyImageCap": "MonthlyImageCap",
    "AlarmTopicArn": "AlarmTopic",
    "FrameUploadPolicyArn": "FrameUploadPolicy",
    **{f"{function}Name": function for function in FUNCTIONS},
}


def test_resources_stand_in_the_order_of_the_flow() -> None:
    source = (ROOT / "template.yaml").read_text()
    places = [source.index(f"\n  {name}:\n") for name in FLOW]
    assert places == sorted(places)


def test_outputs() -> None:
    assert {name: it["Value"] for name, it in transformed()["Outputs"].items()} == {
        name: {"Ref": resource} for name, resource in OUTPUTS.items()
    }


def test_parameters_have_a_default_and_a_description() -> None:
    for name, parameter in transformed()["Parameters"].items():
        assert {"Default", "Description"} <= set(parameter), name
    assert len(transformed()["Parameters"]) <= 12


def test_no_resource_waits_for_itself() -> None:
    declared = transformed()["Resources"]
    graph = {name: set(references(it)) & set(declared) for name, it in declared.items()}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the cycle
    assert len(order) == len(declared)


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value names, in either branch of a condition."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [name, _]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)", text)
        case dict():
            depends = value.get("DependsOn", [])
            yield from [depends] if isinstance(depends, str) else depends
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)
