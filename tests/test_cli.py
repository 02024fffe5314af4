"""The verbs of the command line on real entries."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from own_strategies import MINE

from nasapi.cli.failures import ReaderLeft
from nasapi.cli.leaderboards import without_levels
from nasapi.cli.main import COMMANDS, cli
from nasapi.cli.plugin_verbs import plugin_verbs
from nasapi.errors import StoreError, StudyError
from nasapi.testing import problems
from nasapi.testing.pair import pair_v1

BENCH = ("bench", "toy/formula-v1", "-s", "mine.py:Mine", "--backend", "inline")
"""A study without workers, for what is done with it."""


@pytest.fixture
def nasapi(here):
    """Run a command in the working folder; gives its output, which must be a success unless `status` says otherwise."""

    def run(*arguments, status=0, **settings):
        result = CliRunner().invoke(cli, arguments, standalone_mode=False, **settings)
        if result.exception is not None:
            raise result.exception
        assert (result.return_value or 0) == status, result.output
        return result.stdout

    return run


def test_help_lists_every_verb_with_what_it_does(nasapi):
    shown = " ".join(nasapi("--help").split())
    assert all(f" {verb} {sentence} " in shown for verb, sentence in COMMANDS.items())
    added = plugin_verbs(COMMANDS)
    assert all(f" {verb} {added[verb].get_short_help_str(70).split()[0]} " in shown for verb in added)


def test_list_shows_entries_with_their_plugin(nasapi):
    lines = nasapi("list", "spaces").splitlines()
    assert lines[0].split() == ["kind", "id", "summary", "plugin"]
    assert ["space", "toy"] in [line.split()[:2] for line in lines[1:]]


def test_list_gives_json_of_one_kind(nasapi):
    found = json.loads(nasapi("list", "benchmark", "--json"))
    assert {entry["kind"] for entry in found} == {"benchmark"}
    assert "toy/formula-v1" in {entry["id"] for entry in found}


def test_info_of_a_space_names_size_and_identities(nasapi):
    parsed = json.loads(nasapi("info", "toy", "--json"))
    assert parsed["valid codes"] == "22"
    assert parsed["identities"] == {"code": "22", "network": "14"}


def test_info_of_a_benchmark_names_optimum_source_and_options(nasapi):
    completed = nasapi("info", "toy/formula-v1")
    for words in (
        "maximise; %, on validation data",
        "99",
        "Apache-2.0",
        "budget",
        "10 trials",
        "derived: by a formula",
    ):
        assert words in completed


def test_info_of_an_encoder_gives_its_dim(nasapi):
    assert json.loads(nasapi("info", "genes", "--json"))["dim"] == "9 (on toy)"


def test_info_of_a_name_in_a_file_says_its_options(nasapi, here):
    (here / "mine.py").write_text(MINE.format(extra="width: int = nasapi.options.count(3, 'How many.')", n="n"))
    completed = nasapi("info", "./mine.py:Mine", "--kind", "strategy")
    assert "a whole number from 1, default 3. How many." in completed


def test_query_gives_the_values_of_strings(nasapi):
    table = nasapi("query", "toy/formula-v1", "conv|skip|none", "conv|skip|conv").splitlines()
    assert table[0].split("  ")[0] == "architecture"
    assert table[1].split() == ["conv|skip|none", "65", "64.5", "0", "16"]
    assert table[2].split() == ["conv|skip|conv", "89", "88.5", "200", "48"]


def test_query_gives_csv_and_json_of_the_same(nasapi):
    rows = list(csv.DictReader(io.StringIO(nasapi("query", "toy/formula", "--sample", "3", "--format", "csv"))))
    same = json.loads(nasapi("query", "toy/formula", "--sample", "3", "--format", "json"))
    assert [row["architecture"] for row in rows] == [row["architecture"] for row in same]
    assert [float(row["valid_accuracy"]) for row in rows] == [row["valid_accuracy"] for row in same]


def test_query_samples_by_its_seed(nasapi):
    same = nasapi("query", "toy/formula", "--sample", "5", "--seed", "1")
    assert same == nasapi("query", "toy/formula", "--sample", "5", "--seed", "1")
    assert same != nasapi("query", "toy/formula", "--sample", "5", "--seed", "2")


def test_query_reads_strings_from_standard_input(nasapi):
    assert "conv|skip|none" in nasapi("query", "toy/formula", "-", input="conv|skip|none\n\n")


def test_query_takes_a_lower_fidelity(nasapi):
    found = json.loads(nasapi("query", "toy/formula", "conv|skip|none", "--fidelity", "1", "--format", "json"))
    assert found[0]["cost"] == 1.0


def test_draw_writes_svg(nasapi, here):
    assert nasapi("picture", "toy", "conv|skip|none", "-o", "deep/cell.svg") == "deep/cell.svg\n"
    assert (here / "deep" / "cell.svg").read_text().startswith("<svg")
    assert nasapi("picture", "toy", "conv|skip|none").startswith("<svg")


def test_draw_numbers_several(nasapi, here):
    nasapi("picture", "toy", "--sample", "2", "-o", "cell.svg")
    assert sorted(path.name for path in here.glob("*.svg")) == ["cell-0.svg", "cell-1.svg"]


def test_a_picture_replaces_a_picture_and_no_file_of_anybody(nasapi, here):
    for cell in ("conv|skip|none", "conv|conv|none"):
        nasapi("picture", "toy", cell, "-o", "cell.svg")
    assert "conv" in (here / "cell.svg").read_text()
    (here / "cell.svg").write_text("<svg>mine</svg>")
    with pytest.raises(StoreError, match=r"'cell.svg' is there and is no picture of an architecture; name another"):
        nasapi("picture", "toy", "conv|skip|none", "-o", "cell.svg")
    assert (here / "cell.svg").read_text() == "<svg>mine</svg>"


def test_all_pictures_are_there_before_a_reader_may_leave(nasapi, here, monkeypatch):
    def left(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", left)
    with pytest.raises(ReaderLeft):
        nasapi("picture", "toy", "--sample", "2", "-o", "cell.svg")
    assert len(list(here.glob("*.svg"))) == 2


def test_bench_runs_prints_a_leaderboard_and_the_next_command(nasapi, here):
    completed = nasapi("bench", "toy/formula-v1", "-s", "mine.py:Mine", "--seeds", "3", "--budget", "5")
    assert "toy/formula-v1[budget=5]: validation accuracy after 5 trials" in completed
    assert any(line.startswith("mine.py:Mine") and line.endswith(" 3") for line in completed.splitlines())
    assert completed.endswith("3 runs are in runs/toy-formula-v1. Next: nasapi report runs/toy-formula-v1\n")
    assert (here / "runs" / "toy-formula-v1").is_dir()


def test_bench_compares_numbers_of_workers(nasapi, here):
    completed = nasapi(
        *"bench toy/formula-v1 -s mine.py:Mine --seeds 2 --workers 1 --workers 4 --backend inline".split()
    )
    assert "toy/formula-v1[workers=4]" in completed
    assert completed.endswith("4 runs are in runs/toy-formula-v1. Next: nasapi report runs/toy-formula-v1\n")


def test_bench_says_what_a_batch_must_be_for_evaluations_in_parallel(here):
    result = CliRunner().invoke(cli, "bench toy/formula-v1 -s mine.py:Mine --seeds 1 --parallel 4".split())
    assert result.exit_code == 1
    assert "the batch is 1; give batch 4 or more" in str(result.exception)


def test_bench_says_which_runs_only_repeated_themselves(here):
    given = "bench toy/formula-v1 -s mine.py:Mine --seeds 2 --budget 50 --unit unique --batch 50 --backend inline"
    result = CliRunner().invoke(cli, given.split())
    assert (
        "2 of 2 runs of mine.py:Mine on toy/formula-v1[budget=50,unit=unique] stopped early, after 2,5" in result.stderr
    )
    assert " trials, 14 of 50 unique networks: the strategy only repeated networks." in result.stderr


def test_bench_says_which_runs_asked_for_nothing_more(here):
    Path("ends.py").write_text(
        "from nasapi.testing.search import ToySearch\n\n"
        "class Ends(ToySearch):\n"
        "    asked = 0\n\n"
        "    def ask(self, n):\n"
        "        type(self).asked += 1\n"
        "        return super().ask(1) if type(self).asked not in (4, 10) else []\n"
    )
    result = CliRunner().invoke(cli, "bench toy/formula-v1 -s ends.py:Ends --seeds 2 --backend inline".split())
    assert (
        "2 of 2 runs of ends.py:Ends on toy/formula-v1 stopped early, after 3 to 5 of 10 trials: the strategy asked"
        in result.stderr
    )


def test_bench_shows_what_was_done_where_other_runs_failed(here):
    Path("fails.py").write_text(
        "from nasapi.testing.search import ToySearch\n\n"
        "class Fails(ToySearch):\n"
        "    asked = 0\n\n"
        "    def ask(self, n):\n"
        "        type(self).asked += 1\n"
        "        assert type(self).asked != 15, 'lost'\n"
        "        return super().ask(n)\n"
    )
    for words, shown in (("--seeds 3", True), ("--seeds 6 --shard 1/2", False)):
        given = f"bench toy/formula-v1 -s fails.py:Fails --backend inline --store s{shown} {words}"
        result = CliRunner().invoke(cli, given.split())
        assert isinstance(result.exception, StudyError), result.output
        assert "1 of 3 runs failed and is not recorded" in str(result.exception)
        rows = [line.split() for line in result.stdout.splitlines() if line.startswith("fails.py:Fails")]
        assert [row[-1] for row in rows] == ["2"] * shown


def test_bench_says_where_nothing_can_be_stopped_early():
    one_level, several = problems.without_fidelity(pair_v1()), pair_v1()
    names = ["nasapi.testing.search:ToySearch", "random"]
    [message] = without_levels([one_level, several], names)
    assert message.startswith(f"nasapi: {one_level.spec} has no lower levels of fidelity, so {names[0]} can stop")
    assert without_levels([one_level], ["random"]) == []


def test_bench_says_where_lower_levels_are():
    one_level = problems.without_fidelity(pair_v1())
    one_level.objective.missing = {"fidelity": "lower levels are an option, as in pair-v1[epochs=4]."}
    [message] = without_levels([one_level], ["nasapi.testing.search:ToySearch"])
    assert message.endswith("as in random search. Lower levels are an option, as in pair-v1[epochs=4].")


def test_bench_goes_on_with_a_store(here, nasapi):
    given = (*BENCH, "--store", "s.zarr")
    nasapi(*given, "--seeds", "3")
    result = CliRunner().invoke(cli, [*given, "--seeds", "4"])
    assert "3 of 4 runs are done already." in result.stderr


def test_report_writes_a_page(nasapi, here):
    nasapi(*BENCH, "--seeds", "3", "--store", "s.zarr")
    assert nasapi("report", "s.zarr", "-o", "page") == "page/index.html\n"
    assert "mine.py:Mine" in (here / "page" / "index.html").read_text()


def test_reports_of_two_studies_go_to_two_folders_by_default(nasapi, here):
    for store in ("one.zarr", "two.zarr"):
        nasapi(*BENCH, "--seeds", "1", "--store", store)
    assert nasapi("report", "one.zarr") == "report/one/index.html\n"
    assert nasapi("report", "two.zarr") == "report/two/index.html\n"
    assert (here / "report" / "one" / "index.html").is_file()


def test_check_passes_what_keeps_to_the_interface(nasapi):
    assert nasapi("check", "strategy", "mine.py:Mine").startswith("strategy mine.py:Mine: ok: ")


def test_check_names_a_broken_rule_and_exits_with_1(nasapi):
    completed = nasapi("check", "strategy", "greedy.py:Mine", status=1)
    assert "FAILED" in completed
    assert "rule:" in completed


def test_check_that_could_check_nothing_says_why_and_exits_with_1(nasapi, here):
    (here / "absent.py").write_text(
        "from nasapi.errors import NotAvailable\ndef make() -> 'Objective': raise NotAvailable('fetch it')\n"
    )
    shown = nasapi("check", "objective", "absent.py:make", status=1)
    assert shown == "objective absent.py:make: not checked: fetch it\n"


def test_check_takes_a_plugin_with_or_without_its_prefix(nasapi):
    completed = nasapi("check", "nasapi")
    assert "space toy: ok: " in completed
    assert completed.splitlines()[-1].endswith(" ok.")


def test_check_takes_one_rule(nasapi):
    assert nasapi("check", "space", "toy", "--rule", "space/sample-valid") == "space toy: ok: 1 rule: 1 passed\n"


NUMBERED = """
import numpy as np
from nasapi.testing.toy import Toy

class Numbered(Toy):
    numbered = 22

    def codes_at(self, indices):
        return np.concatenate(list(self.enumerate()))[indices]
"""


def test_architectures_are_named_by_official_number_where_the_space_has_them(nasapi, here):
    (here / "numbered.py").write_text(NUMBERED)
    assert "<title>conv|conv|conv</title>" in nasapi("picture", "numbered.py:Numbered", "--index", "21")


def test_numbers_are_whole_in_csv(nasapi):
    text = nasapi("query", "toy/formula", "conv|skip|conv", "--format", "csv")
    assert text.splitlines()[1] == "conv|skip|conv,89.0,88.5,200,48.0"
