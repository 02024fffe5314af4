"""The tables of devices: published values, cells that cannot run, limits that nothing keeps."""

from __future__ import annotations

import re

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_latency.devices import DATASETS, DEVICES, described
from nasapi_latency.sources import CIFAR10
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.space import NB201

import nasapi
from nasapi.cli.main import cli
from nasapi.data import place_of
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.tables import Column, Table, write_table

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))


def test_the_verb_is_one_of_nasapi() -> None:
    shown = CliRunner().invoke(cli, ["hardware", "--help"]).output
    assert "Search for accurate networks that are fast on a device" in shown and "generated" in shown


@pytest.mark.parametrize(
    ("verb", "defaults"),
    [
        ("table", ["edgegpu", "30; x>=2", "1; x>=1"]),
        ("generated", ["pixel3", "agnet", "10; x>=2"]),
        ("figures", ["cifar10", "edgegpu", "4.0", "30; x>=2", "1; x>=1", "hardware"]),
    ],
)
def test_each_verb_names_its_defaults_and_bounds(verb, defaults) -> None:
    shown = " ".join(CliRunner().invoke(cli, ["hardware", verb, "--help"]).output.split())
    assert [words for words in re.findall(r"\[default: ([^]]*)\]", shown) if words != "2, 4, 6, 8"] == defaults


@pytest.mark.usefixtures("table")
def test_sums_over_operations_are_derived_and_what_boards_took_is_measured() -> None:
    for device in DEVICES:
        metrics = nasapi.load_objective("nb201/hardware", device=device).metrics
        origins = {metric.origin for metric in metrics if metric.name in ("latency", "energy")}
        derived = "derived: a sum over a cell's operations, each of which was estimated by its makers"
        assert origins == {derived if device in ("eyeriss", "fpga") else "measured"}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("device", DEVICES)
def test_values_are_those_published_in_the_official_order(device, published) -> None:
    found = nasapi.load_objective("nb201/hardware", device=device).evaluate(EVERY)
    for measure in DEVICES[device].measures:
        np.testing.assert_array_equal(found[measure], published[f"{device}_{measure}"])


@pytest.mark.usefixtures("table")
def test_the_first_cell_has_the_latencies_of_the_authors_example() -> None:
    found = {
        device: float(nasapi.load_objective("nb201/hardware", device=device).evaluate(EVERY[:1])["latency"][0])
        for device in DEVICES
    }
    published = {"edgegpu": 5.8074, "raspi4": 10.482, "edgetpu": 0.95718, "pixel3": 3.60585, "eyeriss": 3.64562}
    assert found == pytest.approx({**published, "fpga": 2.57296}, rel=1e-4)


@pytest.mark.usefixtures("table")
def test_every_metric_states_unit_batch_input_and_device() -> None:
    latency, energy = nasapi.load_objective("nb201/hardware", device="fpga").metrics
    assert (latency.unit, energy.unit) == ("ms", "mJ")
    assert "one image of 3 x 32 x 32 (batch 1) on the FPGA" in latency.description


@pytest.mark.usefixtures("table")
def test_a_measure_that_a_device_lacks_is_not_available() -> None:
    objective = nasapi.load_objective("nb201/hardware", device="pixel3")
    with pytest.raises(NotAvailable, match="'energy' is not here: HW-NAS-Bench publishes no energy of the Pixel 3"):
        objective.metric("energy")


@pytest.mark.usefixtures("table")
def test_a_cell_that_the_edge_tpu_cannot_run_fails_with_a_sentence_and_is_infeasible(published) -> None:
    unsupported = int(np.isnan(published["edgetpu_latency"]).argmax())
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgetpu-v1")
    trials = benchmark.problem.trials(EVERY[[unsupported]])
    result = benchmark.evaluate(trials)[0]
    assert result.values == {}
    assert result.error == "The Edge TPU cannot run this cell, so HW-NAS-Bench has no latency of it."
    assert np.isposinf(benchmark.problem.violations([result])).all()


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("limit", "share", "accuracy"), [(2, 0.052, 89.038), (4, 0.225, 91.112), (8, 0.996, 91.607)])
def test_feasible_share_and_best_accuracy_within_a_limit_are_those_of_the_tables(
    limit, share, accuracy, published
) -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", limit=limit)
    values = nasapi.load_objective("nb201/cifar10").evaluate(EVERY)["valid_accuracy"]
    kept = published["edgegpu_latency"] <= limit
    assert kept.mean() == pytest.approx(share, abs=5e-4)
    assert benchmark.reference.optima == {"valid_accuracy": values[kept].max()}
    assert values[kept].max() == pytest.approx(accuracy, abs=5e-4)


@pytest.mark.usefixtures("table")
def test_a_cell_that_takes_just_as_long_as_is_allowed_keeps_the_limit(published) -> None:
    values = nasapi.load_objective("nb201/cifar10").evaluate(EVERY)["valid_accuracy"]
    best = int(values.argmax())
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", limit=float(published["edgegpu_latency"][best]))
    assert benchmark.reference.optima == {"valid_accuracy": values[best]}


