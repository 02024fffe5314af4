"""The rules as the table of docs/conformance.md: `python -m nasapi.testing.page` prints it."""

from __future__ import annotations

from nasapi.testing.kit import RULES


def table() -> str:
    """One line of Markdown for each rule."""
    return "\n".join(f"| `{rule.id}` | {rule.sentence.replace('|', '&#124;')} |" for rule in RULES)


if __name__ == "__main__":
    print(table())
