"""The closing Lambda: what nobody delivered becomes gaps with their reasons."""
