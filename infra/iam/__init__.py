"""IAM: which actions our calls need, what each function may do, and how policies are evaluated."""
