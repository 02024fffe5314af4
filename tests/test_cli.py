import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from nasapi.cli.main import cli, main
from nasapi.testing.toy import Toy

MINE = """
import nasapi
from attrs import define

@define(eq=False)
class Mine(nasapi.Strategy):
    {extra}
    def ask(self, n):
        return self.problem.trials(self.problem.space.sample({n}, self.rng))

    def tell(self, results):
        pass
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder with two strategies in files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE.format(extra="", n="n"))
    (tmp_path / "greedy.py").write_text(MINE.format(extra="", n="n + 1"))
    return tmp_path


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


@pytest.fixture
def fails(here, capsys):
    """Run the whole program and give what it says on stderr, one line; it must exit with `status`."""

    def run(*arguments, status=2):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == status
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error.strip()

    return run


def process(*arguments, **settings):
    """The program as a process of its own, and how to start it."""
    command = [sys.executable, "-c", "from nasapi.cli.main import main; main()", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings)


def test_list_shows_entries_with_their_plugin(nasapi):
    lines = nasapi("list", "spaces").splitlines()
    assert lines[0].split() == ["kind", "id", "summary", "plugin"]
    assert ["space", "toy"] in [line.split()[:2] for line in lines[1:]]


def test_list_gives_json_of_one_kind(nasapi):
    found = json.loads(nasapi("list", "benchmark", "--json"))
    assert {entry["kind"] for entry in found} == {"benchmark"}
    assert "toy/formula-v1" in {entry["id"] for entry in found}


def test_info_of_a_space_names_size_and_identities(nasapi):
    told = json.loads(nasapi("info", "toy", "--json"))
    assert told["valid codes"] == "22"
    assert told["identities"] == {"code": "22", "network": "14"}


def test_info_of_a_benchmark_names_optimum_source_and_options(nasapi):
    told = nasapi("info", "toy/formula-v1")
    for words in ("maximise; %, on validation data", "99", "Apache-2.0", "budget", "10 trials", "measured"):
        assert words in told


def test_info_of_an_encoder_gives_its_dim(nasapi):
    assert json.loads(nasapi("info", "genes", "--json"))["dim"] == "9 (on toy)"


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
    assert nasapi("draw", "toy", "conv|skip|none", "-o", "deep/cell.svg") == "deep/cell.svg\n"
    assert (here / "deep" / "cell.svg").read_text().startswith("<svg")
    assert nasapi("draw", "toy", "conv|skip|none").startswith("<svg")


def test_draw_numbers_several(nasapi, here):
    nasapi("draw", "toy", "--sample", "2", "-o", "cell.svg")
    assert sorted(path.name for path in here.glob("*.svg")) == ["cell-0.svg", "cell-1.svg"]


def test_bench_runs_prints_a_leaderboard_and_the_next_command(nasapi, here):
    told = nasapi("bench", "toy/formula-v1", "-s", "mine.py:Mine", "--seeds", "3", "--budget", "5")
    assert "validation accuracy after 5 trials" in told
    assert any(line.startswith("mine.py:Mine") and line.endswith(" 3") for line in told.splitlines())
    assert told.endswith("3 runs are in runs/toy-formula-v1.zarr. Next: nasapi report runs/toy-formula-v1.zarr\n")
    assert (here / "runs" / "toy-formula-v1.zarr").is_dir()


def test_bench_goes_on_with_a_store(here, nasapi):
    given = ("bench", "toy/formula-v1", "-s", "mine.py:Mine", "--store", "s.zarr")
    nasapi(*given, "--seeds", "3")
    result = CliRunner().invoke(cli, [*given, "--seeds", "4"])
    assert "3 of 4 runs are done already." in result.stderr


def test_report_writes_a_page(nasapi, here):
    nasapi("bench", "toy/formula-v1", "-s", "mine.py:Mine", "--seeds", "3", "--store", "s.zarr")
    assert nasapi("report", "s.zarr", "-o", "page") == "page/index.html\n"
    assert "mine.py:Mine" in (here / "page" / "index.html").read_text()


def test_check_passes_what_keeps_to_the_interface(nasapi):
    assert nasapi("check", "strategy", "mine.py:Mine").startswith("strategy mine.py:Mine: ok: ")


def test_check_names_a_broken_rule_and_exits_with_1(nasapi):
    told = nasapi("check", "strategy", "greedy.py:Mine", status=1)
    assert "FAILED" in told
    assert "rule:" in told


def test_check_says_what_it_could_not_check(nasapi, here):
    (here / "absent.py").write_text(
        "from nasapi.errors import NotAvailable\ndef make(): raise NotAvailable('fetch it')\n"
    )
    assert nasapi("check", "objective", "absent.py:make") == "objective absent.py:make: not checked: fetch it\n"


def test_check_takes_a_plugin_with_or_without_its_prefix(nasapi):
    told = nasapi("check", "nasapi")
    assert "space toy: ok: " in told
    assert told.splitlines()[-1].endswith(" ok.")


def test_check_takes_one_rule(nasapi):
    assert nasapi("check", "space", "toy", "--rule", "space/sample-valid") == "space toy: ok: 1 rules: 1 passed\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lits"], "nasapi: There is no command 'lits'. Did you mean 'list'"),
        (["list", "spices"], "nasapi: There is no kind 'spices' of entry. Did you mean 'space'?"),
        (["info", "toyy"], "nasapi: No entry 'toyy'. Did you mean 'toy'?"),
        (["bench"], "nasapi bench: Missing argument 'BENCHMARK...'. See 'nasapi bench --help'."),
        (["bench", "toy/formula-v1"], "nasapi bench: Missing option '-s' / '--strategy'. See 'nasapi bench --help'."),
        (["query", "toy/formule", "x"], "nasapi: No benchmark or objective 'toy/formule'. Did you mean 'toy/formula'"),
        (["query", "toy/formula", "conv|skp|none"], "names an unknown operation 'skp' at position 5. Did you mean"),
        (["query", "toy/formula"], "nasapi: No architecture of toy was named; give its string, such as '"),
        (["query", "toy/formula", "--index", "3"], "nasapi: toy has no official numbers; name architectures by their"),
        (["query", "toy/formula", "--sample", "1", "--fidelity", "7"], "toy has no epochs 7; its levels are (1, 4,"),
        (["draw", "toy", "--sample", "2"], "nasapi: 2 drawings need a place to go; give --output cell.svg."),
        (["draw", "toy", "--sample", "1", "-o", "mine.py/x.svg"], "nasapi: 'mine.py/x.svg' cannot be written: "),
        (["check"], "nasapi: Name what to check: KIND ID, or a plugin, or --all"),
        (["check", "toy"], "nasapi: No plugin 'toy'. There is a space of that name: `nasapi check space toy`."),
        (["check", "space", "toy", "--rule", "x"], "nasapi: No rule 'x'."),
        (["check", "nasapi", "--rule", "space/genes"], "nasapi: --rule is for one entry; name it as KIND ID."),
        (["check", "--all", "nasapi"], "nasapi: Name what to check: KIND ID, or a plugin, or --all"),
        (["report", "none.zarr"], "nasapi: There is no store at 'none.zarr'."),
        (["data", "get", "nothing-such"], "nasapi: No table 'nothing-such'. "),
        (["new", "space", "Bad Name"], "nasapi: 'Bad Name' cannot be a name; use small letters, digits and single"),
        (["new", "space", "toy"], "nasapi: There is a space 'toy' already, in nasapi; choose another name."),
        (["new", "space", "search"], "nasapi: 'search' would make a class 'SearchSpace', which nasapi has; choose"),
        (["new", "space", "x", "-o", "."], "nasapi: '.' exists already; choose another --output."),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(fails, arguments, message):
    assert message in fails(*arguments)


NUMBERED = """
import numpy as np
from nasapi.testing.toy import Toy

