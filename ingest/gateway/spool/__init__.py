"""What waits on the gateway's disk until it is delivered."""
