"""Keys that can be told by their shape: a table, one row for each kind a provider issues, and looking for them. Pure.

Every row has a match and near misses in tests/data/leaks/shapes.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from .leak_assignments import assigned, is_placeholder
from .leak_hits import Hit
from .leak_runs import BASE64, find_runs, gather
from .model import Frozen
from .randomness import shannon_bits

_SHOWN = 4  # first letters of a key: its provider's, not its owner's
# What may stand before a key: no letter or digit, or one that is the end of an escape such as \n and %3D.
_BEFORE = re.compile(rb"(?:^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2})$")
_LOOK_BACK = 6
_ALLOWED = re.compile(rb"aim:allow-secret|pragma: allowlist secret|gitleaks:allow")


class Shape(Frozen, frozen=True):
    """Keys of one kind: `keyword` stands in each of them, `revoke` is where they are made invalid.

    `bits` are the least Shannon bits of one. `is_loose`: the keyword may stand where no long run is; `has_context`: the
    key is the pattern's first group; not `has_fillers`: what makes other texts placeholders is usual in such keys.
    """

    name: str
    keyword: bytes
    pattern: bytes
    revoke: str
    bits: float = 60.0
    is_loose: bool = False
    has_context: bool = False
    has_fillers: bool = True


def _at(name: str, keyword: bytes, pattern: bytes, revoke: str, *, is_loose: bool = False) -> Shape:
    return Shape(name=name, keyword=keyword, pattern=pattern, revoke=f"https://{revoke}", is_loose=is_loose)


def _aws(name: bytes) -> Shape:
    """Forty letters without a head of their own: told by the name that they are given to."""
    return Shape(
        name="aws-secret-key",
        keyword=name,
        pattern=name + rb"[\"'\\\s:=]{1,8}([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])",
        revoke="https://console.aws.amazon.com/iam/home#/security_credentials",
        bits=100.0,
        is_loose=True,
        has_context=True,
    )


SHAPES = (
    _at("anthropic-key", b"sk-ant-", rb"sk-ant-[a-z]{3,6}\d\d-[\w-]{40,}", "console.anthropic.com/settings/keys"),
    *(
        _at("openai-key", head, re.escape(head) + rb"[\w-]{40,}", "platform.openai.com/api-keys")
        for head in (b"sk-proj-", b"sk-svcacct-", b"sk-admin-")
    ),
    _at("openai-key", b"T3BlbkFJ", rb"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}", "platform.openai.com/api-keys"),
    _at("openrouter-key", b"sk-or-v1-", rb"sk-or-v1-[0-9a-f]{64}", "openrouter.ai/settings/keys"),
    _at("sk-key", b"sk-", rb"sk-(?:[0-9a-f]{32}|[A-Za-z0-9]{48})", "platform.openai.com/api-keys"),
    *(
        _at("github-token", head, head + rb"[A-Za-z0-9]{36,}", "github.com/settings/tokens")
        for head in (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_")
    ),
    _at("github-token", b"github_pat_", rb"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", "github.com/settings/tokens"),
    *(
        _at("gitlab-token", head, head + rb"[\w-]{20,}", "gitlab.com/-/user_settings/personal_access_tokens")
        for head in (b"glpat-", b"glrt-", b"gldt-", b"glptt-", b"glcbt-")
    ),
    _at("google-key", b"AIza", rb"AIza[\w-]{35}", "console.cloud.google.com/apis/credentials"),
    _at("google-client-secret", b"GOCSPX-", rb"GOCSPX-[\w-]{28}", "console.cloud.google.com/apis/credentials"),
    _at("google-token", b"ya29.", rb"ya29\.[\w-]{40,}", "myaccount.google.com/permissions", is_loose=True),
    *(
        _at("aws-key-id", head, head + rb"[A-Z2-7]{16}", "console.aws.amazon.com/iam/home#/security_credentials")
        for head in (b"AKIA", b"ASIA")
    ),
    *(_aws(name) for name in (b"SECRET_ACCESS_KEY", b"secret_access_key", b"SecretAccessKey")),
    _at("slack-token", b"xox", rb"xox[abeoprs](?:\.xox[bp])?-(?:\d+-){0,4}[A-Za-z0-9-]{20,}", "api.slack.com/apps"),
    _at("slack-token", b"xapp-", rb"xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{32,}", "api.slack.com/apps"),
    _at(
        "slack-webhook",
        b"hooks.slack.com",
        rb"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}",
        "api.slack.com/apps",
        is_loose=True,
    ),
    _at("huggingface-token", b"hf_", rb"hf_[A-Za-z]{34}", "huggingface.co/settings/tokens"),
    _at("huggingface-token", b"api_org_", rb"api_org_[A-Za-z]{34}", "huggingface.co/settings/tokens"),
    _at("npm-token", b"npm_", rb"npm_[A-Za-z0-9]{36}", "www.npmjs.com/settings/~/tokens"),
    _at(
        "pypi-token", b"pypi-AgE", rb"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZ)[\w-]{50,}", "pypi.org/manage/account"
    ),
    _at("stripe-key", b"k_live_", rb"[rs]k_live_[A-Za-z0-9]{20,}", "dashboard.stripe.com/apikeys"),
    _at("stripe-test-key", b"k_test_", rb"[rs]k_test_[A-Za-z0-9]{20,}", "dashboard.stripe.com/test/apikeys"),
    _at("groq-key", b"gsk_", rb"gsk_[A-Za-z0-9]{52}", "console.groq.com/keys"),
    _at("xai-key", b"xai-", rb"xai-[A-Za-z0-9]{80}", "console.x.ai"),
    _at("perplexity-key", b"pplx-", rb"pplx-[A-Za-z0-9]{48}", "www.perplexity.ai/settings/api"),
    _at("replicate-token", b"r8_", rb"r8_[A-Za-z0-9]{37}", "replicate.com/account/api-tokens"),
    *(
        _at("digitalocean-token", head, head + rb"[a-f0-9]{64}", "cloud.digitalocean.com/account/api/tokens")
        for head in (b"dop_v1_", b"doo_v1_", b"dor_v1_")
    ),
    Shape(
        name="age-identity",
        keyword=b"AGE-SECRET-KEY-",
        pattern=rb"AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,}",
        revoke="by a new identity: aim secrets recipients",
    ),
    Shape(
        name="private-key",
        keyword=b"PRIVATE KEY",
        pattern=rb"-----BEGIN (?:[A-Z0-9]{1,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nr])+"
        rb"(?:[A-Za-z-]{1,30}: .{0,80}(?:\s|\\+[nr])+){0,4}[\w+/=\s\\-]{64,}",
        revoke="wherever its public key was put",
        bits=250.0,
        is_loose=True,
        has_fillers=False,
    ),
    Shape(
        name="jwt",
        keyword=b"eyJ",
        pattern=rb"eyJ[\w-]{12,}\.eyJ[\w-]{12,}\.[\w-]{20,}",
        revoke="where it was issued, or wait until it expires",
    ),
    Shape(
        name="url-password",
        keyword=b"://",
        pattern=rb"://[\w.%+-]{0,64}:([^\s/@:\"'`<>{}$\\]{12,200})@[\w.-]",
        revoke="where the password was set",
        bits=40.0,
        is_loose=True,
        has_context=True,
    ),
)
ASSIGNED = "assigned-secret"
_REVOKE = {shape.name: shape.revoke for shape in SHAPES}


def revocation(name: str) -> str:
    """Where keys of this shape are made invalid."""
    return _REVOKE.get(name, "where it was issued")


def find_shapes(data: bytes) -> Iterator[Hit]:
    """Every key of a known shape and every assigned secret, in any order; placeholders and allowed lines are none."""
    runs = gather(data, find_runs(data, BASE64))
    for shape in SHAPES:
        if shape.keyword in (data if shape.is_loose else runs.text):
            yield from _of_shape(shape, data)
    for start, end, hint in assigned(data, runs):
        if not _is_allowed(data, start):
            yield Hit(start=start, end=end, name=ASSIGNED, kind="shape", hint=hint)


def has_shape(text: bytes) -> bool:
    """Whether the whole of `text` is a key that a provider issued, and so made at random."""
    return any(_compiled(shape.pattern).fullmatch(text) for shape in SHAPES if not shape.is_loose)


def _of_shape(shape: Shape, data: bytes) -> Iterator[Hit]:
    for match in _compiled(shape.pattern).finditer(data):
        start, end = match.span(1 if shape.has_context else 0)
        text = data[start:end]
        if shannon_bits(text) < shape.bits or (shape.has_fillers and is_placeholder(text)) or _is_allowed(data, start):
            continue
        if shape.has_context or _stands_alone(data, start, end):
            hint = "" if shape.is_loose else text[:_SHOWN].decode()
            yield Hit(start=start, end=end, name=shape.name, kind="shape", hint=hint)


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    return bool(_BEFORE.search(data[max(0, start - _LOOK_BACK) : start])) and not data[end : end + 1].isalnum()


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.ASCII)


def _is_allowed(data: bytes, at: int) -> bool:
    end = data.find(b"\n", at)
    return bool(_ALLOWED.search(data, data.rfind(b"\n", 0, at) + 1, len(data) if end < 0 else end))
