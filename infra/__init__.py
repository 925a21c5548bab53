"""How it is deployed and run: the operator's command line and the local cloud."""
