"""What all checks of doctor share: findings, clients, and how a check runs."""
