"""What the site needs beside its Markdown: pages stay plain, so that they read well on a code host too.

A section page lists its pages as plain links; the tree of the site is made of these lists. A link that leaves docs/
leads to the file at the code host, where one is known (`GITHUB_REPOSITORY`, as in its workflows), else it is only text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

SECTIONS = ("index", "how-to", "reference", "explanation")
LINK = re.compile(r"(?<!!)\[([^\]\[]+)\]\(([^)\s]+)\)")


def listed(text: str) -> list[str]:
    """The pages that a section's page lists, in order, without `.md`: links that begin an item of a list."""
    return [target[:-3] for target in re.findall(r"^- \[[^\]]+\]\(([\w/-]+\.md)\)", text, re.MULTILINE)]


def with_tree(name: str, text: str) -> str:
    """The text of page `name`; of a section's page also the tree of the pages it lists, hidden."""
    if name not in SECTIONS or not listed(text):
        return text
    return f"{text}\n\n```{{toctree}}\n:hidden:\n\n" + "\n".join(listed(text)) + "\n```\n"


def without_stage(text: str) -> str:
    """The text without what its examples need and no reader: comments."""
    return re.sub(r"^<!--.*?-->\n", "", text, flags=re.DOTALL | re.MULTILINE)


def with_outside_links(name: str, text: str, environment: Mapping[str, str]) -> str:
    """The text of page `name` with links to files outside docs/ leading to the code host, or as text alone."""
    repository, commit = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_SHA", "HEAD")
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")

    def led(link: re.Match[str]) -> str:
        words, target = link[1], link[2]
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(name), target))
        if "://" in target or target.startswith("#") or path.startswith("docs/"):
            return link[0]
        return f"[{words}]({server}/{repository}/blob/{commit}/{path})" if repository else words

    return LINK.sub(led, text)
