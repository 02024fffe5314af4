"""Loading: what options do, and what is said of those that cannot be."""

import pytest
from attrs import define, field
from click.testing import CliRunner

import nasapi
from nasapi.cli.main import cli
from nasapi.errors import InvalidOption, PluginError, UnknownId
from nasapi.plugins.entry_options import options_of
from nasapi.plugins.hooks import Entry
from nasapi.plugins.manager import Plugin, manager
from nasapi.testing.toy import toy_v1


@define(eq=False)
class Climb(nasapi.Strategy):
    """Draws, with two options."""

    steps: int = field(default=1, kw_only=True)
    start: str = field(default="anywhere", kw_only=True)

    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results):
        pass


def chosen(dataset, rows=None):
    """The toy, which is the same for every data set."""
    return toy_v1()


@pytest.fixture
def preset(monkeypatch):
    """Entries with arguments of their own: the strategy `climb`, the benchmarks `chosen-v1` and `wrong-v1`."""
    entries = (
        Entry("strategy", "climb", f"{__name__}:Climb", "a search", {"steps": 5}),
        Entry("benchmark", "chosen-v1", f"{__name__}:chosen", "a benchmark", {"dataset": "large"}),
        Entry("benchmark", "wrong-v1", f"{__name__}:chosen", "a benchmark", {"datum": "large"}),
    )
    monkeypatch.setattr(manager(), "plugins", [*manager().plugins, Plugin("presets", "1.0", entries)])


@pytest.mark.parametrize("noise", ["no", 0, 1.0])
def test_noise_is_true_or_false(noise):
    with pytest.raises(InvalidOption, match=f"The noise of toy/formula-v1 is true or false, not {noise!r}"):
        nasapi.load_benchmark("toy/formula-v1", noise=noise)
    with pytest.raises(InvalidOption, match="is true or false"):
        nasapi.load_benchmark(f"toy/formula-v1[noise={noise}]")


def test_noise_of_a_spec_is_its_word():
    assert nasapi.load_benchmark("toy/formula-v1[noise=true]").noise
    assert not nasapi.load_benchmark("toy/formula-v1[noise=false]").noise


@pytest.mark.usefixtures("preset")
def test_what_a_strategy_is_preset_to_is_the_default_of_an_option():
    assert {key: one.default for key, one in options_of("strategy", "climb").items()} == {
        "steps": 5,
        "start": "anywhere",
    }
    assert nasapi.load_strategy("climb").options == {"steps": 5}
    assert nasapi.load_strategy("climb[steps=7]").options == {"steps": 7}


@pytest.mark.usefixtures("preset")
def test_what_a_benchmark_is_preset_to_is_no_option():
    assert list(options_of("benchmark", "chosen-v1")) == ["rows"]
    for spec, option in [("chosen-v1[foo=1]", "foo"), ("chosen-v1[dataset=small]", "dataset")]:
        with pytest.raises(InvalidOption, match=f"no option '{option}'. Known: budget, noise, rows, unit"):
            nasapi.load_benchmark(spec)


@pytest.mark.usefixtures("preset")
def test_an_entry_preset_with_what_its_target_has_not_is_the_plugins_mistake():
    with pytest.raises(PluginError, match="Benchmark 'wrong-v1' is preset with 'datum'"):
        nasapi.load_benchmark("wrong-v1")


def test_a_budget_in_the_spec_and_beside_it_is_given_twice():
    with pytest.raises(InvalidOption, match="Option 'budget' of benchmark 'toy/formula-v1' is given twice"):
        nasapi.load_benchmark("toy/formula-v1[budget=20]", budget=30)


@pytest.mark.parametrize("key", ["budget", "unit", "noise"])
def test_none_leaves_a_benchmark_its_own(key):
    assert nasapi.load_benchmark(f"toy/formula-v1[{key}=none]").spec == "toy/formula-v1"


