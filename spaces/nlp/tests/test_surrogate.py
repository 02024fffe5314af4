"""The surrogate: what it predicts, its error on networks left out, how it is kept, and its command."""

import json
import sys

import attrs
import click
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_nlp.cells import split
from nasapi_nlp.command import nlp
from nasapi_nlp.cross_validation import cross_validate
from nasapi_nlp.features import described
from nasapi_nlp.importers.official import import_ptb, import_wikitext2
from nasapi_nlp.predicted import Predicted, surrogate, surrogate_v1
from nasapi_nlp.space import NLP
from nasapi_nlp.surrogate import CEILING, Boosted, Settings, curves_of, fit
from nasapi_nlp.surrogate_files import load, save
from scipy.stats import kendalltau

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.tables import Column, write_table
from nasapi.testing import check, check_entry

pytest.importorskip("xgboost", reason="the surrogate needs xgboost-cpu")
SPACE = NLP()
GENERATED = NLP(draw="generator")
QUICK = Settings(components=3, rounds=40)
EPOCHS = 6


def logs(codes, rest=1000):
    """Training logs made by formula: cells with more matrices learn faster, but take longer."""
    from nasapi_nlp.features import parameters

    size = parameters(split(codes, 25)) / 1e6
    for number, (code, big) in enumerate(zip(codes, size, strict=True)):
        curve = [7.0 - 0.1 * big * (1 - 0.5 ** (epoch + 1)) for epoch in range(EPOCHS)]
        yield {
            "recepie": SPACE.format(code),
            "recepie_id": number,
            "status": "OK",
            "num_params": round(big * 1e6) + rest,
            "epochs": EPOCHS,
            "wall_times": [float(big) + 1e-6 * number] * EPOCHS,  # no run takes exactly as long as another
            "train_losses": [loss - 0.2 for loss in curve],
            "val_losses": curve,
            "test_losses": [loss + 0.1 for loss in curve],
        }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A table of 80 networks whose losses follow from their sizes."""
    folder = tmp_path_factory.mktemp("logs")
    for each in logs(GENERATED.sample(80, np.random.default_rng(0))):
        (folder / f"{each['recepie_id']}.json").write_text(json.dumps(each))
    return import_ptb(folder, tmp_path_factory.mktemp("tables") / "made.zarr")


@pytest.fixture(scope="module")
def fitted(made):
    return fit(curves_of(made), QUICK)


def test_the_objective_of_a_surrogate_keeps_the_rules(fitted):
    report = check(Predicted(fitted))
    assert report.ok, str(report)


def test_the_benchmark_of_a_surrogate_keeps_the_rules(fitted, tmp_path):
    save(fitted, tmp_path / "kept")
    report = check_entry("benchmark", "nlp/surrogate-v1", {"path": str(tmp_path / "kept")})
    assert report.ok, str(report)


def test_what_was_fitted_is_predicted(made, fitted):
    losses, seconds = fitted.curves(made["cell"].astype(np.int64))
    measured = np.stack([made[f"{name}_loss"] for name in ("train", "valid", "test")], axis=1)
    assert np.abs(losses - measured).mean() < 0.05
    assert kendalltau(seconds, made["epoch_seconds"][:, 0]).statistic > 0.8


def test_unseen_cells_are_ranked_rightly(fitted):
    codes = GENERATED.sample(200, np.random.default_rng(1))
    truth = np.array([each["val_losses"][-1] for each in logs(codes)])
    predicted = Predicted(fitted).evaluate(codes)["valid_perplexity"]
    assert kendalltau(predicted, np.exp(truth)).statistic > 0.7


def test_the_same_settings_give_the_same_predictions(made, fitted):
    codes = GENERATED.sample(20, np.random.default_rng(2))
    np.testing.assert_array_equal(fit(curves_of(made), QUICK).curves(codes)[0], fitted.curves(codes)[0])


def test_values_are_predictions_of_the_best_epoch_so_far(fitted):
    codes = GENERATED.sample(20, np.random.default_rng(3))
    losses, seconds = fitted.curves(codes)
    objective = Predicted(fitted)
    for level in (1, 4, EPOCHS):
        values = objective.evaluate(codes, level)
        best = losses[:, 1, :level].argmin(axis=1)
        np.testing.assert_allclose(values["valid_perplexity"], np.exp(losses[:, 1, :level].min(axis=1)))
        np.testing.assert_allclose(values["test_perplexity"], np.exp(losses[np.arange(20), 2, best]))
        np.testing.assert_allclose(values["cost"], level * seconds)


def test_parameters_are_exact_where_the_rest_is_known(made, fitted):
    codes = made["cell"].astype(np.int64)
    np.testing.assert_array_equal(Predicted(fitted).evaluate(codes)["params"], made["params"])
    other = Predicted(attrs.evolve(fitted, rest=None))
    assert "params" in other.missing and "params" not in other.evaluate(codes)


def test_everything_says_that_it_is_predicted(fitted, tmp_path):
    save(fitted, tmp_path / "kept")
    benchmark = surrogate_v1(str(tmp_path / "kept"))
    message = [metric for metric in benchmark.objective.metrics if metric.name != "params"]
    assert all("predicted" in metric.description for metric in message)
    assert benchmark.reference.predicted and benchmark.description.startswith("Predicted, not measured")
    assert "predictions of a surrogate" in benchmark.reference.source and not benchmark.reference.optima


def test_errors_are_of_networks_left_out(made):
    curves = curves_of(made)
    scores = cross_validate(curves, QUICK, 4, np.random.default_rng(0))
    scrambled = attrs.evolve(curves, losses=curves.losses[np.random.default_rng(1).permutation(len(curves))])
    noise = cross_validate(scrambled, QUICK, 4, np.random.default_rng(0))
    assert scores["epochs"] == [1, 2, 5, 6] and scores["tau"][-1] > 0.7 and scores["R2"][-1] > 0.7
    assert scores["tau interval"][0] < scores["tau"][-1] < scores["tau interval"][1]
    assert abs(noise["tau"][-1]) < 0.3 and noise["R2"][-1] < 0.3  # a leak would make these high


def test_losses_without_meaning_count_as_the_ceiling(tmp_path, made):
    columns = {name: Column(made[name], "", split="none") for name in made}
    wild = np.array(made["valid_loss"])
    wild[0] = 24.0
    columns["valid_loss"] = Column(wild, "")
    table = write_table(tmp_path / "wild.zarr", columns, space="nlp")
    assert curves_of(table).losses.max() == CEILING


def test_the_real_runs_are_predicted_better_than_by_chance(archive, tmp_path):
    curves = curves_of(import_wikitext2(archive, tmp_path / "t.zarr"))
    scores = cross_validate(curves, Settings(components=2, rounds=60, rate=0.1), 3, np.random.default_rng(0))
    assert len(curves) == 263 and curves.rest == 13_344_478
    assert scores["tau interval"][0] > 0.3


def test_a_kept_surrogate_predicts_the_same(fitted, tmp_path):
    codes = GENERATED.sample(30, np.random.default_rng(4))
    for _ in range(2):  # the second replaces the first
        save(attrs.evolve(fitted, about={"table": "made"}), tmp_path / "kept")
    again = load(tmp_path / "kept")
    np.testing.assert_array_equal(again.losses(np.empty((0, 146))).shape, (0, 3, EPOCHS))
    for one, other in zip(again.curves(codes), fitted.curves(codes), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.about == {"table": "made"} and sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_nothing_of_a_kept_surrogate_is_a_pickle(fitted, tmp_path):
    save(fitted, tmp_path / "kept")
    names = {path.name for path in (tmp_path / "kept").iterdir()}
    assert names == {"surrogate.json", "curves.npz", *(f"trees-{number}.json" for number in range(4))}
    for tree in (tmp_path / "kept").glob("*.json"):
        json.loads(tree.read_bytes())
    np.load(tmp_path / "kept/curves.npz", allow_pickle=False).close()


def damage(path, how):
    if how == "flip":
        content = bytearray((path / "trees-1.json").read_bytes())
        content[100] ^= 1
        (path / "trees-1.json").write_bytes(content)
    elif how == "lost":
        (path / "curves.npz").unlink()
    else:
        header = json.loads((path / "surrogate.json").read_bytes())
        how(header)
        (path / "surrogate.json").write_text(json.dumps(header))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("flip", "trees-1.json' is not what was written: its SHA-256 differs. Fit the surrogate again"),
        ("lost", "curves.npz' cannot be read: No such file or directory"),
        (lambda header: header.pop("files"), "has no 'files'"),
        (
            lambda header: header.update(features=99),
            r"has layout, space and features \(1, 'nlp', 99\); this",
        ),
        (lambda header: header["files"].pop("trees-2.json"), "lacks a part: 'trees-2.json'. Fit it again"),
    ],
)
def test_a_damaged_surrogate_is_refused(fitted, tmp_path, how, message):
    save(fitted, tmp_path / "kept")
    damage(tmp_path / "kept", how)
    with pytest.raises(CorruptData, match=message):
        load(tmp_path / "kept")


def test_a_surrogate_never_replaces_other_files(fitted, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match=r"exists and is no surrogate, for it holds 'thesis.txt'; give a place where"):
        save(fitted, tmp_path / "mine")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        save(fitted, tmp_path / "mine/thesis.txt/kept")
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"


def test_a_surrogate_that_is_not_here_says_how_to_fit_one(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="to fit one, run `nasapi nlp train-surrogate TABLE -o "):
        surrogate()


def test_what_was_fitted_predicts_as_xgboost_does_to_the_last_digit(made, fitted):
    import xgboost

    features = described(split(GENERATED.sample(300, np.random.default_rng(3)), 25))
    measured = curves_of(made).features
    for given in (features, measured):
        found = fitted.seconds(given)
        booster = xgboost.Booster(model_file=bytearray(fitted.trees[-1].text))
        wanted = np.exp(np.asarray(booster.predict(xgboost.DMatrix(given)), np.float64))
        assert found.tolist() == wanted.tolist()


def test_without_xgboost_it_predicts_but_is_not_fitted(made, fitted, tmp_path, monkeypatch):
    save(fitted, tmp_path / "kept")
    monkeypatch.setitem(sys.modules, "xgboost", None)
    codes = made["cell"].astype(np.int64)[:5]
    np.testing.assert_array_equal(load(tmp_path / "kept").curves(codes)[0], fitted.curves(codes)[0])
    with pytest.raises(NotAvailable, match=r"run `pip install 'nasapi-nlp\[surrogate\]'`"):
        fit(curves_of(made), QUICK)


def test_trees_that_are_no_trees_are_refused_with_the_first_prediction(fitted, made):
    codes = made["cell"].astype(np.int64)[:1]
    for text, message in (
        (b"{", "trees-0.json' is no JSON"),
        (b"[]", "trees-0.json' is no model of XGBoost's"),
        (b'{"learner": {}}', "trees-0.json' is no model of XGBoost's: KeyError"),
        (fitted.trees[0].text.replace(b'"num_feature":"', b'"num_feature":"1'), "trees-0.json' takes 1"),
    ):
        trees = [Boosted(text, "'trees-0.json'"), *fitted.trees[1:]]
        with pytest.raises(CorruptData, match=message):
            attrs.evolve(fitted, trees=trees).curves(codes)


def test_a_surrogate_is_fitted_as_those_were_whose_errors_are_published():
    assert attrs.asdict(Settings()) == {
        "components": 6,
        "rounds": 300,
        "rate": 0.05,
        "depth": 4,
        "rows": 0.8,
        "columns": 0.5,
        "seed": 0,
    }


@pytest.mark.parametrize("options", [{"components": 0}, {"rounds": -1}])
def test_settings_out_of_range_are_refused(options):
    name, value = next(iter(options.items()))
    with pytest.raises(InvalidOption, match=f"at least 1 of '{name}', not {value}"):
        Settings(**options)


def test_more_components_than_curves_have_are_refused(made):
    curves = curves_of(made)
    most = min(len(curves) - 1, 3 * curves.losses.shape[2])
    with pytest.raises(InvalidOption, match=rf"have {most} main components, and {most + 1} were asked for"):
        fit(curves, attrs.evolve(QUICK, components=most + 1))


def test_numbers_of_parts_out_of_range_are_refused(made):
    with pytest.raises(InvalidOption, match="Networks are left out in 2 to 78 parts, not 81"):
        cross_validate(curves_of(made), QUICK, 81, np.random.default_rng(0))


def test_tables_that_are_no_logs_or_too_short_are_refused(made, tmp_path):
    other = write_table(tmp_path / "other.zarr", {"a": Column(np.zeros(3), "")}, space="nlp")
    with pytest.raises(InvalidOption, match="is no table of nlp logs; give one that `nasapi data` imported"):
        curves_of(other)
    columns = {name: Column(made[name][:19], "") for name in made}
    few = write_table(tmp_path / "few.zarr", columns, space="nlp")
    with pytest.raises(InvalidOption, match="has 19 networks that were trained to the end; a surrogate needs"):
        curves_of(few)


def test_the_command_fits_measures_and_keeps(made, tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    quick = ["--folds", "3", "--components", "2", "--rounds", "20"]
    done = CliRunner().invoke(nlp, ["train-surrogate", str(made.path), *quick], catch_exceptions=False)
    assert done.exit_code == 0 and "3 parts; tau over all epochs" in done.output
    kept = load(tmp_path / "nlp-surrogate")
    assert kept.about["left out"]["folds"] == 3 and kept.about["networks"] == 78
    assert f"Kendall tau is {kept.about['left out']['tau'][-1]:.3f}" in surrogate_v1().description


def test_the_command_prints_json(made, tmp_path):
    arguments = [
        "train-surrogate",
        str(made.path),
        "-o",
        str(tmp_path / "kept"),
        "--rounds",
        "5",
        "--folds",
        "2",
        "--json",
    ]
    done = CliRunner().invoke(nlp, arguments, catch_exceptions=False)
    assert json.loads(done.output)["left out"]["folds"] == 2


@pytest.mark.parametrize("place", ["mine", "nodir/../mine", "mine/thesis.txt", ".", "/", "x" * 300])
def test_the_command_refuses_a_place_before_it_fits(made, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    unending = ["train-surrogate", str(made.path), "-o", place, "--rounds", "1000000000"]
    done = CliRunner().invoke(nlp, unending, standalone_mode=False)
    assert isinstance(done.exception, StoreError | click.UsageError), done.exception
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "thesis.txt"]
