"""What the command line says, and with which status, when something is wrong."""

import os
import signal
import subprocess
import sys
import time

import pytest
from own_strategies import MINE

import nasapi
from nasapi.cli.main import main
from nasapi.errors import StudyError
from nasapi.testing.toy import Toy


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
    """The program as a process of its own that Ctrl-C reaches, even where the tests run in the background."""
    settings["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-c", "from nasapi.cli.main import main; main()", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lits"], "nasapi: There is no command 'lits'. Did you mean 'list'"),
        (["zzz"], "…. A verb of a plugin is there once the plugin is installed."),
        (["list", "spices"], "nasapi: There is no kind 'spices' of entry. Did you mean 'space'?"),
        (["info", "toyy"], "nasapi: No entry 'toyy'. Did you mean 'toy'?"),
        (["info", "mine.py"], "nasapi: 'mine.py' is no id but a place in a file or module; say of which"),
        (["check", "mine.py:Mine"], "is a place in a file; say of which kind, as `nasapi check strategy mine.py:Mine`"),
        (["check", "my own.py:Mine"], "as `nasapi check strategy 'my own.py:Mine'`"),
        (["bench"], "nasapi bench: Missing argument 'BENCHMARK...'. See 'nasapi bench --help'."),
        (["bench", "toy/formula-v1"], "nasapi bench: Missing option '-s' / '--strategy'. See 'nasapi bench --help'."),
        (["query", "toy/formule", "x"], "nasapi: No benchmark or objective 'toy/formule'. Did you mean 'toy/formula'"),
        (["query", "toy/formula", "conv|skp|none"], "names an unknown operation 'skp' at position 5. Did you mean"),
        (["query", "toy/formula"], "nasapi: No architecture of toy was named; give its string, such as '"),
        (["query", "toy/formula", "--index", "3"], "nasapi: toy has no official numbers; name architectures by their"),
        (["query", "toy/formula", "--sample", "1", "--fidelity", "7"], "toy has no epochs 7; its levels are (1, 4,"),
        (["picture", "toy", "--sample", "2"], "nasapi: 2 pictures need a place to go; give --output cell.svg."),
        (["picture", "toy", "--sample", "1", "-o", "mine.py/x.svg"], "nasapi: 'mine.py/x.svg' cannot be written: "),
        (
            ["picture", "toy", "--sample", "1", "-o", "x.pdf"],
            "nasapi: 'x.pdf' is not the name of an SVG file; end it",
        ),
        (["check"], "nasapi: Name what to check: KIND ID, or a plugin, or --all"),
        (["check", "toy"], "nasapi: No plugin 'toy'. There is a space of that name: `nasapi check space toy`."),
        (["check", "space", "toy/formula"], "nasapi: No space 'toy/formula'. There is an objective of that name."),
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


def test_a_number_outside_the_space_is_refused(fails, here):
    code = "from nasapi.testing.toy import Toy\nclass Numbered(Toy):\n    numbered = 22\n"
    (here / "numbered.py").write_text(code)
    error = fails("picture", "numbered.py:Numbered", "--index", "22")
    assert error == "nasapi: toy has no architecture number 22; they go from 0 to 21."


BENCH = ("bench", "toy/formula-v1", "--store", "s.zarr")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-s", "mine.py:Mine", "-s", "mine.py:Mine"], "Strategy 'mine.py:Mine' is given twice; more runs of it come"),
        (["-s", "mine.py:Mien"], "'mine.py' has no 'Mien'. Did you mean 'Mine'"),
        (["-s", "mine.py:Nope"], "'mine.py' has no 'Nope'. Known: Mine."),
        (["-s", "./mine.py"], "'./mine.py' is a file; name the strategy in it: './mine.py:Mine'."),
        (["-s", "gone.py"], "There is no file 'gone.py'."),
        (["-s", "gone.py:Mine"], "There is no file 'gone.py'."),
        (["-s", "mine.py:Mine[x=1]"], "Strategy 'mine.py:Mine' has no option 'x'. It takes none."),
        (["-s", "mine.py:Mine", "--budget", "-3"], "A budget must be more than 0, not -3."),
        (["-s", "mine.py:Mine", "--budget", "inf"], "A budget must be finite, not inf; a run ends when it is spent."),
        (["-s", "./notes.md:Mine"], "'./notes.md' is neither a Python file, whose name ends in '.py', nor a module's"),
        (
            ["-s", "mine.py:Mine", "--seeds", "0"],
            "Invalid value for '--seeds': '0' is no number of seeds",
        ),
        (
            ["-s", "mine.py:Mine", "--backend", "lokky"],
            "Invalid value for '--backend': 'lokky' is not one of 'loky', 'dask', 'ray', 'inline'.",
        ),
    ],
)
def test_a_study_that_cannot_be_gets_one_sentence_and_status_2(fails, more, message):
    assert message in fails(*BENCH, *more)


