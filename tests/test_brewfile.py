"""A Brewfile is Ruby: its literals are read, and nothing of it is believed that only running it would tell."""

from __future__ import annotations

import pytest

from aim_lib.manifests import Entry, brewfile


def names(text: str) -> list[str]:
    return [entry.name for entry in brewfile.read(text).tools]


def why(text: str) -> list[str]:
    return [remark.why for remark in brewfile.read(text).left_out]


@pytest.mark.parametrize(
    "line",
    [
        'brew "a#{system(%q(touch x))}"',
        "brew name",
        'brew ["a", "b"].sample',
        'brew("a")',
        'brew "a" if ENV["CI"]',
        'brew "a" unless File.exist? "/x"',
        'brew "a" and exit',
        "brew `id`",
        "system 'rm', '-rf', '/'",
        'eval "brew \\"a\\""',
        'brew "a", args: [x]',
        'brew "a", **options',
        "if true then brew 'a' end",
    ],
)
def test_what_is_not_literal_is_not_read(line: str) -> None:
    """It is reported with its line; the line after it is read."""
    found = brewfile.read(f'# head\n{line}\nbrew "after"\n')

    assert [entry.name for entry in found.tools] == ["after"]
    assert [remark.line for remark in found.left_out] == [2]


@pytest.mark.parametrize(
    ("text", "systems"),
    [
        ('brew "a" if OS.mac?', ("macos",)),
        ('brew "a" unless OS.mac?', ("linux",)),
        ('if OS.linux?\n  brew "a"\nend', ("linux",)),
        ('if OS.mac?\nelse\n  brew "a"\nend', ("linux",)),
        ('unless OS.mac?\n  brew "a"\nend\n', ("linux",)),
        ('if OS.mac?\n  brew "b"\nend\nbrew "a"', ()),
        ('cask "homebrew/cask/a"', ("macos",)),
        ('cask "a" if OS.linux?', ("linux",)),
    ],
)
def test_conditions_on_the_system_are_understood(text: str, systems: tuple[str, ...]) -> None:
    """Behind a line and over several, also turned around."""
    assert brewfile.read(text).tools[-1].platforms == systems


@pytest.mark.parametrize(
    "text",
    [
        'if ENV["X"]\n  brew "a"\nend',
        'if OS.mac?\nelsif OS.linux?\nelse\n  brew "a"\nend',
        'if OS.mac?\n  brew "a" if OS.linux?\nend',
        'if OS.mac?\n  if OS.linux?\n    brew "a"\n  end\nend',
        '[1].each do |x|\n  brew "a"\nend',
        'case OS\nwhen 1\n  brew "a"\nend',
    ],
)
def test_under_any_other_condition_nothing_is_read(text: str) -> None:
    """It may hold or not: only Ruby would know."""
    assert names(f'{text}\nbrew "after"') == ["after"]
    assert "a condition stands over it, which is not evaluated" in why(text)


@pytest.mark.parametrize(
    "text",
    [
        '=begin\nbrew "a"\n=end\n',
        'x = <<~EOS\n  brew "a"\nEOS\n',
        '# brew "a"\n',
        '__END__\nbrew "a"\n',
    ],
)
def test_what_is_no_code_is_not_read(text: str) -> None:
    """Comments, texts over several lines, what stands behind the end."""
    assert names(f'brew "before"\n{text}') == ["before"]


def test_an_entry_may_take_several_lines() -> None:
    """After a comma, a key, inside brackets, and behind a backslash."""
    text = 'uv "a",\n   specifier:\n  ">=1",\n  with: [\n    "b", # why\n    "c",\n  ]\nbrew \\\n  "d"\nbrew "e"'

    found = brewfile.read(text).tools

    assert found[0] == Entry(kind="uv", name="a", request=">=1", extras=("b", "c"), line=1)
    assert [entry.name for entry in found[1:]] == ["d", "e"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Wget", "wget"),
        ("homebrew/core/wget", "wget"),
        ("homebrew/homebrew/wget", "wget"),
        ("User/homebrew-Tap/tool", "user/tap/tool"),
        ("python@3.12", "python@3.12"),
    ],
)
def test_a_formula_is_called_as_brew_calls_it(written: str, name: str) -> None:
    """Under another name it would not be found again."""
    assert names(f'brew "{written}"') == [name]


def test_casks_have_the_name_that_tells_them_from_formulae() -> None:
    """And are written as casks again."""
    assert names('cask "firefox"') == ["homebrew/cask/firefox"]
    assert (
        brewfile.write((Entry(kind="brew", name="homebrew/cask/firefox", platforms=("macos",)),)).text
        == 'cask "firefox"\n'
    )


def test_what_ruby_would_run_is_written_as_text() -> None:
    """An escape keeps it a text, for Ruby and for us."""
    text = brewfile.write((Entry(kind="uv", name="a", extras=("#{exit}",)),)).text

    assert '"\\#{exit}"' in text
    assert brewfile.read(text).tools[0].extras == ("#{exit}",)
