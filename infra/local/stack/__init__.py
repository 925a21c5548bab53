"""`template.yaml` -> a stack on this machine."""
