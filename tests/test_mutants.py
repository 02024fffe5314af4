"""The mutator plants one fault at a time, leaves alone what is only said, and ends what goes on for ever."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
from mutants import __main__ as main
from mutants.equivalents import Equivalent, equivalents, source_of, squeezed
from mutants.faults import Fault, by_line, faults
from mutants.forked import KILLED, LATE, forked
from mutants.inherited.sitecustomize import plant
from mutants.places import ROOT, chosen, dotted, files_of_tests, units
from mutants.reach import Reach, held_against, helpers, lines_of, reaches


def planted(source: str) -> list[str]:
    return [fault.plant(source) for fault in faults(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b < c", ["a = (b <= c)", "a = (b >= c)"]),
        ("a = b == c", ["a = (b != c)"]),
        ("a = b in c", ["a = (b not in c)"]),
        ("a = b + c", ["a = (b - c)"]),
        ("a = b ** c", ["a = (b * c)"]),
        ("a = -b", ["a = (b)"]),
        ("a = 7", ["a = (8)"]),
        ("a = 1", ["a = (0)", "a = (2)"]),
        ("a = 0.5", ["a = (1.0)"]),
        ("a = 1e-9", ["a = (1.0)"]),
        ("a = True", ["a = False"]),
        ("a = b and c", ["a = (b or c)"]),
        ("a = b if c else d", ["a = b if (not (c)) else d"]),
        ("a = [b for b in c if b]", ["a = [b for b in c if (not (b))]"]),
        ("a = b.max(c)", ["a = (b.min)(c)"]),
        ("a = b.reshape(-1, c)", ["a = b.reshape((1), c)"]),
        ("a = min(b)", ["a = max(b)"]),
        ("a = b(c, d=e)", ["a = (b(c))"]),
        ("def f(a=2): pass", ["def f(a=(3)): pass"]),
        ("while a: b()", ["while (not (a)): b()", "while a: pass"]),
        ("for a in b: continue", ["for a in b: pass"]),
        ("def f(): raise E", ["def f(): pass"]),
        ("def f():\n a[b] = c", ["def f():\n pass"]),
        ("def f() -> bool: return a", ["def f() -> bool: return (not (a))"]),
        ("def f() -> int: return a", ["def f() -> int: return (a) + 1"]),
        ("def f() -> str: return a", ['def f() -> str: return ""']),
        ("def f() -> list[int]: return a", ["def f() -> list[int]: return []"]),
        ("def f() -> tuple[int, ...]: return a", ["def f() -> tuple[int, ...]: return ()"]),
        ("def f() -> int | None: return a", ["def f() -> int | None: return None"]),
        ("å = 'ö', b < c", ["å = 'ö', (b <= c)", "å = 'ö', (b >= c)"]),
    ],
)
def test_a_fault_replaces_one_piece_of_text(source: str, expected: list[str]) -> None:
    assert planted(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""One of 2."""',
        "import a",
        "a: int | None",
        "A = B | None",
        "A = Callable[[int], str]",
        "A = TypeVar('A', bound=B)",
        "@a(b=1)\ndef f() -> 'int | 1': ...",
        "assert a < 1",
        "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    a = 1",
        "if sys.platform == 'another':\n    a = 1",
        "a = f'{b + 1} of 2'",
        "__all__ = ['a', 1]",
        "from nasapi.errors import Wrong\na = Wrong(b + 1, c=d)",
        "a = b(strict=c, help=d, init=False, kit={'steps': 2})",
        "a = stream(7)",
        "def f() -> float: return np.nan",
    ],
)
def test_what_is_only_a_message_or_a_type_is_left_alone(source: str) -> None:
    assert planted(source) == []


def test_of_branches_for_a_system_that_of_this_one_has_faults() -> None:
    branches = f"if sys.platform == {sys.platform!r}:\n    a = 1\nelse:\n    a = 2"
    assert [fault.text for fault in faults(branches)] == ["a = 1", "a = 1"]
    assert [fault.text for fault in faults(branches.replace(sys.platform, "another"))] == ["a = 2"]


def test_a_raise_can_be_forgotten_but_says_what_it_says() -> None:
    assert planted("if a:\n    raise ValueError(b + 1)") == [
        "if (not (a)):\n    raise ValueError(b + 1)",
        "if a:\n    pass",
    ]


