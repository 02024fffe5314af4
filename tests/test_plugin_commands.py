"""Verbs of plugins: listed, imported when they are run, and kept from harming others."""

import pytest
from plugin_sites import HOOK

from nasapi.cli.lazy import LazyCommand
from nasapi.cli.plugin_verbs import plugin_verbs

VERB = """
import click
from nasapi.plugins.hooks import hookimpl

@hookimpl
def nasapi_commands(group):
    @group.command("{verb}")
    def command():
        "Say hello."
        click.echo("hello from {verb}")
"""


def test_a_verb_of_a_plugin_is_listed_and_runs(site):
    site.install("x-verb", VERB.format(verb="hello"))
    assert "Commands of plugins:" in site.nasapi("--help").stdout
    assert site.nasapi("hello").stdout == "hello from hello\n"


LATER = """
from nasapi.plugins.hooks import hookimpl

@hookimpl
def nasapi_commands(group):
    from nasapi.cli.lazy import LazyCommand

    group.add_command(LazyCommand("hello", "{target}", "Say hello."))
"""


def test_a_verb_whose_module_is_imported_later_is_listed_without_it_and_runs(site):
    site.install("x-later", LATER.format(target="hello_command:command"))
    assert "hello" in site.nasapi("--help").stdout
    failed = site.nasapi("hello")
    assert failed.returncode == 2
    assert "The verb 'hello' cannot be imported from hello_command:command: ModuleNotFoundError" in failed.stderr
    (site.folder / "hello_command.py").write_text("command = 7")
    assert "The verb 'hello' is 7 of hello_command:command, which is no click command." in site.nasapi("hello").stderr
    (site.folder / "hello_command.py").write_text(
        "import click\n@click.group()\ndef command(): 'Say hello.'\n"
        "@command.command()\n@click.argument('name')\ndef to(name): click.echo(f'hello {name}')\n"
    )
    assert site.nasapi("hello", "to", "you").stdout == "hello you\n"
    assert "Usage: nasapi hello to [OPTIONS] NAME" in site.nasapi("hello", "to", "--help").stdout


@pytest.mark.parametrize("verb", [v for v, command in plugin_verbs(()).items() if isinstance(command, LazyCommand)])
def test_the_sentence_of_a_verb_is_the_first_of_its_own_help(verb):
    later = plugin_verbs(())[verb]
    assert later.get_short_help_str() == later.load().get_short_help_str(1000).removesuffix(".") + "."
    assert later.load().name == verb


def test_a_verb_that_is_taken_is_left_out(site):
    site.install("x-one", VERB.format(verb="list"))
    site.install("x-two", VERB.format(verb="hello"))
    site.install("x-three", VERB.format(verb="hello"))
    done = site.nasapi("hello")
    assert done.stdout == "hello from hello\n"
    assert "nasapi: the command 'list' of x-one is left out: there is one from nasapi already" in done.stderr
    assert "is left out: there is one from x-t" in done.stderr


def test_a_plugin_whose_commands_raise_harms_only_its_own(site):
    site.install("x-bad", VERB.replace("    @group", "    raise SystemExit('no')\n    @group").format(verb="bad"))
    site.install("x-verb", VERB.format(verb="hello"))
    done = site.nasapi("hello")
    assert done.stdout == "hello from hello\n"
    assert "nasapi: the commands of x-bad are left out: SystemExit: no" in done.stderr


def test_verbs_that_are_none_are_named_and_break_no_help(site):
    bodies = {
        "raises": "raise GeneratorExit('no')",
        "rubbish": "group.commands['x'] = 'rubbish'",
        "number": "group.commands[5] = group",
        "blank": "import click; group.add_command(click.Command('a b'))",
    }
    for name, body in bodies.items():
        site.install(f"x-{name}", HOOK.format(hook="nasapi_commands", arguments="group", body=body))
    found, _ = site.plugins()
    assert all("its commands are left out: " in found[f"x-{name}"]["problem"] for name in bodies)
    shown = site.nasapi("--help")
    assert (shown.returncode, "a b" in shown.stdout) == (0, False)
