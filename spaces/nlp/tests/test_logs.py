"""Training logs read: zips in the official layout that the tests write, and files that are not as they should be."""

import json
import os
import zipfile

import numpy as np
import pytest
from nasapi_nlp.importers.logs import read_runs
from nasapi_nlp.importers.official import import_ptb, import_wikitext2
from nasapi_nlp.networks import Networks
from nasapi_nlp.objectives import Measured

from nasapi.errors import CorruptData

RNN = '{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_tanh", "input": ["f"]}}'
SAME = '{"g": {"op": "linear", "input": ["h_prev_0", "x"]}, "h_new_0": {"op": "activation_tanh", "input": ["g"]}}'
GATE = '{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_sigm", "input": ["f"]}}'


def log(number=0, recipe=RNN, epochs=3, **changes):
    """A training log with the fields of the official ones."""
    fields = {
        "data": "data/ptb",
        "recepie_id": number,
        "cuda": True,
        "model": "CustomRNN",
        "epochs": epochs,
        "recepie": recipe,
        "experiment_id": 999_999_000 + number,
        "init_time": "2020-04-01_12-00-00",
        "num_params": 5_000_000,
        "wall_times": [10.0 + number] * epochs,
        "train_losses": [6.0 - epoch for epoch in range(epochs)],
        "val_losses": [6.5 - epoch for epoch in range(epochs)],
        "test_losses": [6.4 - epoch for epoch in range(epochs)],
        "status": "OK",
    }
    return fields | changes


def failed(number, begun):
    """A log whose loss stopped being a number in the last epoch begun."""
    curve = [*[5.0] * (begun - 1), float("nan")]
    curves = {name: curve for name in ("train_losses", "val_losses", "test_losses")}
    return log(number, GATE, **curves, wall_times=[7.0] * begun, status="loss is nan!")


