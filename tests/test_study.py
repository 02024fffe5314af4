"""Studies: the same runs for any number of workers, through failures and kills."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
from attrs import define

import nasapi
from nasapi.cli.leaderboards import show_leaderboards
from nasapi.errors import InvalidOption, NotAvailable, StoreError, StudyError, UnknownId
from nasapi.history import History
from nasapi.running.study import Study
from nasapi.running.workers import parcels
from nasapi.storage.merging import digest
from nasapi.storage.store import Store
from nasapi.testing import toy
from nasapi.testing.problems import two_goals
from nasapi.testing.toy import toy_v1
from nasapi.trial import Result, Trial

TOY = "toy/formula-v1[budget=8]"
STRATEGIES = '''
"""Strategies for the tests of studies."""
import os
from attrs import define, field
import nasapi

@define(eq=False)
class Drawing(nasapi.Strategy):
    share: float = field(default=1.0, kw_only=True)
    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))
    def tell(self, results):
        pass

@define(eq=False)
class Optional(Drawing):
    times: int = field(default=3, kw_only=True)

@define(eq=False)
class Raising(Drawing):
    def tell(self, results):
        if int(self.rng.integers(2)):
            raise RuntimeError("lost my way.")

@define(eq=False)
class Apart(Drawing):
    parent: int = field(kw_only=True)
    def ask(self, n):
        if os.getpid() == self.parent:
            raise RuntimeError("not apart")
        return super().ask(n)

@define(eq=False)
class Killed(Drawing):
    flag: str = field(kw_only=True)
    def ask(self, n):
        try:
            os.unlink(self.flag)
        except FileNotFoundError:
            return super().ask(n)
        os.kill(os.getpid(), 9)
'''
RUN = """
import sys
from nasapi.running.study import Study
if __name__ == "__main__":
    store, strategy, jobs = sys.argv[1:]
    Study(["toy/formula-v1[budget=8]"], [strategy, strategy + "[share=0.5]"], seeds=20, store=store).run(jobs=int(jobs))
