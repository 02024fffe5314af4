"""How many threads the workers of a study tell BLAS and OpenMP to take."""

from __future__ import annotations

import joblib
import pytest

import nasapi

WRITES_THREADS = """
import os
import nasapi


class Tells(nasapi.Strategy):
    def ask(self, n):
        with open(r"{place}", "a") as file:
            file.write(os.environ.get("OMP_NUM_THREADS", "none") + os.environ.get("MKL_NUM_THREADS", "none") + "\\n")
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results):
        pass
"""


@pytest.mark.parametrize(("jobs", "given", "threads"), [(2, None, None), (1, None, None), (2, "3", "3")])
def test_workers_share_the_processors_unless_somebody_says_how_many_threads(
    jobs, given, threads, tmp_path, monkeypatch
):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    (tmp_path / "tells.py").write_text(WRITES_THREADS.format(place=tmp_path / "threads"))
    study = nasapi.Study(["toy/formula-v1"], [f"{tmp_path / 'tells.py'}:Tells"], 1, tmp_path / "store")
    study.run(jobs=jobs)
    share = str(max(joblib.cpu_count() // jobs, 1))
    assert set((tmp_path / "threads").read_text().splitlines()) == {(threads or share) + share}