def test_every_published_network_has_its_images() -> None:
    assert DATASETS.keys() == NETWORKS.keys()
    assert "one image of 3 x 16 x 16 (batch 1) on the Raspberry Pi 4" in described(
        "imagenet16-120", "raspi4", "latency"
    )


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("device", DEVICES)
def test_the_devices_own_limit_leaves_about_a_quarter_of_the_cells(device, published) -> None:
    share = (published[f"{device}_latency"] <= DEVICES[device].limit).mean()
    assert 0.15 < share < 0.27


@pytest.mark.usefixtures("table")
def test_joint_makes_latency_a_second_goal_with_the_limit_as_reference_point() -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1[joint=1,limit=6]")
    assert [goal.name for goal in benchmark.problem.goals] == ["valid_accuracy", "latency"]
    assert benchmark.reference.point == {"valid_accuracy": 10.0, "latency": 6.0}
    assert set(benchmark.reference.optima) == {"valid_accuracy", "latency"}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("spec", "reported"),
    [
        ("nb201/cifar10-edgegpu-v1[limit=2]", ("test_accuracy", "latency", "energy")),
        ("nb201/cifar10-edgegpu-v1[joint=1,limit=2]", ("test_accuracy", "energy")),
        ("nb201/cifar10-pixel3-v1", ("test_accuracy", "latency")),
    ],
)
def test_a_benchmark_says_what_it_reports_and_of_whom_it_is(spec, reported) -> None:
    benchmark = nasapi.load_benchmark(spec)
    assert benchmark.report_metrics == (*reported, "params", "multiply_additions")
    assert benchmark.problem.budget.limit == 192
    assert benchmark.reference.licence == "MIT"
    assert "ICLR 2020" in benchmark.reference.source and "ICLR 2021" in benchmark.reference.source
    assert {anchor.metric for anchor in benchmark.reference.anchors} >= {"latency", "test_accuracy"}
    if "limit=2" in spec:
        assert "within 2 ms; 5.2% of the cells are feasible. Latency in ms" in benchmark.description


@pytest.mark.usefixtures("table")
def test_without_a_limit_there_is_no_constraint_and_the_slowest_cell_is_the_reference(published) -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1[joint=1,limit=inf]")
    assert benchmark.problem.constraints == ()
    assert benchmark.reference.point["latency"] == published["edgegpu_latency"].max()


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("joint", [0, 1])
def test_a_limit_that_nothing_keeps_is_survived(joint) -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", limit=0.1, joint=joint, budget=40)
    history = nasapi.run(benchmark, nasapi.load_strategy("random"), seed=0)
    assert benchmark.reference.optima == {}
    assert len(history) == 40 and len(history.front()) == 0
    assert history.violation.min() == pytest.approx(history.values["latency"].min() - 0.1)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("limit", [0, -2.0, "fast", float("nan"), True])
def test_a_limit_that_is_no_time_is_refused(limit) -> None:
    with pytest.raises(InvalidOption, match="`limit` is a number of milliseconds above 0, or inf"):
        nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", limit=limit)


@pytest.mark.usefixtures("table")
def test_an_unknown_joint_is_refused() -> None:
    with pytest.raises(InvalidOption, match="`joint` is 0"):
        nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", joint=2)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"device": "edgegpus"}, "no device 'edgegpus'. Did you mean 'edgegpu'"),
        ({"dataset": "cifar"}, "no data set 'cifar'"),
    ],
)
def test_an_unknown_device_or_data_set_offers_near_names(option, message) -> None:
    with pytest.raises(InvalidOption, match=message):
        nasapi.load_objective("nb201/hardware", **option)


@pytest.mark.usefixtures("no_table")
def test_without_the_table_the_command_that_gets_it_is_named() -> None:
    with pytest.raises(
        NotAvailable, match=r"`nasapi data import hw-nas-bench FILE`\. For CIFAR-10 alone, `nasapi data"
    ):
        nasapi.load_benchmark("nb201/cifar10-edgegpu-v1")


@pytest.mark.usefixtures("table")
def test_a_data_set_that_the_table_lacks_is_not_available() -> None:
    with pytest.raises(NotAvailable, match="HW-NAS-Bench on ImageNet16-120 is not here"):
        nasapi.load_benchmark("nb201/imagenet16-120-edgegpu-v1")


def test_an_imported_table_of_other_cells_is_refused(data_folder, no_table) -> None:
    table = Table(data_folder / "hw-nas-bench-cifar10.zarr")
    columns = {name: Column(table[name][::-1] if name == "codes" else table[name], "") for name in table}
    write_table(place_of(CIFAR10), columns, space="nb201")
    with pytest.raises(CorruptData, match="lists other cells; import it again"):
        nasapi.load_objective("nb201/hardware")


@pytest.mark.usefixtures("table")
def test_few_networks_have_many_feasible_codes_as_dead_edges_cost_time(published) -> None:
    kept = EVERY[published["edgegpu_latency"] <= 2]
    assert len(kept) == 816
    assert len(np.unique(SPACE.canonical(kept), axis=0)) == 5


@pytest.mark.usefixtures("table")
def test_query_says_why_a_latency_lacks() -> None:
    arguments = ["query", "nb201/hardware[device=edgetpu]", "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"]
    shown = CliRunner().invoke(cli, arguments)
    assert "latency lacks in some rows: The Edge TPU cannot run this cell" in shown.stderr