"""


@define(eq=False)
class Local(nasapi.Strategy):
    """Random search that is defined in a test."""

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        pass


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGIES)
    return path


def test_a_study_without_a_store_keeps_its_runs(mine: Path) -> None:
    study = Study([TOY], [f"{mine}:Drawing", Local], seeds=3).run()
    assert len(study) == 6
    assert [history.seed for history in study.histories(strategy="Local")] == [0, 1, 2]
    assert len(study.histories(benchmark=TOY)) == 6
    assert "6 of 6 runs done" in repr(study)


@pytest.mark.parametrize("jobs", [1, 2])
def test_any_number_of_workers_gives_the_same_digest(tmp_path: Path, mine: Path, jobs: int) -> None:
    one = Study([TOY], [f"{mine}:Drawing"], seeds=6, store=tmp_path / "one.zarr").run()
    other = Study([TOY], [f"{mine}:Drawing"], seeds=6, store=tmp_path / "other.zarr")
    other.run(jobs=jobs)
    assert digest([tmp_path / "one.zarr"]) == digest([tmp_path / "other.zarr"])
    assert [h.codes.tolist() for h in one.histories()] == [h.codes.tolist() for h in other.histories()]


def test_a_benchmark_and_a_strategy_that_no_plugin_offers_go_to_workers() -> None:
    by_hand = attrs.evolve(toy_v1(), id="mine/toy-v1", spec="mine/toy-v1", report_metrics=("params",))
    [history] = Study([by_hand], [Local], seeds=1).run(jobs=2).histories()
    assert (history.benchmark, history.strategy, list(history.report_metrics)) == ("mine/toy-v1", "Local", ["params"])


def test_a_changed_benchmark_is_not_sent_by_its_name() -> None:
    assert parcels.portable_benchmark(toy_v1()) == "toy/formula-v1"
    changed = attrs.evolve(toy_v1(), report_metrics=())
    assert parcels.portable_benchmark(changed) is changed


@pytest.mark.parametrize(("jobs", "after"), [(1, 0.0), (2, 0.05), (1, 0.15), (2, 0.3)])
def test_a_study_killed_at_any_moment_ends_with_the_same_digest(
    tmp_path: Path, mine: Path, jobs: int, after: float
) -> None:
    whole, killed = tmp_path / "whole.zarr", tmp_path / "killed.zarr"
    strategy, script = f"{mine}:Drawing", tmp_path / "study.py"
    script.write_text(RUN)
    Study([TOY], [strategy, f"{strategy}[share=0.5]"], seeds=20, store=whole).run(backend="inline")
    process = subprocess.Popen([sys.executable, script, killed, strategy, str(jobs)])
    while not killed.exists() and process.poll() is None:
        time.sleep(0.001)
    time.sleep(after * jobs)
    process.kill()
    process.wait()
    Study([TOY], [strategy, f"{strategy}[share=0.5]"], seeds=20, store=killed).run()
    assert digest([killed]) == digest([whole])
    assert Store(killed).verify() == 40


def test_only_what_is_missing_is_run(tmp_path: Path) -> None:
    calls: list[tuple[int, int, History | None]] = []
    Study([TOY], [Local], seeds=2, store=tmp_path / "s.zarr").run(backend="inline")
    Study([TOY], [Local], seeds=3, store=tmp_path / "s.zarr").run(
        backend="inline", progress=lambda *facts: calls.append(facts)
    )
    assert [(done, total, history and history.seed) for done, total, history in calls] == [(2, 3, None), (3, 3, 2)]


def test_a_grid_may_grow(tmp_path: Path, mine: Path) -> None:
    Study([TOY], [Local], seeds=[3], store=tmp_path / "s.zarr").run(backend="inline")
    Study([TOY, "toy/formula-v1"], [f"{mine}:Drawing"], seeds=[3, 1], store=tmp_path / "s.zarr").run(backend="inline")
    study = Study.open(tmp_path / "s.zarr")
    assert (study.seeds, len(study.benchmarks), len(study.strategies)) == ((3, 1), 2, 2)
    assert len(study.histories()) == 5


def test_a_store_is_opened_without_the_plugins_of_its_study(tmp_path: Path, mine: Path) -> None:
    Study([TOY], [f"{mine}:Drawing"], seeds=2, store=tmp_path / "s.zarr").run(backend="inline")
    mine.unlink()
    study = Study.open(tmp_path / "s.zarr")
    assert [history.strategy for history in study.histories()] == [f"{mine}:Drawing"] * 2
    assert study.benchmarks[0].optima == {"valid_accuracy": 99.0}


def test_a_study_opened_from_its_store_runs_on(tmp_path: Path, mine: Path) -> None:
    study = Study([TOY], [f"{mine}:Raising"], seeds=1, store=tmp_path / "s.zarr")
    Store.prepare(tmp_path / "s.zarr", study.benchmarks, [], [0, 1])
    assert len(Study.open(tmp_path / "s.zarr").run(backend="inline")) == 0
    Study([TOY], [f"{mine}:Drawing"], seeds=2, store=tmp_path / "s.zarr").run(backend="inline")
    assert len(Study.open(tmp_path / "s.zarr", trusted=True).run(backend="inline").histories()) == 2


def test_a_strategy_edited_since_needs_another_store_or_name(tmp_path: Path, mine: Path) -> None:
    def run(spec: str) -> Study:
        return Study([TOY], [spec], seeds=1, store=tmp_path / "s.zarr").run(backend="inline")

    run(f"{mine}:Drawing")
    mine.write_text(STRATEGIES.replace("\n", "  # a remark\n", 1) + "\n\n# and another\n")
    assert run(f"{mine}:Drawing").missing() == []
    mine.write_text(STRATEGIES + "\nmore = 1\n")
    with pytest.raises(StoreError, match=r"mine\.py changed since the runs of strategy .*mine2\.py\.$"):
        run(f"{mine}:Drawing")
    copy = mine.with_name("mine2.py")
    copy.write_text(mine.read_text())
    run(f"{copy}:Drawing")
    assert len(Study.open(tmp_path / "s.zarr").histories()) == 2


def test_one_file_is_one_strategy_and_one_benchmark_however_its_path_is_spelt(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.write_text(
        STRATEGIES + "\nfrom nasapi.testing.toy import Benchmark, toy_v1\ndef b() -> Benchmark: return toy_v1()"
    )
    (tmp_path / "below").mkdir()
    copy = tmp_path / "copy.py"
    copy.write_text(mine.read_text())
    for folder, one, other in (
        (mine.parent, "mine.py", "./mine.py"),
        (tmp_path / "below", str(mine), os.path.relpath(mine, tmp_path / "below")),
        (tmp_path, str(copy), "copy.py"),
    ):
        monkeypatch.chdir(folder)
        study = Study([f"{one}:b[budget=5]"], [f"{other}:Drawing"], seeds=1, store=tmp_path / "s.zarr")
        study.run(jobs=1, backend="inline")
        assert len(study.histories(f"{one}:b[budget=5]", f"{other}:Drawing")) == 1
        with pytest.raises(
            InvalidOption, match=r"py:Drawing' are one strategy, which would be run twice; give it once"
        ):
            Study([TOY], [f"{one}:Drawing", f"{other}:Drawing"])
    held = Study.open(tmp_path / "s.zarr")
    assert [item.spec for item in held.benchmarks] == ["mine.py:b[budget=5]"]
    assert held.strategies == ("./mine.py:Drawing",)


def test_a_default_that_is_written_out_makes_no_other_entry(tmp_path: Path, mine: Path) -> None:
    plain = Study(["toy/formula-v1"], [f"{mine}:Drawing"], seeds=1, store=tmp_path / "s.zarr")
    limit = plain.benchmarks[0].budget.limit
    plain.run(backend="inline")
    again = Study([f"toy/formula-v1[budget={limit}]"], [f"{mine}:Drawing"], seeds=1, store=tmp_path / "s.zarr")
    assert again.missing() == []
    assert again.benchmark(f"toy/formula-v1[budget={limit}]").spec.startswith("toy/formula-v1[")
    other = Study([f"toy/formula-v1[budget={limit + 1}]"], [f"{mine}:Drawing"], seeds=1, store=tmp_path / "s.zarr")
    assert len(other.missing()) == 1
    with pytest.raises(InvalidOption, match="are one strategy"):
        Study([TOY], [f"{mine}:Optional", f"{mine}:Optional[times=3]"])
    assert len(Study([TOY], [f"{mine}:Optional", f"{mine}:Optional[times=4]"]).strategies) == 2


def test_a_place_that_is_written_otherwise_makes_no_other_entry(tmp_path: Path, mine: Path) -> None:
    first, again = f"{mine}:Drawing", f"{mine.parent}/./mine.py:Drawing"
    Study([TOY], [first], seeds=1, store=tmp_path / "s.zarr").run(backend="inline")
    Study([TOY], [again], seeds=2, store=tmp_path / "s.zarr").run(backend="inline")
    assert Store(tmp_path / "s.zarr").keys() == [(TOY, first, 0), (TOY, first, 1)]


def test_a_study_has_thirty_seeds_and_asks_for_one_trial_at_a_time_unless_it_is_given_others() -> None:
    assert (Study([TOY], [Local]).seeds, Study([TOY], [Local]).batch) == (tuple(range(30)), 1)


def test_isolated_strategies_have_processes_and_time_of_their_own(mine: Path) -> None:
    study = Study([TOY], [f"{mine}:Apart[parent={os.getpid()}]"], seeds=1)
    with pytest.raises(StudyError, match="RuntimeError: not apart"):
        study.run(backend="inline")
    assert len(study.run(backend="inline", isolate=True, ask_seconds=60).histories()) == 1


def test_a_run_that_raises_harms_only_itself(tmp_path: Path, mine: Path) -> None:
    study = Study([TOY], [f"{mine}:Raising", Local], seeds=4, store=tmp_path / "s.zarr")
    expected = (
        r"4 of 8 runs failed and are not recorded: seeds 0-3 of [^:]*:Raising' on .*: RuntimeError: lost my way \(mine"
    )
    with pytest.raises(StudyError, match=expected) as caught:
        study.run()
    assert ".." not in str(caught.value).replace(str(mine), "")
    assert len(study.histories(strategy="Local")) == 4


def test_a_killed_worker_loses_nothing(tmp_path: Path, mine: Path) -> None:
    flag = tmp_path / "flag"
    flag.write_text("")
    study = Study([TOY], [f"{mine}:Killed[flag={flag}]"], seeds=6, store=tmp_path / "s.zarr").run(jobs=2)
    assert not flag.exists()
    assert len(study.histories()) == 6


def test_workers_that_cannot_be_started_end_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "no number")
    with pytest.raises(StudyError, match="cannot be started: 3 one after the other exited with status 1"):
        Study([TOY], [Local], seeds=1).run(jobs=2)


def test_ways_to_run_that_do_not_exist_are_refused() -> None:
    study = Study([TOY], [Local], seeds=1)
    with pytest.raises(InvalidOption, match="A study needs at least 1 job, not 0"):
        study.run(jobs=0)
    with pytest.raises(InvalidOption, match=r"No backend 'lokey'. Did you mean 'loky'\?"):
        study.run(backend="lokey")
    with pytest.raises(InvalidOption, match="Backend 'loky' works on this machine and takes no address"):
        study.run(address="tcp://127.0.0.1:1")
    with pytest.raises(UnknownId, match=r"The study has no strategy 'Locl'. Did you mean 'Local'\?"):
        study.histories(strategy="Locl")


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_backend_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, backend: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotAvailable, match=rf"Backend '{backend}' needs .* `pip install 'nasapi\[{backend}\]'"):
        Study([TOY], [Local], seeds=1).run(backend=backend)


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    pytest.importorskip("distributed", reason="dask is an extra")
    with pytest.raises(NotAvailable, match=r"No dask scheduler answers at 'tcp:127.0.0.1:nowhere'"):
        Study([TOY], [Local], seeds=1).run(backend="dask", address="tcp:127.0.0.1:nowhere")


def test_a_study_reports_what_is_done(tmp_path: Path) -> None:
    study = Study([TOY], [Local], seeds=2, store=tmp_path / "s.zarr").run(backend="inline")
    study.report(tmp_path / "report")
    assert list((tmp_path / "report").iterdir())


def test_options_that_are_refused_everywhere_end_the_study_before_it_starts(tmp_path: Path) -> None:
    pytest.importorskip("nasapi_baselines", reason="the strategy is one of nasapi-baselines'")
    study = Study(["toy/formula-v1"], ["evolution[population=-3]"], 2, tmp_path / "s.zarr")
    with pytest.raises(InvalidOption, match="`population` is a whole number from 1, not -3"):
        study.run()
    assert not (tmp_path / "s.zarr").exists()


def test_an_option_that_names_nothing_ends_the_study_before_it_starts(tmp_path: Path) -> None:
    pytest.importorskip("nasapi_surrogate", reason="the option is one of nasapi-surrogate's")
    study = Study(["toy/formula-v1"], ["surrogate[encoder=gens]"], 2, tmp_path / "s.zarr")
    with pytest.raises(UnknownId, match="No encoder 'gens'"):
        study.run()
    assert not (tmp_path / "s.zarr").exists()


def test_a_strategy_that_supports_no_benchmark_ends_the_study_before_it_starts(mine: Path, tmp_path: Path) -> None:
    mine.write_text(STRATEGIES + '\n    supports = frozenset({"multi-objective"})\n')
    study = Study([two_goals()], [f"{mine}:Killed[flag=x]", Local], 1, tmp_path / "s.zarr")
    with pytest.raises(InvalidOption, match="'Local' does not support multi-objective, which toy/formula-v1 needs"):
        study.run()
    assert not (tmp_path / "s.zarr").exists()


def test_a_strategy_that_supports_some_benchmark_runs_on_it(tmp_path: Path) -> None:
    both = attrs.evolve(two_goals(), spec="two goals")
    words = r"1 of 2 runs failed .* 'Local' does not support multi-objective.* fail whenever they are tried\.$"
    with pytest.raises(StudyError, match=words):
        Study([both, TOY], [Local], 1, tmp_path / "s.zarr").run()
    assert len(Study.open(tmp_path / "s.zarr").histories()) == 1


@pytest.mark.parametrize("backend", ["inline", "loky"])
def test_a_benchmark_is_loaded_once_for_runs_and_leaderboards(monkeypatch, tmp_path, capsys, backend) -> None:
    loads = []
    monkeypatch.setattr(toy, "toy_v1", lambda: loads.append(1) or toy_v1())
    study = Study([TOY], ["random"], 1, tmp_path / "s").run(backend=backend)
    study.leaderboard()
    show_leaderboards(study)
    assert loads == [1]
    opened = Study.open(tmp_path / "s").run(backend=backend)
    show_leaderboards(opened)
    assert loads == [1, 1]
    assert "random" in capsys.readouterr().out


def test_a_study_has_no_benchmark_but_its_own() -> None:
    made = toy_v1()
    assert Study([made], ["random"], 1).benchmark("toy/formula-v1") is made
    with pytest.raises(UnknownId, match=r"The study has no benchmark 'toy/formula-v2'\. Did you mean 'toy/formula-v1'"):
        Study([made], ["random"], 1).benchmark("toy/formula-v2")


def test_a_benchmark_changed_after_it_was_loaded_is_not_what_its_spec_names() -> None:
    loaded = nasapi.load_benchmark("toy/formula-v1")
    assert loaded.loaded
    assert not attrs.evolve(loaded, report_metrics=()).loaded
    assert attrs.evolve(loaded, id="mine/changed-v1").spec == "mine/changed-v1"
    assert parcels.portable_benchmark(attrs.evolve(loaded, report_metrics=())) != "toy/formula-v1"
