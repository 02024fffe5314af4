"""What the strategies of this package were published as, and where they depart from that."""

from __future__ import annotations

from nasapi.strategy import Paper

NSGA2 = Paper(
    "Deb, Pratap, Agarwal & Meyarivan, A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II",
    "IEEE Transactions on Evolutionary Computation 6(2), 2002",
    ("section III", "section VI, constrained domination"),
    departures=(
        "The population is 20, for budgets of hundreds; the paper's is 100, for 25,000 evaluations.",
        "Genes have no order, so crossover and mutation are the space's own in place of the simulated binary ones.",
        "Results may come one by one: the best of them and the living live on, which is the paper's generation where a "
        "batch is as large as the population.",
        "No code is asked for twice; the paper's children may repeat.",
    ),
)
PARETO_LOCAL_SEARCH = Paper(
    "Paquete, Chiarandini & Stützle, Pareto Local Optimum Sets in the Biobjective Traveling Salesman Problem: An "
    "Experimental "
    "Study",
    "Metaheuristics for Multiobjective Optimisation, Springer 2004",
    ("the algorithm of section 3",),
    departures=(
        "By default one neighbour of a member is asked for and a member is chosen again; `explore=whole` is the "
        "paper's.",
        "Ten random architectures come first, and again where every member is explored; the paper has one and ends "
        "there.",
        "While nothing feasible is known, the archive is what breaks the constraints least.",
    ),
)
SCALARISE = Paper(
    "Knowles, ParEGO: A Hybrid Algorithm With On-Line Landscape Approximation for Expensive Multiobjective "
    "Optimization Problems",
    "IEEE Transactions on Evolutionary Computation 10(1), 2006",
    ("equation 2, the augmented Tchebycheff function", "section III, weights drawn anew"),
    departures=(
        "What searches is any strategy for one goal, by default evolution; the paper has a Gaussian process, so this "
        "is its "
        "scalarisation alone.",
        "Weights are drawn uniformly from the simplex; the paper draws from a grid.",
    ),
)
