"""How to speak to an AI tool: an open folder, one file for each way.

A member has `call(request) -> Call`, what to start, and `read(request, said) -> Answer`, what came of it. It starts
nothing and writes nothing; RETRYABLE are the failures after which another try, or another tool, may do better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from ..errors import Unavailable
from ..model import Frozen
from ..proc import Completed

EDITING = frozenset({"code_generation", "refactoring"})
ARGUMENT_BYTES = 100_000  # Linux takes 128 KiB in one argument, Windows 32 KiB in all
WINDOWS_BYTES = 24_000
KEPT_CHARS = 200_000  # of each stream, in an answer
LAST_CHARS = 8_000  # of each stream, in which a failure is looked for


class Failure(StrEnum):
    """Why a try did not succeed."""

    NONE = ""
    UNAVAILABLE = "not_available"
    TIMEOUT = "timeout"
    AUTHENTICATION = "authentication"
    RATE_LIMIT = "rate_limit"
    NETWORK = "network"
    USAGE = "bad_usage"
    PROTOCOL = "protocol"
    TOOL = "tool_error"


PASSING = frozenset({Failure.RATE_LIMIT, Failure.NETWORK, Failure.AUTHENTICATION})


class Request(Frozen, frozen=True):
    """One thing asked of one tool. `program` is its executable; `prompt_file` a path at which the prompt will lie.

    `has_pwsh` is the path of PowerShell, "" when there is none.
    """

    tool: str
    program: str
    command: tuple[str, ...]
    capability: str
    payload: Mapping[str, Any] = {}
    prompt_by: str = ""
    prompt_file: str = ""
    edit_args: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    timeout_s: float = 300.0
    retries: int = 0
    is_windows: bool = False
    pwsh: str = ""

    @property
    def prompt(self) -> str:
        """What the tool is told: the payload's prompt, with the files named where its command line does not."""
        said = self.payload.get("prompt", "")
        text = said if isinstance(said, str) else str(said)
        if self.files and "{files}" not in self.command:
            listed = "\n".join(f"- {name}" for name in self.files)
            text = f"{text}\n\nFiles:\n{listed}"
        return text


class Call(Frozen, frozen=True):
    """What to start. `writes` is the text for `request.prompt_file`, None when none is needed.

    A line of output that matches `give_up` means that the tool waits for a person: it is stopped.
    """

    argv: tuple[str, ...]
    stdin: str = ""
    writes: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    give_up: str = ""


class Answer(Frozen, frozen=True):
    """What came of it; `content` is kept whether it succeeded or not."""

    success: bool
    message: str
    failure: Failure = Failure.NONE
    content: Mapping[str, Any] = {}


# What tools say, seen in their own output or their sources; the first that fits counts.
SIGNS = {
    Failure.AUTHENTICATION: (
        "not logged in|(invalid|incorrect) api key|no api keys?|api key (is )?(missing|required|not (found|set|valid))",
        "please run /login|please (log|sign) in|please set an auth method|no auth (type|provided)|login required",
        "authentication (failed|required|error)|no authentication information|authentication_?error|not able to auth",
        r"unauthori[sz]ed|\b401\b|could not resolve authentication|credentials? (are|is) (missing|invalid|required)",
    ),
    Failure.RATE_LIMIT: (
        r"rate.?limit|too many requests|\b429\b|quota (exceeded|exhausted)|usage limit",
        "resource_exhausted|overloaded_error",
    ),
    Failure.NETWORK: (
        "getaddrinfo|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|name does not resolve|name resolution",
        r"failed to (lookup|resolve)|connection\s+(refused|reset|error|failed)|network (error|is unreachable)",
        "fetch failed|error sending request|stream disconnected",
    ),
    Failure.USAGE: ("unknown (option|argument)s?|unexpected argument|unrecognized arguments?|invalid option|^usage: ",),
}


class Adapter(Protocol):
    """What a member is."""

    RETRYABLE: frozenset[Failure]

    def call(self, request: Request) -> Call: ...

    def read(self, request: Request, said: Completed) -> Answer: ...


# --- what members share ---------------------------------------------------------------------------------------------


def fill(request: Request) -> Call:
    """The command line of the request's template; the prompt goes where the registry says. Never through a shell.

    Raises Unavailable when the prompt, or a file, could be taken for an option, or is longer than an argument may be.
    """
    argv = [request.program]
    is_behind = False  # the template's own `--`: nothing after it is an option
    for word in request.command[1:]:
        is_behind = is_behind or word == "--"
        argv += _filled(word, request, is_behind=is_behind)
    if argv[-1] == "--":
        argv.pop()
    sends = request.prompt_by
    return Call(
        argv=tuple(argv),
        stdin=request.prompt if sends == "stdin" else "",
        writes=request.prompt if sends == "file" else None,
    )


def _filled(word: str, request: Request, *, is_behind: bool) -> tuple[str, ...]:
    if word == "{args}":
        return request.args
    if word == "{edit}":
        return request.edit_args if request.capability in EDITING or request.payload.get("fix") is True else ()
    if word == "{files}":
        return tuple(f"./{name}" if name.startswith("-") else name for name in request.files)
    if "{prompt}" in word:
        return (_with_prompt(word, request, is_behind=is_behind),)
    return (word.replace("{prompt_file}", request.prompt_file),)


def _with_prompt(word: str, request: Request, *, is_behind: bool) -> str:
    prompt = request.prompt
    most = WINDOWS_BYTES if request.is_windows else ARGUMENT_BYTES
    if "\0" in prompt:
        raise Unavailable("the prompt has a NUL character, which no argument can hold")
    if len(prompt.encode("utf-8", "surrogateescape")) > most:
        raise Unavailable(f"the prompt is longer than the {most} bytes that an argument may have")
    if word == "{prompt}" and not is_behind and prompt.startswith("-"):
        raise Unavailable("the prompt begins with a dash, and its command line would take it for an option")
    return word.replace("{prompt}", prompt)


def classify(text: str) -> Failure:
    """The kind of failure that a tool's own words tell of; TOOL when they tell of none we know."""
    flags = re.IGNORECASE | re.MULTILINE
    found = (kind for kind, patterns in SIGNS.items() if any(re.search(each, text, flags) for each in patterns))
    return next(found, Failure.TOOL)


def failed(said: Completed, content: Mapping[str, Any], message: str = "", *, told: str = "") -> Answer:
    """The answer of a try that failed, by its words: `told` when those are known, else all it printed."""
    kind = classify(told or f"{said.stderr[-LAST_CHARS:]}\n{said.stdout[-LAST_CHARS:]}")
    if said.timed_out and kind is not Failure.AUTHENTICATION:
        kind = Failure.TIMEOUT
    words = message or last_line(said) or f"it ended with exit {said.exit_code}"
    return Answer(success=False, message=words, failure=kind, content=content)


def last_line(said: Completed) -> str:
    """The last line it printed, stderr before stdout."""
    return said.last_words(1).strip()


def streams(said: Completed) -> dict[str, Any]:
    """What every answer keeps of a program: its exit code, and what it printed, up to a length."""
    return {
        "exit_code": said.exit_code,
        "stdout": said.stdout[-KEPT_CHARS:],
        "stderr": said.stderr[-KEPT_CHARS:],
    }
