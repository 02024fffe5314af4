"""Text of others as text: what a terminal would obey is spelt out, what a spreadsheet would run is quoted."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

MOST_LETTERS = 2000
"""Of an error's text that is kept with a run or shown; what goes beyond is cut."""

# C0 and C1 controls but for tabs and ends of lines, what turns the direction of text, separators that end a line, and
# surrogates, which no encoding can write.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_FORMULA = re.compile(r"[=+\-@\t\r]")


def printable(text: str, *, json_escapes: bool = False) -> str:
    """The text with every control character spelt out, as in Python or, with `json_escapes`, as in JSON."""
    form = "\\u{:04x}" if json_escapes else None
    return _CONTROL.sub(lambda found: _spelt(found[0], form), text)


def shortened(text: str, most: int = MOST_LETTERS) -> str:
    """The text, or where it is longer its beginning and how long it was, in `most` characters."""
    if len(text) <= most:
        return text
    ending = f"… (cut from {len(text):,} characters)"
    return text[: max(most - len(ending), 0)] + ending


def quoted(text: object, most: int = 60) -> str:
    """A text given by a person, in quotation marks, as a sentence repeats it: its beginning where it is long."""
    whole = text if isinstance(text, str) else repr(text)
    if len(whole) > most:
        return f"{whole[:most]!r}…"
    return repr(whole) if isinstance(text, str) else whole


def counted(number: int, one: str, several: str) -> str:
    """A number with the words that go with it: "1 run is", "2,000 runs are"."""
    return f"{number:,} {one if number == 1 else several}"


def say(sentence: str) -> None:
    """Print a line on stderr that begins with "nasapi:", cut where it is long, with nothing that a terminal obeys."""
    print(f"nasapi: {printable(shortened(sentence))}", file=sys.stderr)


def csv_cell(value: object) -> object:
    """A cell for CSV: text that a spreadsheet would take for a formula gets an apostrophe before it; numbers do not."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if _FORMULA.match(text) and not _number(text) else text


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _spelt(letter: str, form: str | None) -> str:
    code = ord(letter)
    return form.format(code) if form else f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def spans(numbers: Sequence[int]) -> str:
    """Rising numbers with those in a row as ranges, "0-3,7"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def seeds_option(seeds: Sequence[int]) -> str:
    """Rising seeds as `--seeds` takes them, "0-3,7"; one alone as "5-5", since a number there is how many."""
    return f"{seeds[0]}-{seeds[0]}" if len(seeds) == 1 else spans(seeds)
