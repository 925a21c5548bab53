"""Import contracts of our own for `lint-imports` (`[tool.importlinter]` in pyproject.toml)."""
