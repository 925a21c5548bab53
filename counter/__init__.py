"""Frame bucket -> people -> DynamoDB: the counter and closing Lambdas."""
