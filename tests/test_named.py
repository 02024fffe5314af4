"""Names: what runs record of strategies that are given as classes, configured classes and partials."""

from __future__ import annotations

import functools
import sys

import numpy as np
import pytest
from attrs import define, field

import nasapi
from nasapi.errors import InvalidOption, PluginError, UnknownId
from nasapi.plugins.hooks import Entry, Published
from nasapi.plugins.manager import Plugin, manager
from nasapi.plugins.origins import origin_of, registered
from nasapi.running.portable import portable_strategy
from nasapi.strategy import StrategyFactory, spec_of
from nasapi.testing.toy import toy_v1

pytest.importorskip("nasapi_baselines", reason="the strategies are its own")

from nasapi_baselines.evolution import Evolution

HERE = __name__


@define(eq=False)
class Drawing(nasapi.Strategy):
    """Draws."""

    share: float = field(default=1.0, kw_only=True)
    rate: int = field(default=1, kw_only=True)

    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results):
        pass


small = functools.partial(Drawing, share=0.25)
by_place = functools.partial(Drawing, 3)
short = functools.partial(toy_v1)


@pytest.fixture
def offer(monkeypatch):
    """Offer entries whose targets are in this module."""
    monkeypatch.setitem(sys.modules, "named_here", sys.modules[HERE])

    def register(*entries: Entry) -> None:
        monkeypatch.setattr(manager(), "plugins", [*manager().plugins, Plugin("here", "1", entries)])

    return register


def of_run(strategy) -> str:
    return nasapi.run("toy/formula-v1[budget=2]", strategy, seed=0).strategy


@pytest.mark.parametrize(
    ("strategy", "name"),
    [
        (Evolution, "evolution"),
        (Evolution.configured(), "evolution"),
        (Evolution.configured(population=20), "evolution[population=20]"),
        (functools.partial(Evolution, population=20), "evolution[population=20]"),
        (nasapi.load_strategy("evolution", population=20), "evolution[population=20]"),
        (Drawing, "Drawing"),
        (Drawing.configured(share=0.5), "Drawing[share=0.5]"),
        (functools.partial(Drawing, share=0.5), "Drawing[share=0.5]"),
    ],
)
def test_a_run_records_a_strategy_by_its_proper_name(strategy, name):
    assert of_run(strategy) == name


def test_what_is_configured_is_what_is_loaded():
    configured = registered(Evolution.configured(population=20))
    assert configured == nasapi.load_strategy("evolution", population=20)
    assert portable_strategy(configured) == "evolution[population=20]"
    assert origin_of(configured) == origin_of(nasapi.load_strategy("evolution"))


def test_a_preset_id_names_what_it_presets_where_no_id_presets_nothing(offer):
    offer(
        Entry("strategy", "drawing-half", "named_here:Drawing", "half", {"share": 0.5}),
        Entry("strategy", "drawing-half-fast", "named_here:Drawing", "both", {"share": 0.5, "rate": 3}),
    )
    assert of_run(Drawing.configured(share=0.5, rate=2)) == "drawing-half[rate=2]"
    assert of_run(Drawing.configured(share=0.5, rate=3)) == "drawing-half-fast"
    assert of_run(Drawing.configured(share=0.25)) == "Drawing[share=0.25]"


def test_a_partial_as_an_entrys_target_is_a_strategy_with_presets(offer):
    offer(Entry("strategy", "drawing-small", "named_here:small", "a quarter"))
    assert nasapi.load_strategy("drawing-small").options == {"share": 0.25}
    assert nasapi.load_strategy("drawing-small", share=0.75).options == {"share": 0.75}
    assert of_run("drawing-small[rate=2]") == "drawing-small[rate=2]"


def test_a_partial_as_an_entrys_target_is_any_other_kind_too(offer):
    offer(Entry("benchmark", "short-v1", "named_here:short", "the toy"))
    assert nasapi.load_benchmark("short-v1").problem.space.id == "toy"


def test_arguments_by_their_place_are_refused_everywhere_alike(offer):
    offer(Entry("strategy", "drawing-placed", "named_here:by_place", "a number"))
    with pytest.raises(PluginError, match=r"is a functools\.partial with 1 arguments by their place; give them"):
        nasapi.load_strategy("drawing-placed")
    with pytest.raises(InvalidOption, match="adds arguments by their place; name them, or use `configured`"):
        of_run(by_place)


