"""Documents show the results that are kept: every block is what its file says, and every file says what made it."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nasapi_report", reason="recipes of searches are read with its standings")
from claims.again import differences
from claims.kept import ROOT, InvalidResult, every, keep, names, read
from claims.pages import PAGES, filled, shown_in, without
from claims.strays import Reason, reasons, stale, strays, unexplained, unsourced
from made_up_result import EARLIER, RESULT, result

from nasapi.errors import UnknownId
from nasapi.plugins import Spec, entries
from nasapi.storage import Store

TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
REASONS = reasons()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_what_its_result_says(page: Path) -> None:
    assert filled(TEXTS[page], page.name) == TEXTS[page], "run make blocks"


def test_no_block_is_left_open_or_misspelt() -> None:
    for page, text in TEXTS.items():
        assert "<!-- result" not in without(text), page
        assert "end result" not in without(text), page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_begins_with_a_block_of_a_sentence(page: Path) -> None:
    # Markdown takes such a line for HTML, and shows the sentence behind it as it is typed
    assert not re.search(r"^\s*<!-- result [^>]*-->.*<!-- end result -->", TEXTS[page], re.MULTILINE)


def test_every_result_says_what_made_it() -> None:
    assert len([result for _, result in every()]) > 25


def test_the_program_of_a_result_is_there_or_another_is_named() -> None:
    for name, each in every():
        program, script, *_ = shlex.split(each.command)
        if program == "python" and not (ROOT / script).is_file():
            assert "measures it at present" in each.conditions, name


def test_every_result_is_shown_or_drawn_from() -> None:
    shown_somewhere = set().union(*map(shown_in, TEXTS.values()))
    drawn_from = {"searches"}  # benchmarks/verdicts.py draws from it
    assert set(names()) == shown_somewhere | drawn_from


def test_quick_results_cost_less_than_ten_minutes_together_and_have_a_program() -> None:
    quick = [result for _, result in every() if result.quick]
    assert 10 < len(quick)
    assert sum(600 if result.cpu_seconds is None else result.cpu_seconds for result in quick) < 600
    for each in quick:
        program, script, *_ = shlex.split(each.command)
        assert program == "python" and (ROOT / script).is_file()


def test_every_command_that_measures_marked_rows_again_is_one_of_the_recipes() -> None:
    recipes = tomllib.loads((ROOT / "benchmarks" / "searches.toml").read_text(encoding="utf-8"))
    for name, each in every():
        for strategy, mark in each.marks.items():
            recipe = recipes[shlex.split(mark["again"])[-1]]
            assert recipe["strategies"] == [strategy]
            assert recipe["renews"] == name or name in ("search-cost", "latent")


def test_recipes_name_entries_that_are_there_and_renew_tables_that_have_their_columns() -> None:
    from searches import recipes

    for plugin in ("nb101", "nb201", "darts", "nlp", "graph", "surrogate", "latent", "agnet", "multifidelity"):
        pytest.importorskip(f"nasapi_{plugin}")
    benchmarks, strategies = ({entry.id for entry, _ in entries(kind)} for kind in ("benchmark", "strategy"))
    for name, recipe in recipes().items():
        assert {Spec.parse(spec).id for spec in recipe.benchmarks} <= benchmarks, name
        assert {Spec.parse(spec).id for spec in recipe.strategies} <= strategies, name
        assert max(recipe.at) <= recipe.budget, name
        if recipe.renews:
            assert set(map(str, recipe.at)) <= set(read(recipe.renews).found["columns"]), name


def test_ranked_gp_and_latent_gp_are_claimed_with_seeds_that_chose_nothing() -> None:
    from searches import recipes

    ours = [recipe for recipe in recipes().values() if {"ranked-gp", "latent-gp"} & set(recipe.strategies)]
    assert ours
    assert all(recipe.seeds[0] >= 1000 for recipe in ours)


def test_a_recipe_is_run_resumed_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import searches

    recipe = searches.Recipe(
        what="Toy.", benchmarks=["toy/formula-v1"], strategies=["random"], seeds=[3, 5], budget=8, at=[4, 8], digits=1
    )
    monkeypatch.setattr(searches, "recipes", lambda: {"toy": recipe})
    for _ in range(2):
        monkeypatch.setattr("sys.argv", ["searches.py", "toy", "--into", str(tmp_path)])
        searches.main()
    kept = read("toy", tmp_path)
    assert kept.command == "python benchmarks/searches.py toy"
    assert kept.seeds == "3 to 4"
    assert kept.found["columns"] == ["benchmark", "strategy", "seeds", "4", "8", "optimum"]
    assert kept.found["rows"][0][:3] == ["toy/formula-v1", "`random`", 2]


def test_a_recipe_of_seconds_compares_a_pair_at_its_end(tmp_path: Path) -> None:
    import searches
    from nasapi_report.standings import standings

    recipe = searches.Recipe(
        what="Toy.",
        benchmarks=["toy/formula-v1"],
        strategies=["random", "evolution[population=3,sample=2]"],
        seeds=[0, 4],
        budget=300,
        unit="seconds",
        at=[100, 300],
        pair=["evolution[population=3,sample=2]", "random"],
    )
    store = tmp_path / "toy.runs"
    searches.runs_made(searches.study_of(recipe, store), tmp_path / "toy.spent")
    (table,) = standings([Store(store)], recipe.at, by="seconds")
    found = searches.table_of(recipe, [table])
    assert found["means"]["columns"][3:] == ["100 s", "300 s", "optimum"]
    ends = {row.strategy: row.means[-1].value for row in table.rows}
    ahead = ends["evolution[population=3,sample=2]"] - ends["random"]
    assert found["pair"]["rows"][0][1][0] == pytest.approx(ahead, abs=1e-6)
    assert re.fullmatch(r"<0\.001|[01]\.\d{3}", found["pair"]["rows"][0][3])


def test_renewed_rows_take_the_place_of_the_marked_ones(tmp_path: Path) -> None:
    import searches

    old = {
        "columns": ["benchmark", "strategy", "seeds", "9", "10"],
        "rows": [["a", "`x`", 1, 2, 3], ["b", "`x`", 1, 2, 3]],
    }
    new = {"columns": ["benchmark", "strategy", "seeds", "9"], "rows": [["a", "`x`", 30, 5], ["a", "`z`", 30, 6]]}
    keep("old", {**RESULT, "found": old, "marks": {"x": EARLIER, "y": EARLIER}}, tmp_path)
    searches.renew("old", {**RESULT, "commit": "fff0000", "seeds": "7 to 9", "found": new}, tmp_path)
    kept = read("old", tmp_path)
    assert kept.found["rows"] == [["a", "`x`", 30, 5, None], ["a", "`z`", 30, 6, None], ["b", "`x`", 1, 2, 3]]
    assert (kept.marks, kept.commit, kept.seeds) == ({"y": EARLIER}, "abc1234, fff0000", "0 to 29, 7 to 9")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"commit": ""}, "has commit ''"),
        ({"date": "today"}, "is of 'today'"),
        ({"tolerance": None}, "is quick"),
        ({"marks": {"x": {"why": "earlier"}}}, "marks 'x'"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_result_that_does_not_say_what_made_it_is_refused(changes: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidResult, match=message):
        keep("wrong", {**RESULT, **changes}, tmp_path)
    assert names(tmp_path) == []


def test_a_result_is_read_as_it_was_kept(tmp_path: Path) -> None:
    keep("kept", RESULT, tmp_path)
    assert read("kept", tmp_path) == result()
    with pytest.raises(UnknownId, match="'kepd'"):
        read("kepd", tmp_path)


@pytest.mark.parametrize(
    ("kept", "found", "expected"),
    [
        (0.5, 0.509, []),
        (0.5, 0.52, [" was 0.5 and is 0.52"]),
        (200, 201, []),
        (200, 203, [" was 200 and is 203"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [".a[1] was 2 and is 3"]),
        ({"a": 1}, {"b": 1}, [".a is only kept", ".b is only found"]),
        ([1], [1, 2], [" was [1] and is [1, 2]"]),
        ("a", "b", [' was "a" and is "b"']),
        (1, None, [" was 1 and is null"]),
    ],
)
def test_results_differ_beyond_their_tolerance(kept: Any, found: Any, expected: list[str]) -> None:
    assert sorted(differences(kept, found, 0.01)) == expected


def test_every_number_in_a_sentence_stands_in_a_block_or_has_a_reason() -> None:
    lost = unexplained(TEXTS, REASONS)
    assert not lost, f"put it into a block, drop it, or give its reason in benchmarks/claims/allowed.toml: {lost[:5]}"


def test_no_reason_is_given_for_a_number_that_is_gone() -> None:
    assert not stale(TEXTS, REASONS)


def test_published_numbers_have_their_source_beside_them() -> None:
    assert not unsourced(TEXTS, REASONS["published"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It takes 15.4 ms, and 1.8 times that.", ["15.4 ms", "1.8 times"]),
        ("91.607 ± 0.002 in 98 % of runs", ["91.607", "± 0.002", "98 %"]),
        (".39 of 4.2 GB", [".39", "4.2 GB"]),
        ("`91.607 ± 0.002` and [90 %](a.md#90-%)\n\n    runs 3 s\n", ["90 %"]),
        ("```text\n98 %\n```\nPython 3.11, arXiv:2008.09777, v0.1.0, 2020-11-29, 16 channels, 0.1 and 7x7", []),
        ("<!-- result x table -->98 %<!-- end result --> 97 %", ["97 %"]),
    ],
)
def test_what_looks_measured(text: str, found: list[str]) -> None:
    assert [stray.text for stray in strays("page", text)] == found


def test_a_lost_number_a_gone_one_and_one_without_source_are_reported(tmp_path: Path) -> None:
    page = ROOT / "page.md"
    known = {"published": Reason("others", {"page.md": ("91.61", "5 %")})}
    texts = {page: "- AG-Net has 91.61.\n- Ours (2026) has 91.60.\n"}
    assert [stray.text for stray in unexplained(texts, known)] == ["91.60"]
    assert stale(texts, known) == [("published", "page.md", "5 %")]
    assert [stray.text for stray in unsourced(texts, known["published"])] == ["91.61"]
    assert not unsourced({page: "- AG-Net (2022)\n  has 91.61."}, known["published"])


PROGRAM = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--into") + 1])
told = json.loads({told!r})
told["found"]["rows"][0][3] = {share}
folder.joinpath("kept.json").write_text(json.dumps(told))
"""


