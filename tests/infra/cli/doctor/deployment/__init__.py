"""../test_command covers alarms, bucket, concurrency, functions, permissions, queues and their settings
(queue_settings), registry and stack.

It runs doctor on a deployment with planted faults; `../test_deployment` judges what cannot be planted there.
"""
