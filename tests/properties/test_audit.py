"""No secret stands in the event log, in whatever form and field it came; every cut is explained."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aim_lib import audit_verify
from aim_lib.audit import Audit
from aim_lib.forms import forms
from aim_lib.redact import SHORTEST, Redactor
from tests.fakes import audit

SECRETS = st.text(st.characters(codec="utf-8"), min_size=8, max_size=24).filter(lambda text: len(text.strip()) >= 8)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def log_of(folder: Path, secrets: list[str]) -> Audit:
    redactor = Redactor()
    redactor.learn(secrets)
    log = audit(folder)
    log.redact = redactor.text
    return log


def strings(value: Any) -> list[str]:
    """Every text of a decoded event."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *strings(item))]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else [str(value)]


@given(SECRETS, TEXTS, TEXTS, st.data())
@settings(max_examples=150, deadline=None)
def test_no_form_of_a_secret_reaches_the_log(secret: str, before: str, after: str, data: st.DataObject) -> None:
    """Planted in each field, alone and between other words; looked for in the bytes and in the decoded texts."""
    known = sorted(form.decode("utf-8", "surrogateescape") for form in forms(secret, SHORTEST))
    written = [form for form in known if form.isprintable() or form == secret]
    form = data.draw(st.sampled_from([secret, *(text for text in written if _is_utf8(text))]))
    planted = f"{before} {form} {after}"
    with tempfile.TemporaryDirectory() as name:
        log = log_of(Path(name), [secret])
        log.user = planted
        log.write("run.began", planted, details={planted: [planted, {"deep": planted}]})
        raw = (Path(name) / "audit.jsonl").read_bytes()

    told = {key: value for key, value in json.loads(raw).items() if key in ("message", "details", "user")}
    assert form not in json.dumps(list(told.values()), ensure_ascii=False)
    assert not [text for value in told.values() for text in strings(value) if form in text]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@given(st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_a_log_cut_anywhere_is_explained_and_goes_on(place: int) -> None:
    """What was whole stays, what was torn is kept aside, and the chain holds with a mark in it."""
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "audit.jsonl"
        log = log_of(folder, [])
        for number in range(5):
            log.write("health.check", f"number {number}")
        content = path.read_bytes()
        kept = content[: min(place, len(content))]
        path.write_bytes(kept)
        (folder / "audit.lock").unlink()  # as a machine that lost its power leaves it
        log.write("health.check", "the next")
        verdict = audit_verify.verify(path)
        whole = kept.count(b"\n") + (kept[-1:] == b"}" and content[len(kept) :][:1] == b"\n")

        assert verdict.first_break is None
        assert path.read_bytes().count(b"number") == whole
