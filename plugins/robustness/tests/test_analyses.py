"""The analyses: their numbers against direct computation, their files, and what they say when data are not there."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from nasapi_robustness import correlations, distributions, ranking
from nasapi_robustness.collection import Robustness
from nasapi_robustness.commands import command
from nasapi_robustness.measure import MEAN_ADVERSARIAL, Measure

from nasapi.cli.main import cli
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.testing import shared_data


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def lines(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def proxy_file() -> Path:
    return shared_data("nb201/zero_cost.npz", "the training-free proxies")


def test_distributions_are_over_the_evaluated_cells(cifar10: Robustness) -> None:
    found = {(row[0], row[1]): row for row in distributions.rows(distributions.distributions(cifar10))}
    accuracy = cifar10.values(Measure("pgd", 1.0))
    _, _, mean, lowest, _, _, middle, _, _, highest = found["pgd", 1.0]
    assert (mean, lowest, middle, highest) == pytest.approx(
        (accuracy.mean(), accuracy.min(), np.median(accuracy), accuracy.max())
    )
    assert len(found) == 1 + 11 + 3 * 7 + 15 * 5


def test_distributions_write_a_table_and_two_figures(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    assert invoke("distributions", "-o", str(tmp_path)).exit_code == 0
    assert {path.name for path in tmp_path.glob("[!.]*")} == {
        "cifar10-distributions.csv",
        *(f"cifar10-{what}.{kind}" for what in ("attacks", "corruptions") for kind in ("svg", "png")),
    }
    assert len(lines(tmp_path / "cifar10-distributions.csv")) == 1 + 3 + 5
    assert (tmp_path / "cifar10-attacks.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("analysis", ["best", "top --by clean"])
def test_all_files_are_there_before_anything_is_printed(
    analysis: str, made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))

    def left(*_: object, **__: object) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as reader, pytest.raises(BrokenPipeError):
        reader.setattr("click.echo", left)
        command.main([*analysis.split(), "-o", str(tmp_path)], standalone_mode=False)
    made = {path.name for path in tmp_path.glob("[!.]*")}
    printed = invoke(*analysis.split(), "-o", str(tmp_path)).stdout.splitlines()
    assert made == {Path(line).name for line in printed if line.startswith(str(tmp_path))}


def test_where_there_are_no_corruptions_their_figure_is_left_out_and_reported(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    found = invoke("distributions", "--dataset", "imagenet16-120", "-o", str(tmp_path))
    assert "There are no corruptions on imagenet16-120" in found.stderr
    assert not (tmp_path / "imagenet16-120-corruptions.png").exists()


def test_plates_without_data_are_refused(made_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    clean = distributions.distributions(Robustness.open("imagenet16-120"))[:1]
    with pytest.raises(NotAvailable, match="There are no corruptions on ImageNet16-120"):
        distributions.corruption_figure(clean, "imagenet16-120")
    with pytest.raises(NotAvailable, match="There are no attacks on ImageNet16-120"):
        distributions.attack_figure(clean, "imagenet16-120")


def test_kendall_agrees_with_counting_pairs() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.permutation(40).astype(float), rng.permutation(40).astype(float)
    signs = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
    assert correlations.kendall(a, b) == pytest.approx(signs.sum() / (40 * 39))
    assert np.isnan(correlations.kendall(a, np.ones(40)))
    assert correlations.kendall(np.append(a, np.nan), np.append(b, 1.0)) == pytest.approx(correlations.kendall(a, b))


def test_proxies_are_taken_by_official_index(cifar10: Robustness, proxy_file: Path) -> None:
    found = correlations.read_proxies(proxy_file, cifar10)
    with np.load(proxy_file) as file:
        np.testing.assert_array_equal(found["naswot"], file["cifar10_naswot"][cifar10.cells])
    assert not any("time" in name for name in found)
    clean = cifar10.values(Measure())
    assert correlations.kendall(found["naswot"], clean) > 0.5 > correlations.kendall(found["skip"], clean)


def test_proxies_of_other_cells_are_refused(cifar10: Robustness, tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"There is no file .* of training-free proxies"):
        correlations.read_proxies(tmp_path / "none.npz", cifar10)
    (tmp_path / "text.npz").write_text("no columns")
    with pytest.raises(CorruptData, match=r"is no archive of numpy arrays"):
        correlations.read_proxies(tmp_path / "text.npz", cifar10)
    np.savez(tmp_path / "few.npz", idx=np.arange(10), cifar10_a=np.ones(10))
    with pytest.raises(CorruptData, match="covers other cells: its 'idx' must list 0 to 15624"):
        correlations.read_proxies(tmp_path / "few.npz", cifar10)
    np.savez(tmp_path / "short.npz", idx=np.arange(15_625), cifar10_a=np.ones(10))
    with pytest.raises(CorruptData, match=r"Column 'cifar10_a' of .* is not one number for each of 15625 cells"):
        correlations.read_proxies(tmp_path / "short.npz", cifar10)
    np.savez(tmp_path / "other.npz", idx=np.arange(15_625), cifar100_a=np.ones(15_625))
    with pytest.raises(NotAvailable, match="has no proxies on 'cifar10'; its columns are"):
        correlations.read_proxies(tmp_path / "other.npz", cifar10)


def test_correlations_write_both_matrices(made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    proxies = tmp_path / "proxies.npz"
    np.savez(proxies, idx=np.arange(15_625), cifar10_rank=np.arange(15_625.0), cifar10_rank_time_s=np.ones(15_625))
    invoke("correlations", "-o", str(tmp_path / "out"), "--proxies", str(proxies))
    matrix = {row["tau"]: row for row in lines(tmp_path / "out" / "cifar10-correlations.csv")}
    assert list(matrix) == ["clean", "FGSM 1", "FGSM 8", "fog"]
    assert float(matrix["clean"]["fog"]) == pytest.approx(1)
    assert matrix["clean"]["FGSM 8"] == "", "no number where one does not vary"
    assert [row["tau"] for row in lines(tmp_path / "out" / "cifar10-proxies.csv")] == ["parameters", "FLOPs", "rank"]
    assert (tmp_path / "out" / "cifar10-proxies.png").exists()


@pytest.mark.parametrize("option", ["--sample=5", "--seed=1"])
def test_a_sample_of_nothing_is_refused(option: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="--sample and --seed draw the cells of --compute; give that too"):
        invoke("correlations", "-o", str(tmp_path), option)


def test_the_figure_has_no_more_cells_than_can_be_read(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    monkeypatch.setattr("nasapi_robustness.commands._DRAWN", 2)
    for count in ("2", "4"):
        invoke("top", "-o", str(tmp_path / count), "-n", count, "--by", "clean")
    few, many = (tmp_path / count / "cifar10-top-clean" for count in ("2", "4"))
    assert few.with_suffix(".png").read_bytes() == many.with_suffix(".png").read_bytes()
    assert [len(lines(one.with_suffix(".csv"))) for one in (few, many)] == [2, 4]


def test_proxies_are_computed_for_a_sample(made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nasapi_proxies")
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    invoke("correlations", "-o", str(tmp_path), "--compute", "parameters", "--sample", "5")
    assert [row["tau"] for row in lines(tmp_path / "cifar10-proxies.csv")] == ["parameters, 5 cells"]
    computed = lines(tmp_path / "cifar10-computed-proxies.csv")
    assert len(computed) == 5 and all(float(row["parameters"]) > 5e4 for row in computed)
    robustness = Robustness.open("cifar10")
    own = correlations.computed_proxies(robustness, ["parameters"], 5, 0)
    assert [row["cell"] for row in computed] == [str(row[0]) for row in correlations.computed_rows(robustness, own)]
    with pytest.raises(InvalidOption, match="fewer than the 99,999 of the sample"):
        invoke("correlations", "-o", str(tmp_path), "--compute", "parameters", "--sample", "99999")


def test_confidence_curves_start_at_the_clean_images(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    invoke("confidence", "-o", str(tmp_path))
    found = {
        (row["attack"], row["kind"], float(row["strength"])): row for row in lines(tmp_path / "cifar10-confidence.csv")
    }
    assert float(found["fgsm", "predicted", 0.0]["mean"]) == pytest.approx(0.95)
    assert float(found["fgsm", "predicted", 8.0]["mean"]) == pytest.approx(0.7)
    assert float(found["fog", "mean", 5.0]["mean"]) == pytest.approx(0.5)
    assert ("fog", "mean", 0.0) not in found
    assert (tmp_path / "cifar10-confidence.svg").read_text().startswith("<?xml")


@pytest.mark.usefixtures("imported")
def test_absent_confidences_are_reported(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="There are no confidences on CIFAR-10 in the table; put the files"):
        invoke("confidence", "-o", str(tmp_path))


def test_the_best_cells_are_drawn_with_their_values(imported: Path, tmp_path: Path) -> None:
    shown = invoke("best", "-o", str(tmp_path)).output
    assert "13714" in shown and "9890" in shown and "3456" in shown
    drawn = (tmp_path / "cifar10-best.svg").read_text()
    assert drawn.count("<svg ") == 5
    assert "best adversarial: #9890" in drawn
    rows = lines(tmp_path / "cifar10-best.csv")
    assert [row["best by"] for row in rows] == ["clean", "adversarial", "pooled", "corruption"]
    assert rows[2]["index"] == "6118"
    assert float(rows[1]["mean_adversarial_accuracy"]) == pytest.approx(43.975)


def test_cells_are_ranked_by_what_the_data_set_has(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    invoke("best", "--dataset", "imagenet16-120", "-o", str(tmp_path))
    assert [row["best by"] for row in lines(tmp_path / "imagenet16-120-best.csv")] == ["clean"]


def test_neighbours_differ_in_one_edge(cifar10: Robustness) -> None:
    centre = ranking.best(cifar10, "clean")
    around = ranking.neighbours(cifar10, centre.codes[0])
    assert len(around.index) == 24
    assert ((around.codes != centre.codes[0]).sum(axis=1) == 1).all()
    assert (around.values["clean"] <= centre.values["clean"]).all()
    rows = cifar10.rows(around.codes)
    np.testing.assert_array_equal(around.values["adversarial"], cifar10.values(MEAN_ADVERSARIAL)[rows])


def test_neighbours_write_the_cell_first(imported: Path, tmp_path: Path) -> None:
    invoke("neighbours", "--by", "adversarial", "-o", str(tmp_path))
    rows = lines(tmp_path / "cifar10-neighbours-adversarial.csv")
    assert rows[0]["index"] == "9890"
    assert len(rows) == 25
    assert (tmp_path / "cifar10-neighbours-adversarial.png").exists()


def test_the_top_cells_keep_to_the_limit_and_are_the_best_that_do(cifar10: Robustness) -> None:
    found = ranking.best(cifar10, "adversarial", 20, 400_000)
    everything = ranking.ranked(cifar10, cifar10.codes)
    small = np.sort(everything.values["adversarial"][everything.params <= 400_000])[::-1]
    np.testing.assert_allclose(found.values["adversarial"], small[:20])
    assert (found.params <= 400_000).all()


def test_top_writes_its_files(imported: Path, tmp_path: Path) -> None:
    invoke("top", "--by", "corruption", "--params", "300000", "-n", "5", "-o", str(tmp_path))
    rows = lines(tmp_path / "cifar10-top-corruption.csv")
    assert len(rows) == 5
    assert all(float(row["params"]) <= 300_000 for row in rows)
    assert (tmp_path / "cifar10-top-corruption.svg").exists()


def test_limits_and_measures_that_fit_no_cell_are_refused(cifar10: Robustness) -> None:
    with pytest.raises(InvalidOption, match="No network has at most 1,000 parameters; the smallest has 73,306"):
        ranking.best(cifar10, "clean", 20, 1000)
    with pytest.raises(InvalidOption, match=r"Cells are not ranked by 'cleen'\. Did you mean 'clean'"):
        ranking.best(cifar10, "cleen")
    with pytest.raises(InvalidOption, match="At least 1 cell is ranked, not 0"):
        ranking.best(cifar10, "clean", 0)


@pytest.mark.usefixtures("imported")
def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        invoke("best", "-o", str(tmp_path / "file" / "folder"))


def test_the_verb_is_found_on_the_command_line() -> None:
    found = CliRunner().invoke(cli, ["robustness", "--help"])
    assert found.exit_code == 0
    assert all(name in found.output for name in ("distributions", "confidence", "correlations", "best", "top"))