@pytest.mark.parametrize(
    ("kind", "names"),
    [("strategy", "Search"), ("space", "Small"), ("benchmark", "small")],
)
def test_of_a_file_what_fits_is_offered(kind, names, tmp_path):
    file = tmp_path / "several.py"
    file.write_text(
        "import nasapi\nfrom nasapi import Strategy\nfrom nasapi.testing.toy import Toy, toy_v1\nLIMIT = 3\n"
        "class Small(Toy): pass\nclass Half(Strategy): pass\ndef small() -> nasapi.Benchmark: return toy_v1()\n"
        "class Search(Strategy):\n    def ask(self, n): return []\n    def tell(self, results): pass\n"
    )
    with pytest.raises(PluginError, match=f"has no 'Zzz'. Known: {names}"):
        options_of(kind, f"{file}:Zzz")
    with pytest.raises(UnknownId, match=f"is a file; name the {kind} in it: '.*several.py:{names.split(', ')[0]}'"):
        options_of(kind, str(file))


def test_a_file_with_nothing_that_fits_says_so(tmp_path):
    file = tmp_path / "empty.py"
    file.write_text("LIMIT = 3\n")
    with pytest.raises(PluginError, match=r"has no 'Zzz'\. No strategy is defined there"):
        nasapi.load_strategy(f"{file}:Zzz")
    with pytest.raises(UnknownId, match=r"name the strategy in it: .*empty.py:Name; no strategy is defined there"):
        nasapi.load_strategy(str(file))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("space", "os:abort"),
        ("benchmark", "os:system[command='touch PWNED']"),
        ("objective", "subprocess:run"),
        ("strategy", "builtins:exec"),
        ("benchmark", "functools:partial"),
        ("space", "nasapi.benchmark:Benchmark"),
        ("space", "nasapi.testing.toy:toy_v1"),
        ("strategy", "nasapi.testing.toy:toy_v1"),
        ("benchmark", "shutil:rmtree[path=kept]"),
        ("objective", "os:path"),
    ],
)
def test_what_is_of_another_kind_is_not_called(kind, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    load = {"space": nasapi.load_space, "benchmark": nasapi.load_benchmark, "objective": nasapi.load_objective}
    with pytest.raises(PluginError, match=r"so it was not called; name an? \w+: a subclass of nasapi\."):
        load.get(kind, nasapi.load_strategy)(name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("message", ["nasapi.Benchmark", "'Benchmark'", "'nasapi.benchmark.Benchmark'", "Special"])
def test_a_function_that_says_it_gives_the_kind_is_called(message, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "import nasapi\nfrom nasapi.testing.toy import toy_v1\nclass Special(nasapi.Benchmark): pass\n"
        f"def mine() -> {message}: return toy_v1()\ndef silent(): raise AssertionError\n"
    )
    assert nasapi.load_benchmark(f"{file}:mine").id == "toy/formula-v1"
    with pytest.raises(PluginError, match=r"does not say what it gives, 'def silent\(…\) -> Benchmark'"):
        nasapi.load_benchmark(f"{file}:silent")


def test_a_name_in_a_file_is_asked_and_described_as_what_it_is(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from nasapi.strategy import Strategy\nfrom nasapi.testing.toy import Benchmark, ToyObjective, toy_v1\n"
        "class Asked(ToyObjective): pass\ndef bench() -> Benchmark: return toy_v1()\ndef number() -> int: return 1\n"
    )
    for name in ("bench", "Asked"):
        assert nasapi.query(f"{file}:{name}").top(1).to_dict()["valid_accuracy"] == [99.0]
    described = CliRunner().invoke(cli, ["info", f"{file}:bench"], standalone_mode=False)
    assert described.exception is None and "kind            benchmark" in described.stdout
    with pytest.raises(PluginError, match="is a function that gives Benchmark, so it was not called"):
        nasapi.load_objective(f"{file}:bench")
    with pytest.raises(PluginError, match="is a function that gives int, so it was not called"):
        nasapi.query(f"{file}:number")


def test_no_name_of_a_module_is_a_sentence():
    with pytest.raises(UnknownId, match="'' is neither a Python file"):
        nasapi.load_strategy(":x")


@pytest.mark.parametrize("space", ["toy", None, 3])
def test_an_encoder_is_made_for_a_space(space):
    with pytest.raises(InvalidOption, match=r"An encoder is made for a SearchSpace, .* not for "):
        nasapi.load_encoder("path", space)
