"""Failures of commands: the sentence and the exit status for each error that ends one, decided here alone."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from nasapi.cli import console
from nasapi.errors import NasapiError
from nasapi.safety.fences import describe, place_of, with_place
from nasapi.words import printable

SUCCESS, FAILED, BAD_INPUT, BUG, INTERRUPTED = 0, 1, 2, 70, 130
"""Exit statuses: done; a check failed; the input was wrong; a program is; somebody pressed Ctrl-C."""
_PATHS = {"pathlib.py", "posixpath.py", "ntpath.py", "genericpath.py", "os.py", "shutil.py"}
"""The modules of Python whose ValueError or RuntimeError is of a path that cannot be one, or that goes in circles."""

_PARSERS = {"decoder.py", "scanner.py", "ast.py", "tokenize.py", "_parser.py"}
"""The modules of Python, of json, ast and tomllib, whose RecursionError is of a text that is nested too deeply."""


class ReaderLeft(Exception):
    """Whoever read the output has closed it; named so that click, which exits with 1, does not see a broken pipe."""


@contextmanager
def noticing_readers() -> Iterator[None]:
    """Raise ReaderLeft in the place of BrokenPipeError."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderLeft from error


def verdict(error: BaseException) -> tuple[int, str]:
    """The exit status of a command that ended in `error`, and the sentence for stderr, empty where none is needed."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return BAD_INPUT, error.format_message()
    if isinstance(error, click.ClickException):
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context else "nasapi"
        hint = f" See '{command} --help'." if context else ""
        if isinstance(error, click.NoSuchOption) and error.option_name[1:2].isdigit():
            hint = f" An argument that begins with '-', such as a number below 0, stands behind '--'.{hint}"
        return BAD_INPUT, f"{command}: {error.format_message()}{hint}"
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return INTERRUPTED, "nasapi: interrupted."
    if isinstance(error, NasapiError):
        return BAD_INPUT, f"nasapi: {with_place(error)}"
    if isinstance(error, (BrokenPipeError, ReaderLeft)):
        return SUCCESS, ""  # who read our output has seen enough
    notes = [printable(note) for note in getattr(error, "__notes__", ()) if isinstance(note, str)]
    if sentence := _of_the_machine(error):
        whose = f"{notes[-1]}. " if notes and "\n" not in notes[-1] and not place_of(error) else ""
        return BAD_INPUT, f"nasapi: {whose}{with_place(error, sentence)}"
    if place_of(error):
        return BUG, f"nasapi: {describe(error)}; run the same with --debug to see the traceback."
    what = f"{notes[-1]}, which" if notes else "This"
    return BUG, (
        f"nasapi: {type(error).__name__}: {error}. {what} is a bug in nasapi or in a plugin; "
        "run the same with --debug to see the traceback."
    )


def _of_the_machine(error: BaseException) -> str | None:
    """The message where files, names or memory are to blame; None where a program is."""
    if isinstance(error, OSError):
        named = [
            repr(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, (str, bytes))
        ]
        reason = error.strerror or str(error) or type(error).__name__
        if named:
            return f"{' and '.join(named)} cannot be used: {reason}."
        if error.errno in (errno.ENOSPC, errno.EBADF, errno.EIO):
            return f"The output cannot be written: {reason}."
        return f"The system refused: {reason}."
    if isinstance(error, EOFError):
        return f"A file ends too early{f': {error}' if str(error) else ''}."
    if isinstance(error, RecursionError) and _raised_in(error) in _PARSERS:
        return "The input is nested too deeply to be read."
    if isinstance(error, MemoryError):
        return f"There is not enough memory{f': {error}' if str(error) else ''}; ask for less at once."
    if isinstance(error, UnicodeError):
        return f"A text or a name cannot be read or written as it is: {error}."
    if isinstance(error, OverflowError) and not place_of(error):
        return f"A number is too large: {error}."
    if isinstance(error, SystemExit):
        return f"What was loaded ended the program by itself: SystemExit({error.code!r})."
    if isinstance(error, (ValueError, RuntimeError)) and ("embedded null" in str(error) or _raised_in(error) in _PATHS):
        return f"A path or name cannot be used: {error}."
    return None


def _raised_in(error: BaseException) -> str:
    """The file name of the module that raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return os.path.basename(trace.tb_frame.f_code.co_filename) if trace is not None else ""


def show_message(sentence: str) -> None:
    """Show a message on stderr, if anything is there to take it."""
    try:
        console.show_message(sentence)
    except (OSError, ValueError):  # stderr is closed, or full
        return


def flush() -> None:
    """Bring out what was printed, while a failure to do so can still be reported."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
    if sys.stderr is not None and not sys.stderr.closed:
        try:
            sys.stderr.flush()
        except BrokenPipeError:
            raise
        except OSError:  # messages alone are lost
            console.give_up(sys.stderr)


def give_up_output() -> None:
    """Let the interpreter's own last flush of stdout succeed, after a failed one was reported."""
    console.give_up(sys.stdout)