def test_new_refuses_a_name_that_no_plugin_can_have(fails):
    assert "'class' cannot be a name" in fails("new", "strategy", "class")


@pytest.mark.parametrize(
    ("arguments", "error", "status"),
    [
        (["--debug", "info", "toyy"], "nasapi.errors.UnknownId: No entry 'toyy'", 2),
        (["info", "toyy", "--debug"], "nasapi.errors.UnknownId: No entry 'toyy'", 2),
        (["bench", "--debug"], "MissingParameter", 2),
        (["picture", "bug.py:space", "--sample", "1", "--debug"], "ZeroDivisionError: boom", 70),
    ],
)
def test_debug_shows_the_traceback_and_keeps_the_status(here, capsys, arguments, error, status):
    (here / "bug.py").write_text("def space() -> 'SearchSpace':\n    raise ZeroDivisionError('boom')\n")
    with pytest.raises(SystemExit) as end:
        main(arguments)
    shown = capsys.readouterr().err
    assert end.value.code == status
    assert shown.startswith("Traceback")
    assert error in shown


def test_an_error_in_a_file_of_ones_own_names_the_file_and_the_line(fails, here):
    (here / "mine.py").write_text(
        "import nasapi\n\ndef space() -> 'SearchSpace':\n    return len(None)\n\n"
        "def missing() -> 'SearchSpace':\n    return open('gone.csv')\n\n"
        "def typo() -> 'SearchSpace':\n    return nasapi.load_space('toyy')\n"
    )
    for name, message, status in (
        ("space", "nasapi: TypeError: object of type 'NoneType' has no len() (mine.py, line 4); run the same with", 70),
        ("missing", "nasapi: 'gone.csv' cannot be used: No such file or directory (mine.py, line 7).", 2),
        ("typo", "nasapi: No space 'toyy'. Did you mean 'toy'? (mine.py, line 10)", 2),
    ):
        assert fails("picture", f"mine.py:{name}", "--sample", "1", status=status).startswith(message)
    (here / "broken.py").write_text("\nlen(None)\n")
    assert "(broken.py, line 2)" in fails("picture", "broken.py:space", "--sample", "1")


def test_a_bug_is_called_one_and_says_how_to_see_it(fails, here, monkeypatch):
    (here / "some_bug.py").write_text("def space() -> 'SearchSpace':\n    raise ZeroDivisionError('boom')\n")
    monkeypatch.syspath_prepend(here)
    error = fails("picture", "some_bug:space", "--sample", "1", status=70)
    assert error == (
        "nasapi: ZeroDivisionError: boom. Space 'some_bug:space' could not be made, "
        "which is a bug in nasapi or in a plugin; run the same with --debug to see the traceback."
    )


def test_exit_status_and_streams_of_the_real_program(here):
    done = process("info", "toyy", cwd=here)
    out, error = done.communicate(timeout=60)
    assert (out, error) == ("", "nasapi: No entry 'toyy'. Did you mean 'toy'?\n")
    assert done.returncode == 2


def test_an_interruption_while_the_program_is_imported_gets_a_sentence(here):
    (here / "click.py").write_text("raise KeyboardInterrupt")
    code = f"import sys; sys.path.insert(0, {str(here)!r}); from nasapi.cli.start import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("", "nasapi: interrupted.\n", 130)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_study_says_how_it_goes_on(here, sent):
    (here / "slow.py").write_text(
        MINE.format(extra="", n="n").replace("return", "import time; time.sleep(0.3); return")
    )
    running = process(*BENCH, "-s", "slow.py:Mine", cwd=here)
    for line in running.stderr:
        if "runs to do" in line:
            break
    time.sleep(0.5)
    running.send_signal(sent)
    _, error = running.communicate(timeout=60)
    assert error.splitlines()[-1] == (
        "Interrupted; the study resumes where it stopped: nasapi bench toy/formula-v1 --store s.zarr -s slow.py:Mine"
    )
    assert running.returncode == 130


