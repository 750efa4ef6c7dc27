"""`aim.registry`."""
