"""Recipes: checked whole, every mistake named, before anything is trained."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nasapi_collect
import pytest
from nasapi_collect.recipe import read_recipe
from nasapi_collect.workplace import Workplace
from PIL import Image

from nasapi.errors import CorruptData, InvalidOption

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs = 2", "epoch = 2", "unknown key 'epoch'. Did you mean 'epochs'"),
        ("epochs = 2", "epochs = 0", "`epochs` is a whole number from 1 to 100000, not 0"),
        ("epochs = 2", "epochs = 1_000_000", "`epochs` is a whole number from 1 to 100000, not 1000000"),
        ("epochs = 2", 'epochs = "2"', "`epochs` is a whole number from 1 to 100000, not '2'"),
        ("[networks]", "[network_s]", "unknown key 'network_s'"),
        ("seeds = [0, 1]", "seeds = [0, 0]", "names one twice"),
        ("seeds = [0, 1]", "seeds = 2", "is a list of whole numbers"),
        ('"nb201/tiny-v1"', '"tiny"', "of the form space/task-v1"),
        ('"nb201/tiny-v1"', '"nb201/tiny.-v1"', "of the form space/task-v1"),
        ('"nb201/tiny-v1"', f'"nb201/{"y" * 75}-v1"', "of the form space/task-v1, in at most 80 small letters"),
        ("shift = 1", "shift = 1\nrate = 1e300", "`rate` is a number above 0"),
        ("shift = 1", "shift = 1\ndecay = 1e300", "`decay` is a number"),
        ("sample = 6", "sample = -6", "`sample` is a whole number from 1"),
        ('"nb201/tiny-v1"', '"nb201/tiny-20-v1"', "is named 'nb201/tiny-20-v1' and has a sample of 6"),
        ('space = "nb201"', "", "has no 'space'"),
        ("sample = 6", 'which = "listed"\nlisted = "|none~0|"', "wanted a list of texts, not '|none~0|'"),
        ("sample = 6", 'which = "listed"\nlisted = [1]', "wanted a list of texts, not [1]"),
        ("[[attack]]", '[[corruptions]]\nnames = "fog"\n[[attack]]', "wanted a list of texts, not 'fog'"),
        ("[[attack]]", "[[corruptions]]\nseverities = 1\n[[attack]]", "wanted a list of severities, not 1"),
        ("[[attack]]", "[[corruptions]]\nseverities = []\n[[attack]]", "`severities` is empty"),
        ("seeds = [0, 1]", f"seeds = [0, {2**32}]", "go to 4294967295, not to 4294967296"),
        ("[[attack]]", f"[[corruptions]]\nseed = {2**32}\n[[attack]]", "`seed` is a whole number from 0 to"),
    ],
)
def test_a_mistake_is_named(write_recipe: Write, old: str, new: str, words: str) -> None:
    with pytest.raises(InvalidOption, match=re.escape(words)):
        read_recipe(write_recipe((old, new)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("fgsm[eps=0.03]", "fgsm[eps=8]", "beyond the box"),
        ("fgsm[eps=0.03]", "fsgm[eps=0.03]", "no attack 'fsgm'"),
        ("channels = 2", "chanels = 2", "no argument 'chanels'"),
        ("channels = 2", "seed = 2", "Networks of nb201 have no argument 'seed'. Did you mean"),
        ("channels = 2", "code = [1]", "Networks of nb201 have no argument 'code'"),
        ("channels = 2", "classes = 9", "`classes` of a network comes from the images"),
        ('name = "digits"', 'name = "digit"', "No data set 'digit'. Did you mean 'digits'"),
        ("train = 64", "train = 64_000", "cannot be split"),
        ('name = "nb201/tiny-v1"', 'name = "nb101/tiny-v1"', "is of 'nb201'"),
        ("sample = 6", 'sample = 6\nwhich = "listed"', "`listed` of"),
        ("sample = 6", "sample = 4_931", "`sample` of .* is 4,931, and there are 4,930 networks to draw from"),
        ("images = 20", "images = 41", "`images` of fgsm.* is 41, and there are 40 test images"),
        ("[[attack]]", "[[corruptions]]\nimages = 41\n[[attack]]", "is 41, and there are 40 test images"),
        ("shift = 1", "shift = 8", "`shift` is 8 pixels, and the images of 'digits' have 8 a side, .* take at most 7"),
        ("batch = 32", "batch = 65", "`batch` is 65 images, and 'digits' has 64 to train on"),
        ("fgsm[eps=0.03]", "nope", "There is no attack and no preset 'nope'. Known: "),
        ("fgsm[eps=0.03]", "strong", "is one attack, and 'strong' is 4; write an .* for each: pgd.*, apgd.*, square"),
    ],
)
def test_what_cannot_be_made_is_named_before_it_is_trained(write_recipe: Write, old: str, new: str, words: str) -> None:
    recipe, _ = read_recipe(write_recipe((old, new)))
    with pytest.raises(InvalidOption, match=words):
        Workplace.of(recipe)


def test_an_attack_that_needs_more_classes_is_named_before_it_is_trained(
    write_recipe: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dark", "light"):
        (tmp_path / name).mkdir()
        for number in range(80):
            Image.new("L", (8, 8), 100 * (name == "light") + number).save(tmp_path / name / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    two = ('name = "digits"', 'name = "./"\nside = 8\nchannels = 1')
    Workplace.of(read_recipe(write_recipe(two))[0])
    with pytest.raises(InvalidOption, match="APGD-T needs 4 classes or more, and the network has 2"):
        Workplace.of(read_recipe(write_recipe(two, ("fgsm[eps=0.03]", "apgd-t[eps=0.03]")))[0])


def test_a_file_that_begins_with_a_mark_of_its_encoding_is_read(write_recipe: Write, tmp_path: Path) -> None:
    plain = write_recipe()
    (tmp_path / "marked.toml").write_text(plain.read_text(), encoding="utf-8-sig")
    assert read_recipe(tmp_path / "marked.toml") == read_recipe(plain)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("seeds = [")
    with pytest.raises(CorruptData, match="is no TOML"):
        read_recipe(tmp_path / "bad.toml")


RECIPES = Path(nasapi_collect.__file__).parent / "recipes"


def test_the_shipped_recipe_is_the_one_that_its_table_was_collected_by() -> None:
    digest = read_recipe(RECIPES / "mnist8.toml")[0].digest
    assert digest == "b89b746ec4fafdf110bfe3356bc01161d9c74a663794c412a9d4b2ad4e8dbf28"


def test_the_id_of_a_space_in_a_name_may_have_hyphens(write_recipe: Write) -> None:
    recipe, _ = read_recipe(write_recipe(('"nb201/tiny-v1"', '"my-cells/pets.2-v1"')))
    assert recipe.table.name == "my-cells/pets.2-v1"


def test_every_shipped_recipe_is_one() -> None:
    assert {read_recipe(path)[0].table.name for path in RECIPES.glob("*.toml")} >= {"nb201/mnist8-v1"}