def test_a_fault_knows_its_line_its_place_and_whether_an_import_runs_it() -> None:
    at_import, within = faults("a = 2\n\n\nclass C:\n    def f(self):\n        return 3")
    assert (at_import.line, at_import.place, at_import.imported) == (1, "", True)
    assert (within.line, within.place, within.imported) == (6, "C.f", False)


def test_faults_of_one_line_stand_together() -> None:
    assert [[fault.now for fault in some] for some in by_line(faults("a = 2 + 3\nb = 4"))] == [
        ["(3)", "(2 - 3)", "(4)"],
        ["(5)"],
    ]


def test_every_listed_equivalent_is_a_fault_of_its_file_and_has_a_reason() -> None:
    found = {path: faults((ROOT / path).read_text()) for path in {row.file for row in equivalents()}}
    gone = [row for row in equivalents() if not any(row.covers(row.file, fault) for fault in found[row.file])]
    assert gone == []
    assert all(len(row.reason.split()) > 3 for row in equivalents())


def test_an_equivalent_is_found_by_its_texts_wherever_it_stands() -> None:
    listed = Equivalent("a.py", "f", "return (b <", "b < c", "(b <= c)", "b is never c here")
    apart = "\n\ndef f():\n    return (b <\n        c)"
    assert [listed.covers("a.py", fault) for fault in faults(apart)] == [True, False]
    assert not any(listed.covers("a.py", fault) for fault in faults(apart.replace("return (", "return 2 * (")))
    assert not any(listed.covers("other.py", fault) for fault in faults(apart))
    assert not any(listed.covers("a.py", fault) for fault in faults(apart.replace("def f", "def g")))
    assert squeezed(" a\n  b ") == "a b"
    assert source_of(listed) == ""


def test_a_module_is_imported_with_its_fault_and_its_file_stays(tmp_path, monkeypatch) -> None:
    (tmp_path / "module_with_a_number.py").write_text("NUMBER = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sys.meta_path", list(import_module("sys").meta_path))
    plant("module_with_a_number", "NUMBER = (3)\n")
    assert import_module("module_with_a_number").NUMBER == 3
    assert (tmp_path / "module_with_a_number.py").read_text() == "NUMBER = 2\n"


def test_children_end_with_their_own_statuses_and_an_endless_one_is_ended(tmp_path) -> None:
    def endless() -> int:
        while True:
            pass

    ended = forked([lambda: 0, lambda: 1, endless], [5.0, 5.0, 0.0], 2, tmp_path / "log")
    assert {one.number: one.status for one in ended} == {0: 0, 1: 1, 2: KILLED}


@pytest.mark.skipif(sys.platform != "linux", reason="what a process does is read from /proc")
def test_a_child_that_waits_for_ever_has_noticed_and_one_that_still_works_is_late(tmp_path, monkeypatch) -> None:
    def works() -> int:
        while True:
            pass

    monkeypatch.setattr("mutants.forked.PATIENCE", -47.0)
    ended = forked([lambda: time.sleep(600) or 0, works, lambda: 0], [5.0] * 3, 2, tmp_path / "log")
    assert {one.number: one.status for one in ended} == {0: KILLED, 1: LATE, 2: 0}


@pytest.mark.skipif(sys.platform != "linux", reason="what a process does is read from /proc")
def test_a_child_that_does_nothing_at_several_looks_is_ended_before_its_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("mutants.forked.GLANCE", 0.0)
    ended = forked([lambda: time.sleep(600) or 0, lambda: 0], [60.0, 60.0], 1, tmp_path / "log")
    assert {one.number: one.status for one in ended} == {0: KILLED, 1: 0}