def test_a_reader_that_goes_away_is_no_error(here):
    with process("query", "toy/formula", "--sample", "20000", cwd=here) as running:
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read().startswith("20,000 were drawn, 22 of them distinct;")


def test_the_example_of_a_missing_architecture_is_one(fails):
    words = fails("query", "toy/formula").split("'")
    assert Toy().valid(Toy().parse(words[1])[None]).all()
    assert os.path.sep not in words[1]


def test_a_strategy_that_exits_is_a_failed_run_of_which_the_seed_is_reported(here):
    (here / "leaves.py").write_text(
        "import nasapi\n\n\nclass Leaves(nasapi.Strategy):\n"
        "    def ask(self, n):\n        raise SystemExit(3)\n\n    def tell(self, results):\n        pass\n"
    )
    with pytest.raises(StudyError, match=r"seed 0 of 'leaves\.py:Leaves' on 'toy/formula-v1': SystemExit: 3"):
        nasapi.Study(["toy/formula-v1"], ["leaves.py:Leaves"], 1, here / "s.zarr").run()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "a\0b"], "An argument has a NUL character"),
        (["report", ""], "What stands behind 'report' is empty, as a variable of the shell that is not set"),
        (["bench", "toy/formula-v1", "--store", ""], "What stands behind '--store' is empty"),
        (["merge", "runs", "--output="], "What stands behind '--output' is empty"),
        (["report", "x" * 300], "File name too long"),
        (["picture", "toy", "--sample", "1", "-o", "y" * 300 + ".svg"], "cannot be"),
        (["bench", "toy/formula-v1", "-s", ":x"], "is neither a Python file"),
        (["picture", "os:abort", "x"], "is a builtin_function_or_method, so it was not called; name a space"),
        (["picture", "os:sep", "x"], "is a str, so it was not called; name a space"),
        (["picture", "toy", "--sample", str(10**12)], "There is not enough memory"),
        (["report", "loop/x"], "Symlink loop"),
        (["check", "space", "toy", "--on", "toy"], "--on is a space to try an encoder on; a space has its own."),
        (["new", "plugin", "bench"], "There is a command 'bench' already, so one of this name could never be called."),
        (["new", "encoder", "none"], "'none' cannot be a name: on the command line it is read as None, no text."),
        (["new", "strategy", "true"], "it is read as True"),
        (["new", "space", "inf"], "it is read as inf"),
        (["new", "space", "class"], "'class' cannot be a name"),
    ],
)
def test_input_that_files_memory_or_names_refuse_gets_a_sentence(fails, here, arguments, message):
    (here / "loop").symlink_to("loop")
    assert message in fails(*arguments)


def test_a_report_in_the_root_is_refused(fails, here, capsys):
    with pytest.raises(SystemExit):
        main(["bench", "toy/formula-v1", "-s", "mine.py:Mine", "--seeds", "1", "--store", "s.zarr"])
    capsys.readouterr()
    assert fails("report", "s.zarr", "-o", "/").startswith("nasapi: ")


def test_a_home_of_nobody_is_no_data_folder(fails, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", "~nobody-of-this-name/x")
    assert "there is no such user" in fails("data", "path")


@pytest.mark.parametrize(
    ("ending", "status"),
    [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0), ("| head -1", 0), (">/dev/full", 2), ("2>/dev/full", 0)],
)
def test_streams_that_are_closed_full_or_left(here, ending, status):
    command = "bench toy/formula-v1 -s random --seeds 1 --budget 1 --store s" if ending == "2>/dev/full" else "list"
    program = f"{sys.executable} -m nasapi {command}"
    shell = ["bash", "-o", "pipefail", "-c", f"{program} {ending}"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr.count("\n") == (status == 2)


def test_a_store_that_is_moved_while_runs_are_recorded_leaves_nothing_behind(here):
    def move(done, total, history):
        if history is not None and done == 1:
            (here / "s.zarr").rename(here / "t.zarr")

    with pytest.raises(nasapi.errors.StoreError, match="is gone: it was moved or deleted"):
        nasapi.Study(["toy/formula-v1"], ["mine.py:Mine"], 3, "s.zarr").run(progress=move)
    assert not (here / "s.zarr").exists()
    assert len(nasapi.Study.open("t.zarr").histories()) == 1
