"""The `nasapi` command: finds the verb, runs it, and turns every failure into one sentence and an exit status."""

from __future__ import annotations

import importlib
import re
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

import click

from nasapi.cli.failures import BUG, SUCCESS, ReaderLeft, flush, give_up_output, noticing_readers, show_message, verdict
from nasapi.errors import CorruptData, near
from nasapi.version import VERSION

COMMANDS = {
    "plugins": "Say which plugins are installed, what they offer and what is wrong with them.",
    "list": "List spaces, encoders, objectives, strategies and benchmarks.",
    "info": "Say all that is known of one entry.",
    "query": "Look architectures up.",
    "picture": "Make a picture of an architecture.",
    "build": "Build the network of an architecture and export it.",
    "bench": "Run strategies on benchmarks, seed by seed.",
    "merge": "Write the runs of several stores into one.",
    "digest": "Print one number for all that the runs in stores are.",
    "check": "Hold a plugin against the interface.",
    "data": "Fetch, import and verify the tables of benchmarks.",
    "new": "Start a plugin from a template that passes its own tests.",
}
"""The built-in verbs and what `--help` says of each, so that help imports none of them."""


class Commands(click.Group):
    """The built-in verbs, each imported when invoked, and beside them the verbs of plugins."""

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """As click does; `--help` prints here."""
        with noticing_readers():
            return super().make_context(*arguments, **settings)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The built-in verbs in the order one meets them, then those of plugins."""
        return [*COMMANDS, *self._plugin_verbs()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command; plugins are asked only for a verb that is not built in."""
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"nasapi.cli.{cmd_name}")
            command: click.Command = module.command
            return command
        from nasapi.cli.lazy import LazyCommand

        added = self._plugin_verbs().get(cmd_name)
        return added.load() if isinstance(added, LazyCommand) else added

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with near matches for an unknown verb."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            hint = near(name, self.list_commands(ctx))
            if not hint.startswith("Did you mean"):
                hint += " A verb of a plugin is there once the plugin is installed."
            raise click.UsageError(f"There is no command {name!r}. {hint}", ctx)
        return name, command, args[1:]

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, which would take a file that ends early for a wish to stop; commands print here."""
        try:
            with noticing_readers():
                return super().invoke(ctx)
        except EOFError as error:
            raise CorruptData(f"A file ends before what is in it does{f': {error}' if str(error) else ''}.") from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs in `--help`."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        if verbs := self._plugin_verbs():
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, verb.get_short_help_str(70)) for name, verb in sorted(verbs.items())])

    def _plugin_verbs(self) -> dict[str, click.Command]:
        from nasapi.cli.plugin_verbs import plugin_verbs

        return plugin_verbs(COMMANDS)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="nasapi")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error; anywhere on the line.")
def cli() -> None:
    """Benchmark neural architecture search: spaces, strategies and benchmarks as plugins, compared fairly.

    \b
    nasapi list benchmarks
    nasapi bench nb201/cifar10-v1 -s random -s local-search -s evolution --seeds 30 --jobs 2
    nasapi report runs/nb201-cifar10-v1
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    The status is 0 for success, 1 where a check failed, 2 where the input was wrong, 70 where a program is, and 130
    after an interruption.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = given[: given.index("--")] if "--" in given else given
    debug = "--debug" in options
    rest = [argument for argument in options if argument != "--debug"] + given[len(options) :]
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # what Ctrl-C does: workers end, stores say how
    sys.exit(_status(rest, debug))


def _require_words(arguments: Sequence[str]) -> None:
    """Raise UsageError for arguments that no name or path can be; an empty one would be the current folder."""
    if any("\0" in argument for argument in arguments):
        raise click.UsageError("An argument has a NUL character, which no name or path can have.")
    for before, argument in zip(["nasapi", *arguments], arguments, strict=False):
        if not argument or re.fullmatch("--[a-z0-9-]+=", argument):
            raise click.UsageError(
                f"What stands behind {(argument or before).rstrip('=')!r} is empty, as a variable of the shell that is "
                "not set; give a value, or leave it out."
            )


def _status(arguments: list[str], debug: bool) -> int:
    """Run the command and give its exit status; failures are printed on stderr, with their traceback to debug."""
    try:
        _require_words(arguments)
        status: Any = cli.main(arguments, prog_name="nasapi", standalone_mode=False, obj=tuple(arguments))
        flush()
        return status if isinstance(status, int) else SUCCESS
    except (Exception, SystemExit) as error:
        if debug:
            import traceback

            traceback.print_exc()
        exit_status, sentence = verdict(error)
        if sentence and not (debug and exit_status == BUG):
            show_message(sentence)
        if isinstance(error, (OSError, ReaderLeft)):
            give_up_output()
        return exit_status
