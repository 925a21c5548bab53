"""Camera video -> frame bucket: registry, frame keys, KVS clients, the schedule and pull Lambdas."""
