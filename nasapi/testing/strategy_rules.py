"""The rules of what a strategy asks for, and of what it may depend on."""

from __future__ import annotations

import attrs

from nasapi.testing.play import StrategyCase, answers, demand_same, is_valid, play, trace
from nasapi.testing.randomness import demand_untouched
from nasapi.testing.rules import Skipped, demand, rule
from nasapi.trial import Trial

FEATURES = frozenset({"multi-objective", "constraints", "fidelity"})
WORTH = 30.0
"""Full evaluations' worth of trials within which a strategy that supports fidelity asks for the highest level."""


@rule("strategy/ask-at-most-n", "At most `n` trials, at least one unless it must have results first.")
def ask_at_most_n(case: StrategyCase) -> None:
    """No answer has more trials than were asked for."""
    for benchmark in case.benchmarks:
        for step in case.steps(benchmark):
            demand(len(step.asked) <= step.n, f"ask({step.n}) gave {len(step.asked)} trials", step.n)


@rule("strategy/ask-begins", "The first answer is never empty.")
def ask_begins(case: StrategyCase) -> None:
    """A strategy that has nothing to wait for asks for something, even alone."""
    for benchmark in case.benchmarks:
        demand(len(case.start(benchmark).ask(1)), f"the first ask(1) on {benchmark.id} gave nothing", 1)


@rule("strategy/ask-trials", "The answer is a list of Trial.")
def ask_trials(case: StrategyCase) -> None:
    """`ask` gives a list, of nothing but trials."""
    for benchmark in case.benchmarks:
        asked = case.start(benchmark).ask(4)
        fine = isinstance(asked, list) and all(isinstance(trial, Trial) for trial in asked)
        demand(fine, f"ask gave {type(asked).__name__} of {type(next(iter(asked), None)).__name__}")


@rule("strategy/ask-valid", "Each trial is of a valid code of the problem's space.")
def ask_valid(case: StrategyCase) -> None:
    """Architectures are valid and name the space."""
    for benchmark in case.benchmarks:
        for step in case.steps(benchmark):
            for trial in step.asked:
                demand(is_valid(benchmark.problem, trial), f"{trial.arch} is not valid", list(trial.arch.code))


@rule("strategy/ask-fidelity", "Its fidelity is None or a level of the problem's fidelity.")
def ask_fidelity(case: StrategyCase) -> None:
    """Fidelities are None or a level."""
    for benchmark in case.benchmarks:
        fidelity = benchmark.problem.fidelity
        levels = (None, *(fidelity.levels if fidelity else ()))
        for step in case.steps(benchmark):
            for trial in step.asked:
                demand(trial.fidelity in levels, f"fidelity {trial.fidelity!r} is none of {levels}", trial.fidelity)


@rule(
    "strategy/same-seed",
    "A strategy is a function of its problem, its generator and what it was told: it draws from `rng` alone "
    "and never touches an objective, so a run can be resumed by telling it the same again.",
)
def same_seed(case: StrategyCase) -> None:
    """Two strategies with equal generators ask the same trials."""
    for benchmark in case.benchmarks:
        one, other = (trace(play(case.start(benchmark, 1), benchmark, batch=5)) for _ in range(2))
        demand_same(one, other, f"two runs on {benchmark.id} from the same state of rng part")


@rule("strategy/seeds-differ", "Other states of `rng` lead to other trials.")
def seeds_differ(case: StrategyCase) -> None:
    """Four generators do not lead to one and the same run."""
    benchmark = case.small
    first = trace(case.steps(benchmark))
    differs = any(trace(play(case.start(benchmark, seed), benchmark)) != first for seed in range(1, 4))
    demand(differs, "runs from four states of rng ask the same trials")


@rule("strategy/replay", "A fresh strategy told recorded results asks what was asked when they were recorded.")
def replay(case: StrategyCase) -> None:
    """Told a recording of half a run, a fresh strategy goes on as the first did."""
    for benchmark in case.benchmarks:
        steps = case.steps(benchmark)
        recorded = trace(steps)
        strategy = case.start(benchmark)
        replayed = []
        for number, step in enumerate(steps):
            asked = strategy.ask(step.n)
            replayed += [(trial.arch.code, trial.fidelity) for trial in asked]
            demand_same(recorded[: len(replayed)], replayed, f"a replayed run on {benchmark.id} parts")
            keeps = number < len(steps) // 2
            strategy.tell(step.results if keeps else answers(benchmark, asked))
        demand_same(recorded, replayed, f"a replayed run on {benchmark.id} parts")


@rule("strategy/global-random", "Neither method touches the global random state.")
def global_random(case: StrategyCase) -> None:
    """A run changes neither `random`, `np.random` nor torch."""
    case.steps(case.small)  # what is imported for the first time may seed itself
    demand_untouched(lambda: play(case.start(case.small), case.small), warm=True)


@rule("strategy/options", "A search strategy: two methods, and options as keyword-only attrs fields.")
def options(case: StrategyCase) -> None:
    """Every field of the class besides problem and rng that can be given is keyword-only and has a default."""
    target = case.strategy_class
    demand(attrs.has(target), f"{target.__name__} is no attrs class")
    for option in attrs.fields(target):
        if option.name in ("problem", "rng") or not option.init:
            continue
        fine = option.kw_only and option.default is not attrs.NOTHING
        demand(fine, f"option {option.name!r} is not keyword-only with a default", option.name)


@rule("strategy/supports", 'What it can do beyond one goal: "multi-objective", "constraints", "fidelity".')
def supports(case: StrategyCase) -> None:
    """`supports` is a frozenset of known words."""
    found = case.strategy_class.supports
    fine = isinstance(found, frozenset) and found <= FEATURES
    demand(fine, f"supports is {found!r}, not a frozenset of {sorted(FEATURES)}")


@rule("strategy/fidelity-said", "It asks for lower levels of fidelity only where it says that it supports them.")
def fidelity_declared(case: StrategyCase) -> None:
    """A strategy whose `supports` has no "fidelity" asks for the highest level alone."""
    if "fidelity" in case.strategy_class.supports:
        raise Skipped("the strategy supports fidelity")
    for benchmark in case.benchmarks:
        highest = (None, *(benchmark.problem.fidelity.levels[-1:] if benchmark.problem.fidelity else ()))
        for step in case.steps(benchmark):
            for trial in step.asked:
                finding = f"it asks for level {trial.fidelity!r} and says nothing of fidelity in `supports`"
                demand(trial.fidelity in highest, finding, trial.fidelity)


@rule(
    "strategy/fidelity-highest",
    "One that supports them asks for the highest as well, within 30 trials' worth.",
)
def fidelity_highest(case: StrategyCase) -> None:
    """A strategy that supports fidelity asks for the highest level before 30 full evaluations' worth is spent."""
    if "fidelity" not in case.strategy_class.supports:
        raise Skipped("the strategy does not support fidelity")
    for benchmark in case.benchmarks:
        fidelity = benchmark.problem.fidelity
        if fidelity is None:
            continue
        strategy, spent = case.start(benchmark), 0.0
        while spent < WORTH:
            asked = strategy.ask(4)
            if any(fidelity.share(trial.fidelity) == 1 for trial in asked):
                break
            demand(len(asked), f"on {benchmark.id} it ended the run without a trial at the highest level")
            spent += sum(fidelity.share(trial.fidelity) for trial in asked)
            strategy.tell(answers(benchmark, asked))
        demand(spent < WORTH, f"on {benchmark.id} none of the trials it spent {WORTH:g} on was at the highest level")
