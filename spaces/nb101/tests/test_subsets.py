"""The readers of the two partial archives, tried on small ones: what they read, and what they refuse."""

import io
import shutil

import numpy as np
import pytest
from nasapi_nb101.importers.subsets import import_subset, import_test
from nasapi_nb101.objectives import cifar10_30k, cifar10_test
from nasapi_nb101.space import NB101
from nasapi_nb101.tables import ALL_TEST, SOME_VALID

import nasapi
from nasapi.errors import CorruptData, InvalidArchitecture

SPACE = NB101()


def tiny(**changes):
    """The archive of all test accuracies, in small: networks of two and three vertices."""
    members = {
        "graph_vertices": np.array([2, 3], np.uint8),
        "graph_edges": np.array([1, 5], np.uint32),
        "graph_rows": np.array([1, 3], np.uint16),
        "ops_base3": np.array([0, 0, 81, 162], np.uint8),
        "test_correct_sum3": np.array([25000, 26000, 27000, 28000], np.uint16),
    } | changes
    file = io.BytesIO()
    np.savez(file, **{name: values for name, values in members.items() if values is not None})
    return file.getvalue()


def tiny_valid(**changes):
    members = {
        "row": np.array([2, 0]),
        "val_correct": np.array([[1, 2, 3, 4], [5, 6, 7, 9984]], np.uint16),
        "train_time_108": np.array([100.0, 200.0], np.float32),
        "budgets": np.array([4, 12, 36, 108]),
    } | changes
    file = io.BytesIO()
    np.savez(file, **members)
    return file.getvalue()


def single():
    """One array where an archive is wanted."""
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def subset(folder, **changes):
    """The table of the small archives, written into a folder."""
    (folder / ALL_TEST).write_bytes(tiny())
    (folder / SOME_VALID).write_bytes(tiny_valid(**changes))
    return import_subset(folder, folder / "table.zarr")


def test_small_archives_are_read(tmp_path):
    table = subset(tmp_path)
    assert table["test_accuracy"].tolist() == pytest.approx([100 * 27000 / 29952, 100 * 25000 / 29952])
    assert table["valid_accuracy"][1, 3] == pytest.approx(100)
    assert table["params"].tolist() == [int(SPACE.parameters(table["cell"][row : row + 1])[0]) for row in (0, 1)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (single(), "no archive of numpy arrays|has no array 'graph_vertices'"),
        (b"no archive", "is no archive of numpy arrays"),
        (tiny()[:500], "is no archive of numpy arrays"),
        (tiny(ops_base3=None), "has no array 'ops_base3'; it has 'graph_vertices'"),
        (tiny(ops_base3=np.array([None], object)), "holds object, which is not numbers or text"),
        (tiny(graph_rows=np.array([1, 4], np.uint16)), "has columns of different lengths"),
        (tiny(ops_base3=np.array([0, 0, 81, 81], np.uint8)), "lists a cell outside the space, or a network twice"),
        (tiny(graph_rows=np.array([1, 2], np.uint16)), "has columns of different lengths"),
        (tiny(graph_edges=np.array([1, 5, 5], np.uint32)), "has columns of different lengths"),
        (tiny(graph_rows=np.array([1, 2, 1], np.uint16)), "has columns of different lengths"),
        (tiny(test_correct_sum3=np.full(5, 9, np.uint16)), "has columns of different lengths"),
        (tiny(graph_edges=np.array([0, 5], np.uint32)), "lists a cell outside the space, or a network twice"),
        (tiny(graph_edges=np.array([1 | 1 << 20, 5], np.uint32)), "lists a cell outside the space"),
        (tiny(ops_base3=np.array([0, 0, 81, 81 + 243], np.uint16)), "lists a cell outside the space"),
        (tiny(graph_rows=np.array(4)), "Array 'graph_rows' of 'test_accuracy_full.npz' is int64 of shape"),
        (tiny(graph_vertices=np.array([2, np.nan])), "has nan, which is no whole number"),
        (tiny(graph_vertices=np.array([2, 8], np.uint8)), "lists a cell outside the space, or a network twice"),
        (tiny(test_correct_sum3=np.array([-1, 2, 3, 4])), "counts more right answers than the 29952"),
        (tiny(test_correct_sum3=np.array([1, 2, 3, 29953])), "counts more right answers than the 29952"),
        (tiny(test_correct_sum3=np.full(4, 30000, np.uint16)), "counts more right answers than the 29952"),
    ],
)
def test_an_archive_of_another_layout_is_refused_and_nothing_written(tmp_path, content, message):
    (tmp_path / ALL_TEST).write_bytes(content)
    with pytest.raises(CorruptData, match=message):
        import_test(tmp_path, tmp_path / "table.zarr")
    assert [file.name for file in tmp_path.iterdir()] == [ALL_TEST]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"row": np.array([2, 2])}, "has columns of different lengths, or lists a row twice"),
        ({"train_time_108": np.array([1.0])}, "has columns of different lengths, or lists a row twice"),
        ({"val_correct": np.full((2, 3), 9)}, "has columns of different lengths, or lists a row twice"),
        ({"row": np.array([2, 4])}, "has rows or counts out of range; it does not belong to 'test_accuracy_full.npz'"),
        ({"row": np.array([2, -1])}, "has rows or counts out of range"),
        (
            {"row": np.zeros(0, int), "val_correct": np.zeros((0, 4)), "train_time_108": np.zeros(0)},
            "has rows or counts out of range",
        ),
        ({"val_correct": np.full((2, 4), 9985)}, "has rows or counts out of range"),
        ({"val_correct": np.full((2, 4), -1)}, "has rows or counts out of range"),
        ({"val_correct": np.full((2, 4), np.nan)}, "has nan, which is no whole number"),
        ({"train_time_108": np.array(["1", "2"])}, "wanted numbers along 1 axis"),
        ({"train_time_108": np.array([1.0, np.nan])}, "has a training time that is no positive number"),
        ({"train_time_108": np.array([1.0, np.inf])}, "has a training time that is no positive number"),
        ({"train_time_108": np.array([1.0, 0.0])}, "has a training time that is no positive number"),
        ({"train_time_108": np.array([1.0, -2.0])}, "has a training time that is no positive number"),
    ],
)
def test_a_subset_of_another_layout_is_refused(tmp_path, changes, message):
    (tmp_path / ALL_TEST).write_bytes(tiny())
    (tmp_path / SOME_VALID).write_bytes(tiny_valid(**changes))
    with pytest.raises(CorruptData, match=message):
        import_subset(tmp_path, tmp_path / "table.zarr")
    assert not (tmp_path / "table.zarr").exists()


