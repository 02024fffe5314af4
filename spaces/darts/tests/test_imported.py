"""What imported tables of the DARTS space say of themselves."""

DESCRIBED = ("space", "title", "licence", "source")


def description_of(table):
    return [table.attributes[name] for name in DESCRIBED]


def test_the_official_surrogates_say_what_they_are(models):
    licence = "BSD-3-Clause (code); of the archive unknown"
    assert description_of(models) == ["darts", "Surrogates of NAS-Bench-301 v1.0", licence, "nb_models"]


def test_the_network_says_what_it_is(weights):
    assert description_of(weights)[:3] == ["darts", "A surrogate network of NAS-Bench-301", "Apache-2.0"]
    assert weights.attributes["source"].endswith(".npz")
    assert "YAHPO Gym" in weights.attributes["citation"]


def test_the_trained_cells_say_what_they_are(trained):
    assert description_of(trained)[:3] == ["darts", "Trained cells of the DARTS space", "unknown"]
    assert trained.attributes["source"].endswith(".npz")
    assert "trained for 10 and 50 epochs" in trained.attributes["citation"]