def zipped(path, logs, folder="logs/"):
    """A zip laid out as the official `logs.zip`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(folder, "")
        for each in logs:
            name = f"log_stats_model_{each['recepie_id']}_{each['init_time']}_{each['experiment_id']}.json"
            archive.writestr(folder + name, json.dumps(each))
    return path


def test_official_zips_become_a_table_with_the_runs_of_a_network_together(tmp_path):
    logs = [log(1, SAME), log(0), failed(2, 2), log(3, GATE)]
    table = import_ptb(zipped(tmp_path / "logs.zip", logs), tmp_path / "t.zarr")
    assert table["recipe"].tolist() == [0, 1, 2, 3] and Networks.of(table).counts.tolist() == [2, 2]
    np.testing.assert_array_equal(table["epoch_seconds"][:2], [[10] * 3, [11] * 3])
    np.testing.assert_array_equal(table["valid_loss"][2], [5, np.nan, np.nan])
    np.testing.assert_array_equal(table["epoch_seconds"][2], [7, 7, np.nan])
    assert table["status"].tolist() == [0, 0, 1, 0] and table.attributes["statuses"] == ["OK", "loss is nan!"]
    assert table.attributes["outside"] == []


def test_an_infinite_loss_is_a_failure(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log(0) | {"val_losses": [6.5, float("inf"), 4.5]}])
    table = import_ptb(path, tmp_path / "t.zarr")
    values = [Measured(table, "nlp-wikitext2").evaluate(table["cell"].astype(np.int64), level) for level in (1, 2, 3)]
    assert [bool(np.isnan(each["valid_perplexity"][0])) for each in values] == [False, True, True]


def test_a_loss_whose_perplexity_is_infinite_is_a_failure(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log() | {"val_losses": [6.5, 1e308, 4.5], "wall_times": [900.0] * 3}])
    table = import_ptb(path, tmp_path / "t.zarr")
    np.testing.assert_array_equal(table["valid_loss"], [[6.5, np.nan, 4.5]])
    assert table["epoch_seconds"].tolist() == [[900.0] * 3]


def test_one_run_under_two_names_is_refused(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log(), log() | {"recepie_id": 5}])
    with pytest.raises(CorruptData, match=r"'log_stats_model_0_.*' and 'log_stats_model_5_.*' are one run, with all"):
        import_ptb(path, tmp_path / "t.zarr")


def test_runs_of_one_network_that_fail_before_their_first_epoch_are_all_kept(tmp_path):
    none = {name: [] for name in ("train_losses", "val_losses", "test_losses", "wall_times")}
    ended = [log(number, GATE, **none, status="out of memory") for number in (0, 1)]
    table = import_ptb(zipped(tmp_path / "logs.zip", [*ended, log(2)]), tmp_path / "t.zarr")
    assert sorted(table["status"].tolist()) == [0, 1, 1]


def test_a_folder_of_logs_is_read_like_its_zip(tmp_path):
    for each in (log(0), log(1, GATE)):
        (tmp_path / "logs").mkdir(exist_ok=True)
        (tmp_path / "logs" / f"log_{each['recepie_id']}.json").write_text(json.dumps(each))
    assert [run.recipe for run in read_runs(tmp_path)] == [RNN, GATE]


def test_other_members_of_a_zip_are_passed_over(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log()])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/logs/._log.json", b"\x00\x05\x16\x07")
        archive.writestr("logs/readme.txt", "about")
    assert len(read_runs(path)) == 1


def test_a_few_recipes_outside_the_space_are_left_out_and_named(tmp_path):
    odd = log(7, '{"h_new_0": {"op": "linear", "input": ["x"]}}')
    logs = [*(log(number) for number in range(100, 200)), odd]
    table = import_ptb(zipped(tmp_path / "logs.zip", logs), tmp_path / "t.zarr")
    assert table.attributes["outside"] == [7] and (table["status"] >= 0).sum() == 100


def test_a_file_of_other_recipes_is_refused(tmp_path):
    odd = log(7, '{"h_new_0": {"op": "linear", "input": ["x"]}}')
    path = zipped(tmp_path / "logs.zip", [log(), odd])
    with pytest.raises(CorruptData, match=r"1 of 2 recipes in 'logs.zip' are no cells of nlp; of the first: The"):
        import_ptb(path, tmp_path / "t.zarr")
    assert not (tmp_path / "t.zarr").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"val_losses": [6.5, float("nan"), 4.5]}, "has a loss at epoch 2 that is no number, but status 'OK'"),
        ({"wall_times": [1.0, float("nan"), 1.0]}, "has an epoch whose time is no number of seconds"),
        ({"wall_times": [1.0, -2.0, 1.0]}, "has an epoch whose time is no number of seconds"),
        ({"val_losses": [6.5]}, r"has curves of \[1, 3\] epochs, not of one length up to 3"),
        ({"epochs": 2}, r"has curves of \[3\] epochs, not of one length up to 2"),
        ({"epochs": 5}, "ended 'OK' after 3 of 5 epochs"),
        ({"val_losses": "many"}, "has 'many' as 'val_losses'; wanted a list of numbers"),
        ({"val_losses": [1, "2", 3]}, r"has \[1, '2', 3\] as 'val_losses'; wanted a list of numbers"),
        ({"recepie": {}}, r"has \{\} as 'recepie'; wanted str"),
        ({"val_losses": [6.5, 10**400, 4.5]}, "has a number of hundreds of digits in 'val_losses'"),
        ({"recepie_id": "1"}, "has '1' as 'recepie_id'; wanted int"),
        ({"num_params": 0}, "has 0 parameters; a network has one or more"),
        ({"status": " "}, "has no status; wanted 'OK' or what ended the training"),
        ({"num_params": 1.5}, "has 1.5 as 'num_params'; wanted int"),
        ({"epochs": True}, "has True as 'epochs'; wanted int"),
    ],
)
def test_a_log_that_is_not_as_it_should_be_is_refused(tmp_path, changes, message):
    path = zipped(tmp_path / "logs.zip", [log(0), log(1) | changes])
    with pytest.raises(CorruptData, match=f"The log 'log_stats_model_1_.*' {message}"):
        import_ptb(path, tmp_path / "t.zarr")
    assert not (tmp_path / "t.zarr").exists()


def test_a_log_without_a_field_is_refused(tmp_path):
    path = zipped(tmp_path / "logs.zip", [{k: v for k, v in log().items() if k not in ("status", "wall_times")}])
    with pytest.raises(CorruptData, match="lacks 'status', 'wall_times'; it is no log of NAS-Bench-NLP"):
        read_runs(path)


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "logs\\..\\..\\evil.json"])
def test_a_zip_with_members_outside_it_is_refused(tmp_path, name):
    path = zipped(tmp_path / "logs.zip", [log()])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, json.dumps(log()))
    with pytest.raises(CorruptData, match="outside the archive; nothing of it was read"):
        read_runs(path)
    assert sorted(os.listdir(tmp_path)) == ["logs.zip"]


def test_a_zip_that_is_cut_off_is_refused(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log(number) for number in range(20)])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CorruptData, match=r"'logs.zip' is no folder and no zip of logs, or is cut off; fetch it again"):
        read_runs(path)


def test_a_zip_with_flipped_bytes_is_refused(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log()])
    content = bytearray(path.read_bytes())
    at = content.index(b".json") + 30
    content[at : at + 8] = bytes(8)
    path.write_bytes(bytes(content))
    with pytest.raises(CorruptData, match=r"'logs.zip' cannot be read as a zip of logs: .*; fetch it again"):
        read_runs(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON: Expecting"),
        ("[" * 100_000, "is no JSON: "),
        ("[]", "is no JSON object"),
        ("\udcff", "is no JSON"),
    ],
)
def test_a_member_that_is_no_json_is_refused(tmp_path, content, message):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("logs/log.json", content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CorruptData, match=f"The log 'log.json' {message}"):
        read_runs(tmp_path / "logs.zip")


def test_a_member_that_is_far_too_big_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/log.json", b" " * (1 << 25))
    with pytest.raises(CorruptData, match=r"'logs/log.json' of 33,554,432 bytes; a log has at most 16,777,216"):
        read_runs(tmp_path / "logs.zip")


def test_a_zip_without_logs_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(CorruptData, match=r"'logs.zip' holds no log: no member ends in '.json'"):
        read_runs(tmp_path / "logs.zip")


def test_runs_of_different_lengths_are_refused(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log(0), log(1, epochs=4)])
    with pytest.raises(CorruptData, match=r"has runs of \[3, 4\] epochs; wanted one number of epochs"):
        import_ptb(path, tmp_path / "t.zarr")


def test_runs_of_one_network_with_different_parameters_are_refused(tmp_path):
    path = zipped(tmp_path / "logs.zip", [log(0), log(1, SAME, num_params=7)])
    with pytest.raises(CorruptData, match="has 7 parameters; another run of the same network has 5,000,000"):
        import_ptb(path, tmp_path / "t.zarr")


def arrays(**changes):
    curves = {name: np.full((2, 3), 5.0, np.float32) for name in ("train_loss", "val_loss", "test_loss", "wall_time")}
    fields = {
        "recepie": np.array([RNN, GATE]),
        "recepie_id": np.arange(2),
        "status": np.array(["OK", "OK"]),
        "num_params": np.full(2, 9),
    }
    return {name: value for name, value in (fields | curves | changes).items() if value is not None}


def test_a_numpy_archive_is_read(tmp_path):
    np.savez(tmp_path / "runs.npz", **arrays())
    table = import_wikitext2(tmp_path / "runs.npz", tmp_path / "t.zarr")
    assert table.rows == 2 and (table["valid_loss"] == 5).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": None, "val_loss": None}, "'runs.npz' has no array 'status'; it has 'recepie'"),
        ({"val_loss": np.ones((2, 4))}, "has curves of different shapes, or that are not numbers"),
        ({"wall_time": np.ones((2, 3), int)}, "has curves of different shapes, or that are not numbers"),
        ({"status": np.array(["OK"])}, "has columns of different lengths"),
        ({"status": np.array("OK")}, "Array 'status' of 'runs.npz' is <U2 of shape .*; wanted text along 1 axis"),
        ({"recepie_id": np.array([1, np.inf])}, "has inf, which is no whole number"),
        ({"recepie": np.array([RNN, {}], object)}, ".* holds object, which is not numbers or text"),
        ({"wall_time": np.array([[1, np.nan, 1], [1, 1, 1.0]])}, "Row 0 of 'runs.npz' has a gap in its times"),
        (
            {"val_loss": np.array([[1, 1, 1], [1, np.nan, 1]])},
            "row 1 of runs.npz' has a loss at epoch 2 that is no number",
        ),
    ],
)
def test_an_archive_that_is_not_as_it_should_be_is_refused(tmp_path, changes, message):
    np.savez(tmp_path / "runs.npz", **arrays(**changes))
    with pytest.raises(CorruptData, match=message):
        import_wikitext2(tmp_path / "runs.npz", tmp_path / "t.zarr")


@pytest.mark.parametrize(
    ("importer", "folder", "message"),
    [
        (import_ptb, "data/wikitext-2", r"on WikiText-2 \(.*\), not on Penn Treebank; .*import nlp-wikitext2 FILE`"),
        (import_wikitext2, "data/ptb", r"on Penn Treebank \(.*\), not on WikiText-2; .*import nlp-ptb FILE`"),
        (import_wikitext2, "/data/penn/", r"on Penn Treebank \(its settings have 'data': '/data/penn/'\)"),
    ],
)
def test_logs_of_another_text_are_refused_with_the_name_of_their_table(tmp_path, importer, folder, message):
    np.savez(tmp_path / "runs.npz", **arrays(cfg=np.array(json.dumps({"data": folder}))))
    for path in (zipped(tmp_path / "logs.zip", [log(data=folder)]), tmp_path / "runs.npz"):
        with pytest.raises(CorruptData, match=message):
            importer(path, tmp_path / "t.zarr")
    assert not (tmp_path / "t.zarr").exists()


@pytest.mark.parametrize("folder", ["data/ptb", "mine", None, 7])
def test_logs_whose_settings_name_no_other_text_are_read(tmp_path, folder):
    np.savez(tmp_path / "runs.npz", **arrays(cfg=np.array(json.dumps({"data": folder}))))
    assert import_ptb(tmp_path / "runs.npz", tmp_path / "a.zarr").rows == 2
    assert import_ptb(zipped(tmp_path / "logs.zip", [log(data=folder)]), tmp_path / "b.zarr").rows == 1


def test_the_published_logs_of_wikitext_2_are_no_table_of_the_penn_treebank(archive, tmp_path):
    with pytest.raises(CorruptData, match="import nlp-wikitext2 FILE"):
        import_ptb(archive, tmp_path / "t.zarr")
