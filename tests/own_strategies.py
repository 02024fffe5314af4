"""Sources of strategies that tests write into files of their own."""

MINE = """
import nasapi
from attrs import define

@define(eq=False)
class Mine(nasapi.Strategy):
    {extra}
    def ask(self, n):
        return self.problem.trials(self.problem.space.sample({n}, self.rng))

    def tell(self, results):
        pass
"""
NOTING = """
import attrs
import nasapi

class Noting(nasapi.Strategy):
    supports = frozenset({"constraints"})
    asked = 0
    known = frozenset()
    def ask(self, n):
        trials = self.problem.trials(self.problem.space.sample(n, self.rng))
        self.asked += n
        return [attrs.evolve(trial, note=self.asked - place) for place, trial in enumerate(trials)]
    def tell(self, results):
        for result in results:
            assert type(result.trial.note) is int, "this is a trial of somebody else"
            assert result.trial.note not in self.known, "it was told of this before"
            self.known |= {result.trial.note}
"""
"""It fails where it is told of trials that are not its own, or of one twice."""
