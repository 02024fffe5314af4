"""How Sphinx builds the site: `make site` reads Markdown and docstrings, writes build/site, and takes no warning.

The source folder is the repository, so that a link between two files is the same link for someone who reads the tree.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from docstrings import as_restructured_text
from package_names import names

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent

project = "nasapi"
author = "The nasapi developers"
copyright = "the nasapi developers, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["docs/**", "*/*/README.md", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
exclude_patterns = [".*", "build", "dist", "runs", "report", "**/tests", "**/__pycache__", "nasapi", "benchmarks"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
myst_links_external_new_tab = False

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
default_role = "literal"

html_theme = "furo"
html_title = "nasapi"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_front"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}

FOLDER = re.compile(r"\]\(([a-z0-9./-]+?)/?(#[^)\s]*)?\)")
"""A link; those to a distribution's folder lead to its README."""
NUMBERED = re.compile(r"^\*\*([A-Z]+\d+)\*\* ", re.MULTILINE)
"""A sentence of the specification, which gets a place of its own to be linked to."""
PLACED = re.compile(r"^\s*(?:[^<\n]*<)?/?(?:docs/)?([a-z0-9-]+)>?\s*$", re.MULTILINE)
NAMES = "<!-- every name of the package -->"
"""What the page of the package says where it takes in its names."""
REST = "every-other-page"
"""What a toctree says where it takes in each page of docs/ that no toctree names."""


def complete(_: Sphinx, page: str, source: list[str]) -> None:
    """Lead links to folders to their README, give numbered sentences a place, and take in what no toctree names."""
    here = (ROOT / page).parent

    def readme(link: re.Match[str]) -> str:
        if not (here / link[1] / "README.md").is_file():
            return link[0]
        return f"]({link[1]}/README.md{link[2] or ''})"

    source[0] = FOLDER.sub(readme, source[0])
    if page.startswith("docs/interface/"):
        source[0] = NUMBERED.sub(r"(\1)=\n\g<0>", source[0])
    source[0] = source[0].replace(f"\n{NAMES}\n", f"\n{names()}\n")
    if page == root_doc:
        named = set(PLACED.findall(source[0]))
        rest = sorted(path.stem for path in (ROOT / "docs").glob("*.md") if path.stem not in named | {"index"})
        source[0] = source[0].replace(REST, "\n".join(rest))


def read_markdown(_: Sphinx, kind: str, name: str, it: Any, options: Any, lines: list[str]) -> None:
    """Give Sphinx a docstring, which is written in plain words and backticks, in its own markup."""
    lines[:] = as_restructured_text(lines)


def made_of_others(*_: Any) -> list[str]:
    """The pages that are read each time, because others are taken into them."""
    return [root_doc, "docs/reference/package"]


def setup(app: Sphinx) -> None:
    """Connect all three."""
    app.connect("env-get-outdated", made_of_others)
    app.connect("source-read", complete)
    app.connect("autodoc-process-docstring", read_markdown)
