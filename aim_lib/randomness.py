"""How random a piece of text looks, by its letters alone. Pure.

Nobody can see entropy in one sample: these are estimates, made to refuse what a person may have thought up.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

_CLASSES = (
    bytes(
        b"a"[0]
        if chr(code).islower()
        else b"A"[0]
        if chr(code).isupper()
        else b"0"[0]
        if chr(code).isdigit()
        else b"-"[0]
        for code in range(128)
    )
    + b"-" * 128
)
# Neighbours of two classes (lower, upper, digit) are so many of all in words with numbers between them at the most.
# Random text has 0.62 of them with both cases, 0.47 in hexadecimal, 0.40 of lower letters and digits.
_CHANGES_OF_BOTH_CASES, _CHANGES_OF_ONE = 0.40, 0.28
_DIFFERENT = 0.8  # part of all triples; less is a repetition


def shannon_bits(text: bytes) -> float:
    """Length times the entropy of its own letters, in bits: at most what a random text of this look can hold."""
    counts = Counter(text).values()
    return sum(count * math.log2(len(text) / count) for count in counts) + 0.0


def looks_random(text: bytes, least_bits: float) -> bool:
    """Whether `text` has that many Shannon bits, digits and letters, and is neither words nor a repetition."""
    classes = text.translate(_CLASSES, b"-_")  # what words are joined by does not count
    has_lower, has_upper = b"a" in classes, b"A" in classes
    if b"0" not in classes or not (has_lower or has_upper) or shannon_bits(text) < least_bits:
        return False
    least = _CHANGES_OF_BOTH_CASES if has_lower and has_upper else _CHANGES_OF_ONE
    changes = sum(one != other for one, other in pairwise(classes)) / max(1, len(classes) - 1)
    triples = len({text[at : at + 3] for at in range(len(text) - 2)}) / max(1, len(text) - 2)
    return changes >= least and triples >= _DIFFERENT