class Numbered(Toy):
    def codes_at(self, indices):
        return np.concatenate(list(self.enumerate()))[indices]
"""


def test_architectures_are_named_by_official_number_where_the_space_has_them(nasapi, here):
    (here / "numbered.py").write_text(NUMBERED)
    assert "<title>conv|conv|conv</title>" in nasapi("draw", "numbered.py:Numbered", "--index", "21")


def test_a_number_outside_the_space_is_refused(fails, here):
    (here / "numbered.py").write_text(NUMBERED)
    error = fails("draw", "numbered.py:Numbered", "--index", "22")
    assert error == "nasapi: toy has no architecture number 22; they go from 0 to 21."


BENCH = ("bench", "toy/formula-v1", "--store", "s.zarr")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-s", "mine.py:Mine", "-s", "mine.py:Mine"], "Strategy 'mine.py:Mine' is given twice; more runs of it come"),
        (["-s", "mine.py:Mien"], "'mine.py' has no 'Mien'. Did you mean 'Mine'"),
        (["-s", "gone.py:Mine"], "There is no file 'gone.py'."),
        (["-s", "mine.py:Mine[x=1]"], "Strategy 'mine.py:Mine' has no option 'x'. It takes none."),
        (["-s", "mine.py:Mine", "--budget", "-3"], "A budget must be more than 0, not -3.0."),
        (["-s", "mine.py:Mine", "--seeds", "0"], "nasapi bench: Invalid value for '--seeds': 0 is not in the range"),
        (
            ["-s", "mine.py:Mine", "--backend", "lokky"],
            "Invalid value for '--backend': 'lokky' is not one of 'loky', 'dask', 'ray'.",
        ),
    ],
)
def test_a_study_that_cannot_be_gets_one_sentence_and_status_2(fails, more, message):
    assert message in fails(*BENCH, *more)


def test_new_refuses_a_name_that_no_plugin_can_have(fails):
    assert "'class' cannot be a name" in fails("new", "strategy", "class")


def test_debug_shows_the_traceback(here):
    for arguments in (["--debug", "info", "toyy"], ["info", "toyy", "--debug"]):
        with pytest.raises(LookupError, match="No entry 'toyy'"):
            main(arguments)


def test_a_bug_is_called_one_and_says_how_to_see_it(fails, here):
    (here / "bug.py").write_text("def space():\n    raise ZeroDivisionError('boom')\n")
    error = fails("draw", "bug.py:space", "--sample", "1", status=70)
    assert error == (
        "nasapi: ZeroDivisionError: boom. This is a bug in nasapi or in a plugin; "
        "run the same with --debug to see the traceback."
    )


def test_exit_status_and_streams_of_the_real_program(here):
    done = process("info", "toyy", cwd=here)
    out, error = done.communicate(timeout=60)
    assert (out, error) == ("", "nasapi: No entry 'toyy'. Did you mean 'toy'?\n")
    assert done.returncode == 2


def test_an_interrupted_study_says_how_it_goes_on(here):
    (here / "slow.py").write_text(
        MINE.format(extra="", n="n").replace("return", "import time; time.sleep(0.3); return")
    )
    running = process(*BENCH, "-s", "slow.py:Mine", cwd=here)
    for line in running.stderr:
        if "runs to do" in line:
            break
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=60)
    assert error.splitlines()[-1] == (
        "Interrupted; the study resumes where it stopped: nasapi bench toy/formula-v1 --store s.zarr -s slow.py:Mine"
    )
    assert running.returncode == 130


def test_a_reader_that_goes_away_is_no_error(here):
    with process("query", "toy/formula", "--sample", "20000", cwd=here) as running:
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""


def test_numbers_are_whole_in_csv(nasapi):
    text = nasapi("query", "toy/formula", "conv|skip|conv", "--format", "csv")
    assert text.splitlines()[1] == "conv|skip|conv,89.0,88.5,200.0,48.0"


def test_the_example_of_a_missing_architecture_is_one(fails):
    words = fails("query", "toy/formula").split("'")
    assert Toy().valid(Toy().parse(words[1])[None]).all()
    assert os.path.sep not in words[1]
