"""Aider: no JSON; the prompt goes by a file, and its lines say which files it edited and what that cost."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..proc import Completed
from . import PASSING, Answer, Call, Failure, Request, failed, fill, streams

RETRYABLE: frozenset[Failure] = PASSING
# Without a key it opens a browser, if it must a text one, and waits for five minutes.
GIVE_UP = r"No LLM model was specified and no API keys were provided|finish in the browser"
NO_BROWSER = (("BROWSER", "true"),)
# It ends with 0 also when the model was never reached.
TROUBLE = r"^litellm\.\w+Error: .*|^.*The API provider is not able to authenticate you.*|^Model .* not found.*"


def call(request: Request) -> Call:
    """The template, filled; it is stopped where it would wait for a person."""
    return msgspec.structs.replace(fill(request), give_up=GIVE_UP, env=NO_BROWSER)


def read(request: Request, said: Completed) -> Answer:
    """Success is exit 0 without trouble on the way to the model."""
    content: dict[str, Any] = {**streams(said), **_edits(said.stdout), **_cost(said.stdout)}
    trouble = re.search(TROUBLE, said.stdout, re.MULTILINE)
    if said.is_ok and (trouble is None or content.get("files_modified")):
        return Answer(success=True, message=_reply(said.stdout), content=content)
    message = trouble[0] if trouble else next(iter(re.findall(rf".*(?:{GIVE_UP}).*", said.stdout)), "")
    return failed(said, content, message.strip())


def _edits(text: str) -> dict[str, Any]:
    edited = dict.fromkeys(re.findall(r"^Applied edit to (.+)$", text, re.MULTILINE))
    created = dict.fromkeys(re.findall(r"^Creating empty file (.+)$", text, re.MULTILINE))
    if not edited and not created:
        return {}
    return {"files_modified": [name for name in edited if name not in created], "files_created": list(created)}


def _cost(text: str) -> dict[str, Any]:
    told = re.findall(r"^Tokens: .*?Cost: \$([\d.]+) message, \$([\d.]+) session", text, re.MULTILINE)
    return {"cost_usd": float(told[-1][1])} if told else {}


def _reply(text: str) -> str:
    """What the model said: all behind the lines it begins with."""
    body = re.split(r"^(?:Repo-map: .*|Added .* to the chat\.?)$", text, flags=re.MULTILINE)[-1]
    return body.strip()
