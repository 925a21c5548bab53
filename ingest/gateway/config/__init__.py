"""gateway.yaml: how each camera of a store is reached, checked before anything runs."""