def test_a_childs_words_are_in_the_log(tmp_path) -> None:
    assert [one.status for one in forked([lambda: 1 // 0], [5.0], 1, tmp_path / "log")] == [70]
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()


REACHED = Reach(
    {"a.py::quick": 0.1, "a.py::slow": 3.0, "b.py::other": 0.2, "b.py::apart": 0.3},
    {},
    {"m.py": {1: [], 4: ["a.py::quick", "a.py::slow"], 5: ["a.py::slow"], 9: ["b.py::other"]}},
)


@pytest.mark.parametrize(
    ("lines", "imported", "limit", "expected"),
    [
        (range(4, 5), False, 9.0, ["a.py::quick", "a.py::slow", "b.py::other"]),
        (range(4, 6), False, 2.0, ["a.py::quick", "b.py::other"]),
        (range(9, 10), False, 0.3, ["b.py::other"]),
        (range(1, 2), True, 9.0, ["a.py::quick", "a.py::slow", "b.py::other", "b.py::apart"]),
    ],
)
def test_a_fault_is_held_against_the_tests_that_run_it_first(lines, imported, limit, expected) -> None:
    assert held_against([REACHED], "m.py", lines, imported=imported, limit=limit) == expected


def test_lines_of_a_text_are_counted_from_its_first() -> None:
    assert list(lines_of(7, "a\nb")) == [7, 8]


def test_what_runs_at_import_is_held_against_the_tests_named_after_the_module_first() -> None:
    alone = Reach({"test_m.py::slow": 0.3, "test_other.py::quick": 0.1}, {}, {"m.py": {1: []}})
    for imported in (True, False):  # a function that an import calls is no line of the module itself
        assert held_against([alone], "m.py", range(1, 2), imported=imported, limit=0.35) == ["test_m.py::slow"]
    assert held_against([alone], "elsewhere.py", range(1, 2), imported=True, limit=9.0) == []


def test_a_record_is_valid_while_what_it_reached_is_as_it_was(tmp_path) -> None:
    here = Path(__file__)
    assert REACHED.is_current_for(here)
    assert not Reach({}, {str(here.relative_to(ROOT)): "changed"}, {}).is_current_for(here)


def test_a_record_is_of_the_modules_beside_a_file_of_tests_too() -> None:
    names = {path.name for path in helpers(ROOT / "tests" / "test_kit_mistakes.py")}
    assert names >= {"conftest.py", "planted_mistakes.py", "mistakes_in_graphs.py", "broken_objectives.py"}
    assert not names & {"pytest.py", "test_kit_mistakes.py", "ast.py"}
    assert not Reach({}, {"tests/planted_mistakes.py": "changed"}, {}).is_current_for(
        ROOT / "tests/planted_mistakes.py"
    )


def test_units_are_the_modules_of_the_core_and_the_distributions() -> None:
    found = units()
    assert found["nasapi/benchmark"] == [ROOT / "nasapi" / "benchmark.py"]
    assert ROOT / "nasapi" / "testing" / "toy.py" in found["nasapi/testing"]
    assert not [path for paths in found.values() for path in paths if "templates" in path.parts]
    one = ROOT / "plugins" / "report" / "nasapi_report" / "stats" / "paired.py"
    assert chosen(["plugins/report/nasapi_report/stats/paired.py"]) == {
        str(one.relative_to(ROOT).with_suffix("")): [one]
    }
    assert dotted(one) == "nasapi_report.stats.paired"
    assert all(file.parent == ROOT / "plugins" / "report" / "tests" for file in files_of_tests(one))
    with pytest.raises(SystemExit, match=r"No module 'nasapi/nothing'; there are nasapi/answer_cache, "):
        chosen(["nasapi/nothing"])


def test_a_fault_is_planted_between_bytes() -> None:
    assert Fault(1, "äb", "", "b", "c", len("ä".encode()), len("äb".encode()), True).plant("äb") == "äc"
    assert os.sep not in dotted(ROOT / "nasapi" / "testing" / "__init__.py")


def test_every_module_of_the_core_has_tests_that_are_to_notice() -> None:
    held = {unit: files_of_tests(paths[0]) for unit, paths in units().items()}
    assert [unit for unit, files in held.items() if not files or not all(file.is_file() for file in files)] == []
    assert ROOT / "tests" / "test_benchmark.py" in held["nasapi/benchmark"]


def test_shares_are_kept_beside_those_of_other_modules(tmp_path) -> None:
    pytest.importorskip("nasapi_report", reason="results are kept by what reads them with its standings")
    from claims.kept import read

    first = ["`nasapi/a`", 30, 10, 9, 90, 0, 12]
    main.store({"nasapi/a": first, "nasapi/b": ["`nasapi/b`", 5, 4, 1, 25, 0, 3]}, "abc", tmp_path)
    main.store({"nasapi/b": ["`nasapi/b`", 5, 5, 5, 100, 1, 4]}, "def", tmp_path)
    kept = read("mutants", tmp_path)
    assert [row[:-1] for row in kept.found["rows"] if row[2]] == [
        first,
        ["`nasapi/b`", 5, 5, 5, 100, 1, 4],
    ]
    assert [row[0] for row in kept.found["rows"] if not row[2]] == sorted(f"`{unit}`" for unit in units())
    assert (kept.cpu_seconds, kept.seeds, kept.commit) == (16, "0, 1", "abc, def")
    main.store({"nasapi/version": ["`nasapi/version`", 0, 0, 0, None, 1, 0]}, "ghi", tmp_path)
    main.store({"nasapi/b": ["`nasapi/b`", 5, 5, 5, 100, 1, 4]}, "jkl", tmp_path)
    [nothing] = [row for row in read("mutants", tmp_path).found["rows"] if row[0] == "`nasapi/version`"]
    assert nothing == ["`nasapi/version`", 0, 0, 0, None, 1, 0, "ghi"]


def test_a_seed_draws_the_same_mutants_at_most_one_a_line_and_no_equivalent_ones(monkeypatch) -> None:
    path = ROOT / "nasapi" / "encodings" / "path.py"
    some, lines = main.drawn("nasapi/encodings", [path], 12, 0)
    assert main.drawn("nasapi/encodings", [path], 12, 0)[0] == some
    assert main.drawn("nasapi/encodings", [path], 12, 1)[0] != some
    every, _ = main.drawn("nasapi/encodings", [path], 0, 0)
    assert len(some) == len({mutant.fault.line for mutant in some}) == 12
    assert len(every) == lines == len({mutant.fault.line for mutant in every})
    listed = [row for row in equivalents() if row.file == main.Mutant("", path, every[0].fault).file]
    monkeypatch.setattr(main, "equivalents", list)
    more = {mutant.fault for seed in range(30) for mutant in main.drawn("nasapi/encodings", [path], 0, seed)[0]}
    assert any(row.covers(row.file, fault) for row in listed for fault in more)


def test_a_mutant_is_shown_with_file_line_and_both_texts() -> None:
    fault = Fault(3, "return a < b", "f", "a < b", "(a <= b)", 0, 0, False)
    assert main.shown(main.Mutant("u", ROOT / "nasapi" / "a.py", fault)) == (
        "nasapi/a.py:3 f\n    - a < b\n    + (a <= b)"
    )


def test_lines_of_a_shared_fixture_belong_to_every_test_that_has_it(tmp_path, monkeypatch) -> None:
    """A file of tests with a module under it, recorded in a process of its own."""
    pytest.importorskip("coverage", reason="what tests reach is recorded by it")
    (tmp_path / "nasapi").mkdir()
    (tmp_path / "nasapi" / "counted.py").write_text("def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    (tmp_path / "test_counted.py").write_text(
        "import sys, pytest\n"
        f"sys.path.insert(0, {str(tmp_path / 'nasapi')!r})\n"
        "import counted\n"
        "@pytest.fixture(scope='module')\n"
        "def number():\n    return counted.one()\n"
        "def test_first(number):\n    assert number == 1\n"
        "def test_second(number):\n    assert number == 1\n"
        "def test_third():\n    assert counted.two() == 2\n"
        "def test_fails(number):\n    assert counted.two() == 3\n"
    )
    for name, value in (("ROOT", tmp_path), ("RECORDS", tmp_path / "records"), ("LOG", tmp_path / "log")):
        monkeypatch.setattr(f"mutants.reach.{name}", value)
    file = tmp_path / "test_counted.py"
    (found,) = reaches([file], [], 1).values()
    assert [test.rpartition("::")[2] for test in found.seconds] == ["test_first", "test_second", "test_third"]
    tests = {
        line: [test.rpartition("::")[2] for test in some] for line, some in found.lines["nasapi/counted.py"].items()
    }
    assert (tests[2], tests[6]) == (["test_first", "test_second"], ["test_third"])
    assert {test.rpartition("::")[2] for test in found.setups} >= {"test_first", "test_second"}


def test_no_share_is_reported_where_tests_cannot_be_recorded(tmp_path, monkeypatch) -> None:
    for name, value in (("ROOT", tmp_path), ("RECORDS", tmp_path / "records"), ("LOG", tmp_path / "log")):
        monkeypatch.setattr(f"mutants.reach.{name}", value)
    monkeypatch.setattr("mutants.reach._recording", lambda file: lambda: 70)
    file = tmp_path / "test_nothing.py"
    file.write_text("")
    with pytest.raises(SystemExit, match=r"test_nothing\.py could not be recorded: 70 .*\nNo share would be right"):
        reaches([file], [], 1)


@pytest.mark.parametrize(("option", "value"), [("--jobs", "0"), ("--seed", "-1"), ("--sample", "1.5")])
def test_a_number_that_is_none_is_refused(option: str, value: str, capsys) -> None:
    with pytest.raises(SystemExit):
        main._options([option, value])
    assert f"{value!r} is no whole number from" in capsys.readouterr().err
