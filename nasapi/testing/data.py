"""Published tables in tests: found where they are, skipped where they are not, imported into folders of their own."""

from __future__ import annotations

import os
from pathlib import Path


def shared_data(path: str, what: str) -> Path:
    """The file or folder at `path` below the folder that NASAPI_SHARED_DATA names; skips the test where it is not.

    `what` begins the reason: "the published values of HW-NAS-Bench". Tables that a licence keeps out of a repository
    are tested in this way where they are, and said to be untested elsewhere.
    """
    import pytest

    folder = os.environ.get("NASAPI_SHARED_DATA")
    if not folder:
        pytest.skip(f"{what}, {path}, are not looked for; set NASAPI_SHARED_DATA to the folder that has them")
    place = Path(folder) / path
    if not place.exists():
        pytest.skip(f"{what}, {path}, are not in {folder!r}; set NASAPI_SHARED_DATA to the folder that has them")
    return place


def import_into(folder: Path, table: str, source: Path) -> Path:
    """The folder, with the table of that name imported from the official file or folder `source`.

    A test sees the table once it sets NASAPI_DATA to the folder, which a fixture of a whole session can make:

        @pytest.fixture(scope="session")
        def data_folder(tmp_path_factory):
            return import_into(tmp_path_factory.mktemp("data"), "mine", shared_data("mine.npz", "my values"))

        @pytest.fixture
        def table(data_folder, monkeypatch):
            monkeypatch.setenv("NASAPI_DATA", str(data_folder))
    """
    import pytest

    from nasapi.data import import_file

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASAPI_DATA", str(folder))
        import_file(table, source, notify=lambda _: None)
    return folder
