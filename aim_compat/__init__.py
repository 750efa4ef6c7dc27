"""What was called `aim` before: `python -m aim` is the `aim` command."""
