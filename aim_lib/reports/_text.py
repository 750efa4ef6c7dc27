"""What reports for files share: text without characters that hide, move or break something, and short quantities."""

from __future__ import annotations

import re

# What programs write to colour a terminal or to set its title.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_REPLACED = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: "\u2421",
    # C1 controls, halves of surrogate pairs, what XML has no place for; and what turns the direction of the text
    # behind it around, so that a line reads as another one.
    **dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"),
    **dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"),
}


def visible(text: str) -> str:
    """`text` without terminal sequences, and with a symbol for every control character but tab and newline."""
    return _ESCAPE.sub("", text.replace("\r\n", "\n")).translate(_REPLACED)


def duration(seconds: float) -> str:
    """A length of time as people read it: `240 ms`, `3.4 s`, `2 m 05 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02d} s"


def size(count: float) -> str:
    """Bytes as people read them, by powers of 1024: `1.5 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