@pytest.mark.parametrize(("share", "state"), [(1, "same"), (2, "differs")])
def test_a_quick_result_is_measured_again_and_compared(
    share: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from claims import again

    monkeypatch.setattr(again, "ROOT", tmp_path)
    monkeypatch.setattr(again, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(again, "FOLDER", tmp_path / "again")
    monkeypatch.setattr(again, "head", lambda: "fff0000")
    (tmp_path / "again" / "fff0000").mkdir(parents=True)
    result = {**RESULT, "command": "python program.py", "commit": "fff0000"}
    (tmp_path / "program.py").write_text(PROGRAM.format(told=json.dumps(result), share=share), encoding="utf-8")
    keep("kept", {**RESULT, "command": "python program.py"}, tmp_path / "results")
    monkeypatch.setattr(again, "read", lambda name, folder=tmp_path / "results": read(name, folder))
    for _ in range(2):
        (outcome,) = again.measured_again(["kept"], renew=True)
        assert outcome.state == state
        (tmp_path / "program.py").unlink(missing_ok=True)  # what was measured is not measured once more
    assert read("kept", tmp_path / "results").commit == ("fff0000" if state == "same" else "abc1234")
    (outcome,) = again.measured_again(["kept"], fresh=True)
    assert outcome.state == "failed"
