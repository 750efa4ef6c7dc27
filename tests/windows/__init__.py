"""What only Windows has; collected there alone (tests/conftest.py)."""
