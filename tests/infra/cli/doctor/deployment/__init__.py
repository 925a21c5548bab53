"""../test_command covers alarms, bucket, functions, permissions, queue_settings, queues, registry and stack.

It runs doctor on a deployment with planted faults; `../test_deployment` judges what cannot be planted there.
"""
