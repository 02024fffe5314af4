"""Statistics for comparing search strategies: pure functions on arrays, every random draw from a given generator.

`intervals` estimates with bootstrap intervals, `paired` compares strategies on one benchmark, `ranks` many strategies
on many benchmarks, `curves` puts anytime curves on common axes, and `runtimes` tells when a target was reached.
scipy is imported when a function needs it.
"""