def test_a_partial_of_a_file_is_loaded_by_its_name(tmp_path):
    file = tmp_path / "mine.py"
    lines = (
        "import functools",
        "from nasapi_baselines.evolution import Evolution as E",
        "few = functools.partial(E, population=12)",
    )
    file.write_text("\n".join(lines))
    assert of_run(f"{file}:few") == f"{file}:few"
    assert nasapi.load_strategy(f"{file}:few").options == {"population": 12}


def test_an_option_that_a_strategy_does_not_have_is_refused_at_once():
    with pytest.raises(InvalidOption, match=r"Strategy Drawing has no option 'shar'\. Did you mean 'share'"):
        Drawing.configured(shar=1)


def test_a_partial_of_a_function_is_named_by_the_function():
    def made(problem, rng, *, rate):
        return Drawing(problem, rng, rate=rate)

    assert spec_of(functools.partial(made, rate=2)) == "made[rate=2]"
    assert of_run(functools.partial(made, rate=2)) == "made[rate=2]"


def test_what_no_text_makes_again_is_recorded_by_its_name(tmp_path):
    class Thing:
        pass

    spec = spec_of(functools.partial(Drawing, share=len, rate=np.int64(3)))
    assert spec == spec_of(Drawing.configured(share=len, rate=3)) == "Drawing[rate=3,share=len]"
    assert spec_of(Drawing.configured(share=Thing())).endswith("<locals>.Thing]")
    assert spec_of(Drawing.configured(share=tmp_path)) == f"Drawing[share={tmp_path}]"


def test_a_file_is_a_module_while_it_runs(tmp_path):
    file = tmp_path / "described.py"
    lines = ["from __future__ import annotations", "import dataclasses", "from nasapi.testing.toy import Toy"]
    lines += ["@dataclasses.dataclass", "class Described:", "    text: str", "class Mine(Toy): id = 'mine'"]
    file.write_text("\n".join(lines))  # the dataclass looks for its module to understand an annotation that is text
    assert nasapi.load_space(f"{file}:Mine").id == "mine"


def test_a_function_that_does_not_say_what_it_gives_is_not_offered(tmp_path):
    file = tmp_path / "helpers.py"
    file.write_text("from nasapi.testing.toy import ToyObjective\ndef made(): return ToyObjective()\n")
    with pytest.raises(PluginError, match=r"has no 'mades'\. No objective is defined there\."):
        nasapi.load_objective(f"{file}:mades")
    file.write_text("from nasapi.testing.toy import ToyObjective\ndef made() -> ToyObjective: return ToyObjective()\n")
    with pytest.raises(PluginError, match=r"has no 'mades'\. Did you mean 'made'\?"):
        nasapi.load_objective(f"{file}:mades")


def test_a_published_number_is_a_mean_of_ten_runs_without_a_spread_where_nothing_else_is_said():
    row = Published("toy/formula-v1", "random", 10, 80.0)
    assert (row.error, row.runs, row.metric, row.label, row.instead) == (0.0, 10, "", "", "")


def test_a_configured_strategy_is_made_with_its_options():
    made = Drawing.configured(rate=7)(toy_v1().problem, np.random.default_rng(0))
    assert made.rate == 7


def test_a_strategy_that_refuses_its_options_in_its_own_words_is_named() -> None:
    raised: list[Exception] = []

    @define(eq=False)
    class Picky(Drawing):
        def __attrs_post_init__(self) -> None:
            raise raised[-1]

    factory, given = Picky.configured(rate=3), (toy_v1().problem, np.random.default_rng(0))
    assert repr(factory) == "<strategy Picky[rate=3]: Picky>"
    assert (factory.options, StrategyFactory("plain", Drawing).options) == ({"rate": 3}, {})
    for error in (TypeError("no numbers"), ValueError("no numbers")):
        raised.append(error)
        with pytest.raises(InvalidOption, match=r"Strategy Picky\[rate=3\] cannot be made: no numbers"):
            factory(*given)
    for other in (UnknownId("not here"), ZeroDivisionError("by nothing")):
        raised.append(other)
        with pytest.raises(type(other), match=r"not here|by nothing"):
            factory(*given)
