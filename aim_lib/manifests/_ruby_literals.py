"""The part of Ruby that a Brewfile needs: a word, literals, a condition on the system. It is read, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import Malformed

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f]+|\\\n)
    |(?P<comment>\#[^\n]*)
    |(?P<end>[\n;])
    |(?P<text>"(?:[^"\\\#\n]|\\[^\n]|\#(?!\{))*"|'(?:[^'\\\n]|\\[^\n])*')
    |(?P<label>[A-Za-z_]\w*[?!]?:(?=\s))
    |(?P<symbol>:[A-Za-z_]\w*[?!]?)
    |(?P<arrow>=>)
    |(?P<number>-?\d[\d_]*(?:\.\d+)?)
    |(?P<word>[A-Za-z_][\w.]*[?!]?)
    |(?P<mark>[\[\]{},])
    |(?P<other>.)""",
    re.VERBOSE,
)
_HEREDOC = re.compile(r"<<[~-]?([\"']?)([A-Z_]+)\1")
_OPENS = re.compile(r"^(if|unless|case|begin|def|while|until|for|class|module)\b|\bdo(\s*\|[^|]*\|)?$")
_SYSTEMS = {"OS.mac?": "macos", "OS.linux?": "linux"}
_ESCAPES = {"n": "\n", "t": "\t", "s": " "}
_CONSTANTS = {"true": True, "false": False, "nil": None}


class Token(NamedTuple):
    kind: str
    text: str
    line: int


class Statement(NamedTuple):
    """A call with literal arguments, or with `call` "" something that is not: then `words` is how it begins.

    `systems` are those it is for, () for all; `is_conditional` where a condition stands over it that is not read.
    """

    line: int
    call: str = ""
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    systems: tuple[str, ...] = ()
    is_conditional: bool = False
    words: str = ""


@dataclass(slots=True)
class _Blocks:
    """The conditions that stand over a line: for each open block its systems, or None when it was not understood."""

    open: list[tuple[str, ...] | None] = field(default_factory=list)
    turned: set[int] = field(default_factory=set)  # those with an `elsif`: what their `else` means is not worked out

    @property
    def systems(self) -> tuple[str, ...]:
        return next((each for each in reversed(self.open) if each), ())

    @property
    def is_unknown(self) -> bool:
        return None in self.open or any(a != b for a in self.open for b in self.open)

    def take(self, words: str) -> bool:
        """Whether a line opens, turns or closes a block."""
        if words == "end" and self.open:
            self.open.pop()
            self.turned.discard(len(self.open))
        elif words == "else" and self.open:
            self.open[-1] = None if len(self.open) - 1 in self.turned else _others(self.open[-1])
        elif words.startswith(("elsif ", "when ", "rescue", "ensure")) and self.open:
            self.open[-1] = _condition(words.removeprefix("els")) if words.startswith("elsif") else None
            self.turned.add(len(self.open) - 1)
        elif _OPENS.search(words) and not words.endswith(" end"):
            self.open.append(_condition(words))
        else:
            return False
        return True


def statements(text: str) -> Iterator[Statement]:
    """Every statement in order. Raises Malformed when a bracket is never closed."""
    blocks = _Blocks()
    for tokens in _lines(_without_blocks_of_text(text)):
        line, words = tokens[0].line, _words(tokens)
        if words == "__END__":
            return
        if blocks.take(words):
            continue
        found = _parse(tokens) or Statement(line, words=f"{tokens[0].text} …")
        if found.systems and blocks.open:
            found = found._replace(is_conditional=True)
        systems = found.systems or blocks.systems
        yield found._replace(systems=systems, is_conditional=found.is_conditional or blocks.is_unknown)


def _without_blocks_of_text(text: str) -> str:
    """The text with its heredocs and =begin … =end emptied: what stands in them is no statement."""
    kept, until = [], ""
    for line in text.split("\n"):
        if until:
            is_last = line.strip() == until if until != "=end" else line.startswith("=end")
            until = "" if is_last else until
            kept.append("")
            continue
        heredoc = _HEREDOC.search(line)
        until = "=end" if line.startswith("=begin") else heredoc[2] if heredoc else ""
        kept.append("" if line.startswith("=begin") else line)
    return "\n".join(kept)