def test_the_borders_of_counts_and_times_are_read(tmp_path):
    assert subset(tmp_path, train_time_108=np.array([0.5, 1.0]))["train_seconds"].tolist() == [0.5, 1.0]
    (tmp_path / ALL_TEST).write_bytes(tiny(test_correct_sum3=np.array([0, 29952, 1, 2])))
    table = import_test(tmp_path, tmp_path / "all.zarr")
    assert table["test_accuracy"].tolist()[:2] == [0.0, 100.0]


def test_a_cell_is_read_from_its_vertices_its_edges_and_its_operations(tmp_path):
    (tmp_path / ALL_TEST).write_bytes(tiny())
    table = import_test(tmp_path, tmp_path / "all.zarr")
    # edges 0>1 and 1>2 are bits 0 and 2; 81 and 162 are one and two in the first of five digits to base 3
    texts = ["0100:input,output"]
    texts += [f"010001000:input,{op},output" for op in ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")]
    np.testing.assert_array_equal(table["cell"], [SPACE.parse(text) for text in texts])
    assert [row.tobytes().hex() for row in table["hash"]] == SPACE.hashes(table["cell"].astype(np.int64))


def test_of_listed_networks_times_are_in_proportion_and_tests_are_of_108_epochs_alone(tmp_path):
    objective = cifar10_30k(str(subset(tmp_path).path))
    codes = objective.space.listed[:1]
    assert objective.space.id == "nb101-30k"
    assert objective.identity == "network"
    for epochs, correct in ((4, 1), (12, 2), (36, 3), (108, 4)):
        found = objective.evaluate(codes, epochs)
        assert found["valid_accuracy"].tolist() == [pytest.approx(100 * correct / 9984)]
        assert found["train_seconds"].tolist() == found["cost"].tolist() == [pytest.approx(100 * epochs / 108)]
        assert found["params"].tolist() == SPACE.parameters(codes).tolist()
        assert found["test_accuracy"].tolist() == [
            pytest.approx(100 * 27000 / 29952) if epochs == 108 else pytest.approx(np.nan, nan_ok=True)
        ]
    assert "and no others" in objective.description
    assert objective.metric("train_seconds").origin.startswith("derived")


def test_of_test_accuracies_trials_cost_nothing_and_what_is_lacking_is_said(tmp_path):
    (tmp_path / ALL_TEST).write_bytes(tiny())
    objective = cifar10_test(str(import_test(tmp_path, tmp_path / "all.zarr").path))
    found = objective.evaluate(SPACE.parse("0100:input,output")[None])
    assert (found["cost"].tolist(), found["test_accuracy_as_goal"].tolist()) == ([0.0], [100 * 25000 / 29952])
    assert objective.identity == "network"
    assert "no protocol" in objective.description
    assert objective.metric("test_accuracy_as_goal").bounds == (0.0, 100.0)


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(CorruptData, match=r"There is no 'test_accuracy_full.npz' in .*; give the folder that holds it"):
        import_test(tmp_path, tmp_path / "table.zarr")


def test_tables_are_imported_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    source = tmp_path / "source"
    source.mkdir()
    (source / ALL_TEST).write_bytes(tiny())
    from nasapi import data

    assert data.import_file("nb101-test", source, notify=lambda _: None).rows == 4
    assert nasapi.load_objective("nb101/cifar10-test").space.id == "nb101"
    code = SPACE.parse("0100:input,output")
    np.testing.assert_array_equal(SPACE.read(SPACE.hashes(code[None])[0]), SPACE.canonical(code[None])[0])
    with pytest.raises(InvalidArchitecture, match="None of the 4 networks of nb101 whose hashes are here has the hash"):
        SPACE.read("0" * 32)
    shutil.rmtree(source)


@pytest.mark.parametrize(
    ("table", "given", "message"),
    [
        (
            "nb101-30k",
            "zero_cost_340.npz",
            "is made of 'validation_30k.npz' and 'test_accuracy_full.npz'; give th",
        ),
        ("nb101-test", SOME_VALID, "'validation_30k.npz' has no array 'graph_vertices'"),
    ],
)
def test_a_file_of_another_table_is_refused_though_the_right_ones_lie_beside_it(
    tmp_path, monkeypatch, table, given, message
):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    for name, content in ((ALL_TEST, tiny()), (SOME_VALID, tiny_valid()), ("zero_cost_340.npz", tiny_valid())):
        (tmp_path / name).write_bytes(content)
    from nasapi import data

    with pytest.raises(CorruptData, match=message):
        data.import_file(table, tmp_path / given, notify=str)
    assert not data.available(table)
    assert data.import_file(table, tmp_path, notify=str).rows == (2 if table == "nb101-30k" else 4)
