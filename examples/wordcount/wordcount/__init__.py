"""Counts words."""


def count(text: str) -> int:
    """How many words there are in a text; words are what white space separates."""
    return len(text.split())
