"""`aim.environment`: the predecessor's classes, each answered by the `aim` program's own commands."""