def _lines(text: str) -> Iterator[list[Token]]:
    """The tokens of each statement: it goes on after a comma, a label, an arrow, and inside brackets."""
    found: list[Token] = []
    depth: list[Token] = []
    for token in _tokens(text):
        if token.text in ("[", "{") and token.kind == "mark":
            depth.append(token)
        elif token.text in ("]", "}") and token.kind == "mark" and depth:
            depth.pop()
        if token.kind != "end":
            found.append(token)
        elif found and not depth and not (found[-1].kind in ("label", "arrow") or found[-1].text == ","):
            yield found
            found = []
    if depth:
        raise Malformed(f"the bracket {depth[-1].text} is never closed", depth[-1].line)
    if found:
        yield found


def _tokens(text: str) -> Iterator[Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind not in ("space", "comment"):
            yield Token(kind, match[0], line)
        line += match[0].count("\n")
    yield Token("end", "\n", line)


def _words(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _condition(words: str) -> tuple[str, ...] | None:
    """The systems of `if OS.mac?` and `unless OS.mac?`; None for any other condition."""
    word, _, rest = words.partition(" ")
    system = _SYSTEMS.get(rest.removesuffix(" then"))
    if system is None or word not in ("if", "unless"):
        return None
    return (system,) if word == "if" else _others((system,))


def _others(systems: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if systems is None else tuple(each for each in _SYSTEMS.values() if each not in systems)


def _parse(tokens: list[Token]) -> Statement | None:
    """The call that `tokens` are, or None when there is more in them than literals."""
    head, rest = tokens[0], tokens[1:]
    if head.kind != "word" or head.text in _CONSTANTS:
        return None
    place = next((place for place, token in enumerate(rest) if token.text in ("if", "unless")), len(rest))
    condition = _condition(_words(rest[place:])) if place < len(rest) else ()
    parser = _Literals(rest[:place])
    try:
        arguments, options = parser.call()
    except ValueError:
        return None
    return Statement(head.line, head.text, arguments, options, condition or (), is_conditional=condition is None)


@dataclass(slots=True)
class _Literals:
    """Reads literals off a list of tokens; raises ValueError at anything else."""

    tokens: list[Token]
    place: int = 0

    def call(self) -> tuple[tuple[Any, ...], tuple[tuple[str, Any], ...]]:
        """The arguments up to the end: values, then keys with theirs."""
        arguments, options = [], []
        while self.place < len(self.tokens):
            key = self._key()
            if key is not None:
                options.append((key, self._value()))
            else:
                arguments.append(self._value())
            if self.place < len(self.tokens):
                self._take(",")
        return tuple(arguments), tuple(options)

    def _key(self) -> str | None:
        """`key:`, or `:key =>` and `"key" =>`; None where no key stands."""
        token = self._peek()
        if token.kind == "label":
            self.place += 1
            return token.text[:-1]
        if token.kind in ("symbol", "text") and self._peek(1).kind == "arrow":
            self.place += 2
            return token.text[1:] if token.kind == "symbol" else _unquoted(token.text)
        return None

    def _value(self) -> Any:
        token = self._peek()
        self.place += 1
        if token.kind == "text":
            return _unquoted(token.text)
        if token.kind == "symbol":
            return token.text
        if token.kind == "number":
            return float(token.text.replace("_", ""))
        if token.kind == "word" and token.text in _CONSTANTS:
            return _CONSTANTS[token.text]
        if token.text == "[":
            return self._items("]", self._value)
        if token.text == "{":
            return dict(self._items("}", self._pair))
        raise ValueError(token.text)

    def _pair(self) -> tuple[str, Any]:
        key = self._key()
        if key is None:
            raise ValueError(self._peek().text)
        return key, self._value()

    def _items(self, closing: str, one: Any) -> list[Any]:
        found = []
        while self._peek().text != closing:
            found.append(one())
            if self._peek().text != closing:
                self._take(",")
        self.place += 1
        return found

    def _take(self, mark: str) -> None:
        if self._peek().text != mark or self._peek().kind != "mark":
            raise ValueError(self._peek().text)
        self.place += 1

    def _peek(self, ahead: int = 0) -> Token:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end", "", 0)


def _unquoted(text: str) -> str:
    if text.startswith("'"):
        return re.sub(r"\\([\\'])", r"\1", text[1:-1])
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])
