"""Sphinx: `python3 aim.py dev docs` builds the site of these pages into build/docs/site."""

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs._make import site  # noqa: E402

project = "AIM"
author = "the AIM authors"
version = release = next(
    line.split('"')[1] for line in (ROOT / "aim_lib/__init__.py").read_text().splitlines() if "__version__ =" in line
)
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_make"]
nitpicky = True
smartquotes = False  # they would make a dash of the two before an option
suppress_warnings = ["myst.strikethrough"]

myst_heading_anchors = 4
myst_enable_extensions = ["strikethrough"]
copybutton_prompt_text = "$ "  # only what one types is copied
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "furo"
html_title = f"AIM {release}"
html_static_path = ["_static"]
html_css_files = ["aim.css"]
html_logo = "_static/aim.svg"
html_favicon = "_static/aim.svg"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options: dict[str, Any] = {
    "light_css_variables": {"color-brand-primary": "#0b6b58", "color-brand-content": "#0b6b58"},
    "dark_css_variables": {"color-brand-primary": "#6fd9bd", "color-brand-content": "#6fd9bd"},
    "navigation_with_keys": True,
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"


def read(_app: object, name: str, source: list[str]) -> None:
    """What `docs/_make/site.py` does to the text of each page."""
    text = site.with_outside_links(name, site.without_stage(source[0]), os.environ)
    source[0] = site.with_tree(name, text)


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
