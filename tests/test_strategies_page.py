"""What the page of the strategies says of options is what the entries have, and no strategy is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nasapi.plugins import entries, options_of

pytest.importorskip("nasapi_multifidelity", reason="the page speaks of every distribution of this repository")

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
IDS = sorted(entry.id for entry, plugin in entries("strategy") if plugin.name != "nasapi")
SECTIONS = {
    heading: text
    for heading, _, text in (part.partition("\n") for part in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:])
}


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("page", ["README.md", "docs/strategies.md"])
def test_every_strategy_is_named(page: str, name: str) -> None:
    assert re.search(rf"`{name}[`\[]", (ROOT / page).read_text(encoding="utf-8"))


def test_defaults_are_those_of_the_entries() -> None:
    found = 0
    for heading, text in SECTIONS.items():
        names = [name for name in re.findall(r"`([\w-]+)`", heading) if name in IDS]
        for item in re.findall(r"^- ((?:`\w+=[^`]+`(?:, | and )?)+)", text, re.MULTILINE) if names else ():
            for option, value in re.findall(r"`(\w+)=([^`]+)`", item):
                defaults = {written(options_of("strategy", name)[option].default) for name in names}
                assert value.strip('"') in defaults, f"{heading}: {option} is {' or '.join(defaults)}, not {value}"
                found += 1
    assert found > 60


def written(value: object) -> str:
    """A default as the page writes it."""
    return "1/3" if value == 1 / 3 else str(value).lower() if value is None or isinstance(value, bool) else str(value)
