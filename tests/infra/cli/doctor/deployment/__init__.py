"""`../test_command` runs doctor on a deployment with planted faults.

It covers `alarms`, `bucket`, `concurrency`, `functions`, `permissions`, `queue_settings`, `queues`,
`registry` and `stack`; `../test_deployment` judges what cannot be planted there.
"""
