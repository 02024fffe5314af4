"""What `nasapi info`, `check`, `query`, `picture` and `new` say and make."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Literal

import attrs
import click
import numpy as np
import pytest
from invoking import invoked
from own_strategies import MINE

from nasapi.cli import check, info, new, query
from nasapi.errors import InvalidOption, StoreError, UnknownId
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.plugins import load_benchmark
from nasapi.plugins.entry_options import options_of
from nasapi.plugins.hooks import Entry
from nasapi.plugins.manager import Plugin, entries, manager
from nasapi.specs import read_value, value_text
from nasapi.strategy import Paper
from nasapi.testing.outcomes import Conformance, Outcome
from nasapi.testing.rules import Rule
from nasapi.testing.toy import Toy, ToyObjective, toy_v1


def test_options_are_described_by_their_type_their_default_and_what_they_are_for() -> None:
    assert info._type(Literal["a", "b"]) == "'a' or 'b'"
    assert info._type(int | None) == "int or none"
    assert info._type(float) == "float"
    assert info._levels(None) == ""
    assert info._levels(Fidelity("epochs", (1, 4))) == "epochs: 1, 4"
    assert info._levels(Fidelity("epochs", (1, 4), True)) == (
        "epochs: 1, 4; a level goes on from a lower one and is charged the difference"
    )


@pytest.mark.parametrize("value", [True, False, None, 3, 0.5, "auto"])
def test_a_default_is_spelt_as_a_spec_reads_it(value: object) -> None:
    assert read_value(value_text(value)) == value


def test_every_option_of_every_entry_says_what_may_be_given_and_what_it_is_for() -> None:
    silent = [
        f"{entry.kind} {entry.id}: {option.name}"
        for entry, _ in entries()
        for option in options_of(entry.kind, entry.id).values()
        if not (option.words and option.help)
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("own.py:Mine[population=-1]", "`population` is a whole number from 1, not -1"),
        ("own.py:Mine[population=]", "`population` is a whole number from 1, not ''"),
        ("own.py:Mine[population=1e400]", "`population` is a whole number from 1, not inf"),
        ("own.py:Mine[population=[1,2]]", "`population` is a whole number from 1, not '"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_refused(here: Path, spec: str, message: str) -> None:
    (here / "own.py").write_text(
        "import attrs, nasapi\nfrom nasapi import options\n\n\n@attrs.define(eq=False)\nclass Mine(nasapi.Strategy):\n"
        '    population: int = options.count(3, "How many.")\n\n    def ask(self, n):\n        return []\n\n'
        "    def tell(self, results):\n        pass\n"
    )
    with pytest.raises(InvalidOption, match=message):
        invoked("info", spec)
    assert "given 5. How many" in invoked("info", "own.py:Mine[population=5]").stdout


def test_a_metric_is_described_by_unit_split_words_and_origin() -> None:
    whole = Metric("a", "max", "%", "valid", None, "accuracy.", "measured")
    assert info._metric(whole) == "%, on validation data, accuracy [measured]"
    assert info._metric(attrs.evolve(whole, split="test")) == "%, on test data, accuracy [measured]"
    assert info._metric(Metric("a", "min", "1")) == "a plain number"


def test_a_paper_is_described_with_its_departures_by_number() -> None:
    paper = Paper("Title", "Venue 2020", ("2", "3.1"), ("One.", "Two."))
    assert info.paper_pairs(paper) == {
        "paper": "Title, Venue 2020",
        "sections": "2, 3.1",
        "departures": {"1": "One.", "2": "Two."},
    }
    assert info.paper_pairs(attrs.evolve(paper, departures=()))["departures"] == "none"
    assert info.paper_pairs(None) == {}


def test_a_space_says_what_it_is_part_of_and_whether_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = json.loads(invoked("info", "toy", "--json").stdout)
    assert (parsed["part of"], parsed["valid codes"], parsed["reads graphs back"]) == ("", "22", "yes")
    assert parsed["builds networks"] == "no"
    assert parsed["genes"] == "3, of 3, 3, 3 values"
    monkeypatch.setattr(Toy, "size", None)
    monkeypatch.setattr(Toy, "reads_graphs", False)
    parsed = json.loads(invoked("info", "toy", "--json").stdout)
    assert (parsed["valid codes"], parsed["reads graphs back"]) == ("not counted", "no")


def test_a_benchmark_says_its_noise_goal_and_options_in_its_spec() -> None:
    parsed = json.loads(invoked("info", "toy/formula-v1[noise=true,budget=7]", "--json").stdout)
    assert (parsed["noise"], parsed["budget"]) == ("one draw an evaluation", "7 trials")
    assert parsed["goal"]["valid_accuracy"].startswith("maximise; %, on validation data")
    assert parsed["fidelity"] == "epochs: 1, 4, 16"
    assert parsed["origin"] == "derived: by a formula of the network"
    assert list(parsed["report metrics"]) == ["test_accuracy", "params"]
    assert parsed["not here"] == {}
    assert (parsed["optimum"], parsed["licence"]) == ({"valid_accuracy": "99"}, "Apache-2.0")
    assert list(parsed["options"]) == ["budget", "unit", "noise", "workers"]
    assert json.loads(invoked("info", "toy/formula-v1", "--json").stdout)["noise"] == "none: expected values"
    objective = json.loads(invoked("info", "toy/formula", "--json").stdout)
    assert (objective["noise"], objective["values belong to"]) == (
        "yes, each evaluation can be one draw",
        "a network",
    )


def test_a_constraint_is_described_by_its_bounds_and_its_metric() -> None:
    pytest.importorskip("nasapi_nb201")
    parsed = json.loads(invoked("info", "nb201/mnist8-latency-v1", "--json").stdout)
    (limit,) = load_benchmark("nb201/mnist8-latency-v1").problem.constraints
    assert parsed["constraints"]["latency"].startswith(f"{limit.bounds}; ms, Latency of one image")


def test_a_strategy_says_what_it_takes_and_supports(here: Path) -> None:
    (here / "mine.py").write_text(MINE.format(extra='"""Draws.\n\n    Much more.\n    """\n', n="n"))
    own = {
        "kind": "strategy",
        "id": "mine.py:Mine",
        "description": "Draws.",
        "supports": "one goal without constraints",
    }
    assert json.loads(invoked("info", "mine.py:Mine", "--json").stdout) == own | {"options": {}}
    assert json.loads(invoked("info", "nasapi.testing.search:ToySearch", "--json").stdout) == own | {
        "id": "nasapi.testing.search:ToySearch",
        "description": "Random architectures, and mutations of the best one told.",
        "supports": "constraints, fidelity, multi-objective",
        "options": {"explore": "float, default 0.5"},
    }


def test_a_name_of_several_kinds_is_described_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("encoder", "toy", "nasapi.testing.search:ToyEncoder", "another toy")
    monkeypatch.setattr(manager(), "plugins", [*manager().plugins, Plugin("x", "1", (entry,))])
    parsed = json.loads(invoked("info", "toy", "--json").stdout)
    assert [one["kind"] for one in parsed] == ["space", "encoder"]
    text = click.unstyle(invoked("info", "toy").stdout)
    assert text.count("\n\nkind") == 1
    assert json.loads(invoked("info", "toy", "--kind", "encoders", "--json").stdout)["plugin"] == "x 1"


def test_an_encoder_of_other_spaces_is_described_without_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: object, **__: object) -> None:
        raise InvalidOption("toy is not for it.")

    monkeypatch.setattr(info, "load_encoder", refusing)
    parsed = json.loads(invoked("info", "path", "--kind", "encoder", "--json").stdout)
    assert parsed["not on toy"] == "toy is not for it. With --space it is made for another."
    assert "limit" in parsed["options"]


def test_a_given_option_is_reported_as_given(here: Path) -> None:
    (here / "mine.py").write_text(MINE.format(extra="width: int = nasapi.options.count(3, 'How many.')", n="n"))
    parsed = json.loads(invoked("info", "mine.py:Mine[width=5]", "--json").stdout)["options"]
    assert parsed == {"width": "a whole number from 1, given 5. How many."}
    with pytest.raises(InvalidOption, match="is no id but a place in a file or module; say of which kind, by --kind"):
        invoked("info", "mine.py")


def test_a_plugin_is_checked_by_its_name_and_what_is_none_is_reported() -> None:
    assert check._plugin("nasapi").name == "nasapi"
    with pytest.raises(UnknownId, match=r"No plugin 'toy'\. There is a space of that name: `nasapi check space toy`\."):
        check._plugin("toy")
    with pytest.raises(UnknownId, match=r"No plugin 'nasapy'\. Did you mean 'nasapi"):
        check._plugin("nasapy")
    with pytest.raises(InvalidOption, match="is a place in a file; say of which kind"):
        check._plugin("mine.py:Mine")
    for name in ("module:Mine", "mine.py"):
        with pytest.raises(UnknownId, match=f"No plugin '{name}'"):
            check._plugin(name)


def test_what_rules_leave_out_and_skip_is_reported_to_who_asks() -> None:
    rules = [Rule(f"space/{name}", f"Sentence {name}.", lambda case: None) for name in "abcd"]
    found = Conformance(
        "toy",
        (
            Outcome(rules[0], "passed"),
            Outcome(rules[1], "passed", "some codes; all graphs"),
            Outcome(rules[2], "failed", "it is wrong", "[0]"),
            Outcome(rules[3], "skipped", "no data"),
        ),
    )
    few, all_lines = (check._result_lines("space toy", "FAILED", found, verbose) for verbose in (False, True))
    assert few.startswith("space toy: FAILED: 4 rules: ") and "it is wrong" in few
    assert "no data" not in few and "left out" not in few
    assert "no data" in all_lines
    assert all_lines.endswith("\nleft out by rules that passed: all graphs; some codes")


def test_a_plugin_that_cannot_be_used_or_has_no_encoders_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("space", "other", "nasapi.testing.toy:Toy", "another toy")
    made = [Plugin("nasapi-bad", "2", (), "ImportError: no"), Plugin("nasapi-other", "1", (entry,))]
    monkeypatch.setattr(manager(), "plugins", [*manager().plugins, *made])
    with pytest.raises(InvalidOption, match=r"Plugin nasapi-bad 2 cannot be used: ImportError: no\."):
        invoked("check", "bad")
    with pytest.raises(InvalidOption, match="--on is a space to try encoders on; other offers none"):
        invoked("check", "other", "--on", "toy")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Name what to check: KIND ID, or a plugin, or --all"),
        (("nasapi", "--all"), "Name what to check"),
        (("nasapi", "--rule", "space/size"), "--rule is for one entry"),
        (("space",), "'space' is a kind; name one of it too, as `nasapi check space ID`"),
        (("space", "toy", "--jobs", "2"), "--jobs divides the entries of a plugin among processes"),
        (("encoder", "path[limits=3]"), "Encoder 'path' has no option 'limits'. Did you mean 'limit'?"),
        (("space", "toy", "--on", "toy"), "--on is a space to try an encoder on; a space has its own"),
    ],
)
def test_what_cannot_be_checked_together_is_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        invoked("check", *words)


def test_what_rules_came_to_is_reported_by_one_line_and_more_where_it_is_asked_for() -> None:
    plain = invoked("check", "encoder", "genes", "--rule", "encoder/fit-rng")
    assert plain.stdout == "encoder genes: not checked: the encoder does not learn\n"
    two = ("check", "encoder", "genes", "--rule", "encoder/fit-rng", "--rule", "encoder/shape")
    assert invoked(*two).stdout == "encoder genes: ok: 2 rules: 1 passed, 1 skipped\n"
    assert "since: the encoder does not learn" in invoked(*two, "-v").stdout
    assert "(on nothing)" not in invoked(*two, "--on", "toy").stdout


def test_how_long_all_take_is_reported_where_they_are_computed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 1.0, 10.0, 13.0, 20.0, 20.5, 30.0, 30.001, 0.0, 0.02, 0.0, 0.6, 0.0, 0.02, 0.0, 0.61])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    codes = np.repeat(np.array([[1, 1, 1]]), 100, axis=0)
    query._tell_duration(ToyObjective(), codes, None)
    message = "All 100 architectures are computed, which takes 5 minutes at most; --sample N asks some alone.\n"
    assert capsys.readouterr().err == message
    query._tell_duration(ToyObjective(), codes, None)
    assert capsys.readouterr().err == ""
    query._tell_duration(ToyObjective(), codes, None)  # a minute is no long wait
    assert capsys.readouterr().err == ""
    query._tell_duration(ToyObjective(), codes, None)
    assert "which takes 1 minutes at most" in capsys.readouterr().err


def test_several_pictures_need_a_place_and_a_name_of_theirs(here: Path) -> None:
    with pytest.raises(InvalidOption, match=r"2 pictures need a place to go; give --output cell\.svg"):
        invoked("picture", "toy", "--sample", "2")
    with pytest.raises(InvalidOption, match=r"'cell\.png' is not the name of an SVG file; end it in '\.svg'"):
        invoked("picture", "toy", "--sample", "1", "-o", "cell.png")
    assert invoked("picture", "toy", "--sample", "1", "-o", "CELL.SVG").stdout == "CELL.SVG\n"
    (here / "cell-1.svg").mkdir()
    with pytest.raises(StoreError, match=r"'cell-1\.svg' is a folder; name a file"):
        invoked("picture", "toy", "--sample", "2", "-o", "cell.svg")
    assert not (here / "cell-0.svg").exists()
    assert invoked("picture", "toy", "--sample", "1").stdout.count("<svg") == 1


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("space", "My", "cannot be a name; use small letters"),
        ("space", "a--b", "cannot be a name"),
        ("space", "class", "cannot be a name"),
        ("encoder", "none", "is read as None, no text"),
        ("plugin", "list", "There is a command 'list' already"),
        ("space", "toy", "There is a space 'toy' already, in nasapi"),
        ("space", "search", "would make a class 'SearchSpace', which nasapi has"),
        ("space", "class", "'class' cannot be a name, for it is a word of Python; choose another, as 'my-space'"),
        ("objective", "formula", "Its objective would be 'toy/formula', which is in nasapi already"),
    ],
)
def test_a_name_that_a_new_plugin_cannot_have_is_refused(here: Path, kind: str, name: str, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        invoked("new", kind, name)
    assert not (here / name).exists()


def test_an_installed_distribution_is_not_replaced_by_a_new_plugin(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    information = here / "site" / "nasapi_my_own2-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: nasapi_My.own2\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(here / "site"))
    with pytest.raises(InvalidOption, match="The distribution 'nasapi-my-own2' is installed, and pip would replace it"):
        invoked("new", "strategy", "my-own2")


def test_the_commands_that_follow_are_fit_for_a_shell(here: Path) -> None:
    output = invoked("new", "strategy", "my-own2", "-o", "it's 1").stdout
    install, test = (shlex.split(line) for line in output.split("`")[1::2])
    assert (install[-1], test[-1]) == ("./it's 1[testing]", "it's 1")


def test_what_a_new_plugin_is_called_is_made_of_its_name() -> None:
    words = new._words("space", "my-own2")
    assert {key: words[key] for key in ("distribution", "package", "constant", "class_name", "summary")} == {
        "distribution": "nasapi-my-own2",
        "package": "nasapi_my_own2",
        "constant": "MY_OWN2",
        "class_name": "MyOwn2Space",
        "summary": "The search space `my-own2`",
    }
    assert words["dependencies"] == '"nasapi>=0.1", "numpy>=2.0"'
    assert words["example"].splitlines()[0] == "    nasapi info my-own2"
    assert new._words("strategy", "hill-strategy")["class_name"] == "HillStrategy"
    assert new._renamed("package/tests/test_plugin.py.tmpl", "nasapi_x") == "nasapi_x/tests/test_nasapi_x.py"
    assert toy_v1().id == "toy/formula-v1"


def test_a_new_plugin_has_every_template_and_nothing_else(here: Path) -> None:
    output = invoked("new", "space", "mine", "-o", "deep/folder").stdout
    assert output.startswith("deep/folder: install it with `pip install -e './deep/folder[testing]'`, test it with")
    made = sorted(str(path.relative_to(here / "deep" / "folder")) for path in (here / "deep").rglob("*.*"))
    assert "pyproject.toml" in made
    assert any(name.endswith("tests/test_nasapi_mine.py") for name in made)
    assert not [name for name in made if name.endswith(".tmpl")]
    assert os.listdir(here / "deep") == ["folder"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("toy", "conv|conv|conv", "--space", "toy"), "leave --space and --kind out"),
        (("toy", "conv|conv|conv", "--kind", "encoder"), "leave --space and --kind out"),
        (("random", "--space", "toy"), "--space is what an encoder is made for, and 'random' is none"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        invoked("info", *words)
