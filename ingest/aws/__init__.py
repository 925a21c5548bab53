"""One policy for all calls to AWS: clients, failures, queues, DynamoDB's values, a function's environment."""
