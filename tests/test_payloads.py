"""What may be sent to an AI tool, and what may not."""

from __future__ import annotations

import pytest

from aim_lib.payloads import Policies, files_of, problems, refusal, size_of
from aim_lib.schema_ai import AiPolicy

POLICY = AiPolicy()
BOTH = Policies(POLICY, POLICY)


@pytest.mark.parametrize(
    "path",
    [
        ".git/config", "../.git/config", "src/../.git/config", ".GIT/config", "sub/.git/hooks/x", ".env", "sub/.env",
        ".env.production", "node_modules/a/b.js", ".venv/bin/python", "..", "../x", "/etc/passwd", "~/x", "C:\\x",
        "a\\..\\..\\x", "a\nb", "a\0b", ".git", ".git/",
    ],
)  # fmt: skip
def test_paths_that_are_refused(path: str) -> None:
    """Outside the project, forbidden by default however it is written, or with control characters."""
    assert refusal(path, POLICY)


@pytest.mark.parametrize(
    "path", ["a.py", "src/a b.py", "src/environment.py", "git/config", "größe.md", "x/.envelope/y"]
)
def test_paths_that_may_be_named(path: str) -> None:
    """Names that only look alike are none of those."""
    assert refusal(path, POLICY) == ""


def test_allowed_files_are_patterns_of_names_or_paths() -> None:
    """What fits none is refused."""
    policy = AiPolicy(allowed_files=["*.py", "docs/*.md"])

    refused = [path for path in ("a.py", "x/b.PY", "docs/a.md", "b.md", "a.sh") if refusal(path, policy)]

    assert refused == ["b.md", "a.sh"]


def test_where_a_link_leads_counts_too() -> None:
    """A harmless name may lead to a forbidden place."""
    found = problems({"files": ["notes.txt"]}, {}, BOTH, {"notes.txt": ".git/config"})

    assert found == ("'notes.txt' is forbidden by ai.policy.forbidden_paths (/.git/)",)


def test_a_required_field_must_be_there_and_not_empty() -> None:
    """An optional one may be left out."""
    requires = {"prompt": "required", "files": "required", "test_path": "optional"}

    assert problems({"prompt": "", "files": []}, requires, BOTH) == (
        "the payload has no prompt",
        "the payload has no files",
    )


def test_a_megabyte_passes_and_one_byte_more_does_not() -> None:
    """The size is that of the JSON."""
    most = {"prompt": "a" * (1_048_576 - len('{"prompt":""}'))}
    more = {"prompt": most["prompt"] + "a"}

    assert size_of(most) == 1_048_576
    assert problems(most, {}, BOTH) == ()
    assert problems(more, {}, BOTH) == (
        "the payload has 1048577 bytes, ai.policy.max_payload_bytes is 1048576",
    )  # fmt: skip


def test_too_many_files_are_refused() -> None:
    """The limit is the policy's."""
    found = problems({"files": ["a", "b", "c"]}, {}, Policies(AiPolicy(max_files=2), AiPolicy()))

    assert found == ("the payload names 3 files, ai.policy.max_files is 2",)


def test_files_are_gathered_from_every_field_that_names_some() -> None:
    """Once each, in order; what is no text is none."""
    assert files_of({"files": ["a", "a", 3], "file": "b", "test_path": "tests"}) == ("a", "b", "tests")


def test_what_cannot_be_json_has_no_size() -> None:
    """A lone surrogate cannot be sent to anybody."""
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        size_of({"prompt": "\ud800"})
