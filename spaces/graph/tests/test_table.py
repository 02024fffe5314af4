"""The table of NAS-Bench-Graph: every value against the authors' files, and files that are not theirs."""

from __future__ import annotations

import hashlib
import io
import pickle
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nas_bench_graph
import numpy as np
import pytest
from nasapi_graph import TITLES
from nasapi_graph.importers.light import read_light
from nasapi_graph.objectives import objective
from nasapi_graph.space import NBGraph
from nasapi_graph.tables import SHA256, light_file

import nasapi
from nasapi.errors import CorruptData, InvalidOption, NotAvailable

PLAIN = {"valid_perf": 0.5, "perf": 0.25, "latency": 0.004, "para": 1.5}


class Greedy:
    """Does something when it is unpickled."""

    def __reduce__(self) -> Any:
        return print, ("this must not be seen",)


def written(folder: Path, content: Any) -> tuple[Path, str]:
    path = folder / "cora.bench"
    path.write_bytes(pickle.dumps(content))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("dataset", TITLES)
def test_every_value_is_the_authors_in_our_units(dataset: str) -> None:
    values = objective(dataset)
    stored = nas_bench_graph.light_read(dataset)
    codes = values.space.networks() if isinstance(values.space, NBGraph) else np.empty((0, 7))
    keys = values.space.keys(codes).tolist()
    assert sorted(keys) == sorted(stored)
    found = values.evaluate(codes)
    valid, test, latency, params = (found[metric.name] for metric in values.metrics)
    np.testing.assert_allclose(valid, [100 * stored[key]["valid_perf"] for key in keys], rtol=1e-12)
    np.testing.assert_allclose(test, [100 * stored[key]["perf"] for key in keys], rtol=1e-12)
    np.testing.assert_allclose(latency, [1000 * stored[key]["latency"] for key in keys], rtol=1e-12)
    np.testing.assert_allclose(params, [1e6 * stored[key]["para"] for key in keys], rtol=1e-9)


@pytest.mark.parametrize(
    ("dataset", "optimum"),
    [
        ("cora", 81.93),
        ("citeseer", 72.80),
        ("pubmed", 81.13),
        ("cs", 92.13),
        ("physics", 94.00),
        ("photo", 94.07),
        ("computers", 91.90),
        ("arxiv", 73.67),
        ("proteins", 85.33),
    ],
)
def test_the_optimum_is_the_best_value_of_the_file(dataset: str, optimum: float) -> None:
    benchmark = nasapi.load_benchmark(f"graph/{dataset}-v1")
    best = 100 * max(network["valid_perf"] for network in nas_bench_graph.light_read(dataset).values())
    assert benchmark.reference.optima == {benchmark.problem.goals[0].name: pytest.approx(best)}
    assert best == pytest.approx(optimum, abs=0.005)


def test_accuracies_say_which_data_they_are_of() -> None:
    for dataset, title in TITLES.items():
        descriptions = [metric.description for metric in objective(dataset).metrics if metric.split != "none"]
        assert len(descriptions) == 2 and all(f" on {title} " in words for words in descriptions)


def test_all_codes_of_a_network_have_its_values() -> None:
    values = objective("cora")
    codes = values.space.sample(500, np.random.default_rng(0))
    one, other = values.evaluate(codes), values.evaluate(values.space.canonical(codes))
    assert values.identity == "network"
    np.testing.assert_array_equal(one["valid_accuracy"], other["valid_accuracy"])


def test_trials_cost_nothing_since_no_times_were_published() -> None:
    values = objective("cora")
    assert (values.evaluate(values.space.sample(10, np.random.default_rng(0)))["cost"] == 0).all()


def test_no_code_of_the_space_of_proteins_lacks_a_value() -> None:
    values = objective("proteins")
    codes = np.concatenate(list(values.space.enumerate()))
    assert np.isfinite(values.evaluate(codes)["valid_roc_auc"]).all()


def test_an_unknown_data_set_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"NAS-Bench-Graph has no data set 'core'. Did you mean 'cora'"):
        objective("core")


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cora.bench"
    path.write_bytes(light_file("cora").read_bytes()[:-1000])
    with pytest.raises(CorruptData, match=r"has SHA-256 .* instead of 5e69b2f9bb08….*nas-bench-graph==1.4.0"):
        read_light(path, SHA256["cora"])


def test_a_file_with_code_is_refused_and_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CorruptData, match=r"asks for 'builtins.print', which could run code"):
        read_light(*written(tmp_path, {0: Greedy()}))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [7, [1, 2], {"a": PLAIN}, {0: 5}, {0: {"perf": 0.5}}])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(CorruptData, match=r"is not a light file of NAS-Bench-Graph.*wanted valid_perf, perf"):
        read_light(*written(tmp_path, content))


def test_nan_where_a_number_is_due_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match=r"has no number for 'latency' of network 17; get the file again"):
        read_light(*written(tmp_path, {3: PLAIN, 17: PLAIN | {"latency": float("nan")}}))


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path, digest = written(tmp_path, {3: PLAIN})
    first = read_light(path, digest)
    assert read_light(path, digest) is first and not first.valid.flags.writeable
    written(tmp_path, {3: PLAIN, 17: PLAIN})
    with pytest.raises(CorruptData, match="has SHA-256"):
        read_light(path, digest)


def test_a_missing_file_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasapi_graph.tables.find_spec", lambda name: None)
    with pytest.raises(NotAvailable, match=r"'cora.bench' of NAS-Bench-Graph is not here; run `pip install nas-bench"):
        light_file("cora")


def test_scalars_of_numpy_are_read_as_numbers(tmp_path: Path) -> None:
    found = read_light(*written(tmp_path, {3: {name: np.float64(value) for name, value in PLAIN.items()}}))
    assert (found.valid[0], found.test[0], found.latency[0], found.params[0]) == (50.0, 25.0, 4.0, 1_500_000.0)


def test_the_distribution_is_found_without_importing_it() -> None:
    spec = find_spec("nas_bench_graph")
    assert spec is not None and spec.origin is not None
    assert light_file("cora").parent.parent == Path(spec.origin).parent
    assert io.BytesIO(light_file("proteins").read_bytes()).getbuffer().nbytes == 245_616
