"""What commands print with: tables fit for a person at a terminal, and for grep elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any

import click

from nasapi.words import MOST_LETTERS, printable, shortened


def show_message(sentence: str) -> None:
    """Print a sentence on stderr, with nothing in it that a terminal would obey.

    A stderr that takes nothing, such as a log on a full disk, ends no study: this sentence and those after it are lost.
    """
    try:
        click.echo(printable(shortened(sentence, 4 * MOST_LETTERS)), err=True)
    except BrokenPipeError:  # who read it has seen enough
        raise
    except OSError:
        give_up(sys.stderr)


def give_up(stream: Any) -> None:
    """Let the interpreter's own last flush of a stream succeed, after one failed."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):
        return  # not a stream of this process


@contextmanager
def resumable(kept: str) -> Iterator[None]:
    """Where a person interrupts what is done within, say what is kept and what to type again, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        import shlex

        context = click.get_current_context()
        again = shlex.join(["nasapi", *(context.obj or sys.argv[1:])])
        show_message(f"Interrupted; {kept}: {again}")
        context.exit(130)


def show(text: str = "") -> None:
    """Print text on standard output, with nothing in it that a terminal would obey."""
    click.echo(printable(text))


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print rows under headings: coloured and fitted at a terminal, plain and whole anywhere else.

    Columns named in `right` are aligned to the right.
    """
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        _show_rich(columns, rows, right)
        return
    cells = [list(map(_text, columns)), *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[j]) for row in cells) for j in range(len(columns))]
    for row in cells:
        words = [
            value.rjust(width) if name in right else value.ljust(width)
            for name, value, width in zip(columns, row, widths, strict=True)
        ]
        click.echo("  ".join(words).rstrip())


def show_pairs(pairs: Mapping[str, object]) -> None:
    """Print names and values, one pair a line, values of several lines indented; empty values are left out."""
    shown = {_text(name): _lines(value) for name, value in pairs.items() if value not in (None, "", (), [], {})}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        first, *more = text.splitlines() or [""]
        click.echo(f"{_styled(name.ljust(width))}  {first}")
        for line in more:
            click.echo(" " * (width + 2) + line)


def show_json(value: Any) -> None:
    """Print a value as JSON; NaN and infinities, which it has no words for, become null."""
    import json

    click.echo(printable(json.dumps(_plain(value), indent=2, ensure_ascii=False), json_escapes=True))


def show_csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as CSV with a line of headings."""
    from nasapi.frames import csv_lines

    click.echo(csv_lines(columns, rows), nl=False)


def first_paragraph(documentation: str | None) -> str:
    """A docstring up to its first empty line, as one line."""
    return " ".join((documentation or "").strip().split("\n\n")[0].split())


def _show_rich(columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, collapse_padding=True)
    for name in columns:
        table.add_column(
            _text(name), justify="right" if name in right else "left", overflow="fold", no_wrap=name in right
        )
    for row in rows:
        table.add_row(*map(_text, row))
    Console(markup=False, highlight=False).print(table)


def _styled(name: str) -> str:
    return name if "NO_COLOR" in os.environ else click.style(name, fg="cyan")


def _text(value: object) -> str:
    """A value as one line of text for a table's cell."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return "-" if value != value else _number(value)
    return printable(str(value)).replace("\n", "\\n").replace("\t", "\\t")


def _lines(value: object) -> str:
    """A value as text of one or several lines."""
    return printable(value) if isinstance(value, str) else _text(value)


def _number(value: float) -> str:
    """Whole numbers whole, others with six digits; thousands apart, and powers only where they are many."""
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if 1e5 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:,.6g}"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
