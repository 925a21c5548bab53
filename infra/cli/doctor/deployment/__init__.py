"""Doctor's checks of the stack: functions, roles, queues, bucket, alarms, registry."""
