"""One policy towards AWS: clients, failures, queues, DynamoDB's values, a function's environment."""
