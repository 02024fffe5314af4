"""Trains the small ensembles of tests/small_nb301 with the packages of 2020 and saves them as the official ones were.

Run in an environment with Python 3.8 to 3.11, numpy below 1.24, xgboost 1.2.1 and lightgbm 3.1.1, on features made so:

    python -c "import numpy as np; from nasapi_darts.features import vectors; from nasapi_darts.space import DARTS; \
        np.save('features.npy', vectors(DARTS().sample(400, np.random.default_rng(5))))"
    python tools/small_models.py features.npy FOLDER

Writes FOLDER/nb_models and FOLDER/predictions.json, the members' predictions for the first 20 rows. Pickles, because
that is the layout under test.
"""

import json
import pickle
import sys
from pathlib import Path

import lightgbm
import numpy as np
import xgboost

FITTED = 320
"""Rows that are trained on; the others stop the training."""


def main(features: Path, folder: Path) -> None:
    """Two members of each ensemble, on made-up accuracies and seconds."""
    rows = np.load(features)
    accuracy, seconds = targets(rows)
    predictions = {}
    for number in range(2):
        for name, model, values in (
            ("xgb", "xgb", accuracy),
            ("lgb", "lgb", accuracy),
            ("lgb_runtime", "lgb_time", seconds),
        ):
            train = train_xgboost if model == "xgb" else train_lightgbm
            booster, settings, predicted = train(rows, values, 6 + number)
            place = folder / "nb_models" / f"{name}_v1.0" / str(number)
            place.mkdir(parents=True, exist_ok=True)
            (place / "surrogate_model.model").write_bytes(pickle.dumps(booster))
            settings = {"model": model, "param:bananas_enc": False, **settings}
            (place / "model_config.json").write_text(json.dumps(settings))
            (place / "data_config.json").write_text(json.dumps({"report_freq": 100, "seed": 6 + number}))
            predictions.setdefault(name, []).append(np.asarray(predicted, float).tolist())
    (folder / "predictions.json").write_text(json.dumps(predictions))


def targets(rows):
    """Numbers of the size of accuracies and seconds that depend on some features."""
    rng = np.random.default_rng(0)
    accuracy = 93 + 0.3 * np.tanh((rows[:, 10:22] * 0.2).sum(axis=1) - 2) + 0.1 * rows[:, 32:40].sum(axis=1) / 8
    return accuracy + rng.normal(0, 0.05, len(rows)), 4000 + 300 * rows[:, 33] + 200 * rows[:, 45]


def train_xgboost(rows, values, seed):
    """A booster, its settings and what it predicts."""
    settings = {"param:max_depth": 3, "param:min_child_weight": 1, "param:learning_rate": 0.3, "param:lambda": 1.0}
    options = {name.partition(":")[2]: value for name, value in settings.items()}
    options.update(objective="reg:squarederror", eval_metric="rmse", booster="gbtree", colsample_bytree=0.5, seed=seed)
    held = xgboost.DMatrix(rows[FITTED:], label=values[FITTED:])
    fitted = xgboost.DMatrix(rows[:FITTED], label=values[:FITTED])
    booster = xgboost.train(options, fitted, 30, evals=[(held, "val")], early_stopping_rounds=5, verbose_eval=False)
    return booster, settings, booster.predict(xgboost.DMatrix(rows[:20]))


def train_lightgbm(rows, values, seed):
    """A booster, its settings and what it predicts."""
    settings = {"param:num_leaves": 8, "param:learning_rate": 0.2, "param:max_bin": 336}
    options = {name.partition(":")[2]: value for name, value in settings.items()}
    options.update(objective="regression", metric="rmse", num_rounds=15, feature_fraction=0.5, min_data_in_leaf=5)
    options.update(seed=seed, verbose=-1)
    held = lightgbm.Dataset(rows[FITTED:], label=values[FITTED:])
    fitted = lightgbm.Dataset(rows[:FITTED], label=values[:FITTED])
    booster = lightgbm.train(options, fitted, valid_sets=[held], early_stopping_rounds=5, verbose_eval=False)
    return booster, settings, booster.predict(rows[:20])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
