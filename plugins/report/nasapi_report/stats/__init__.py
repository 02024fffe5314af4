"""Statistics for comparing search strategies: pure functions on arrays, every random draw from a given generator.

`intervals` estimates means and shares, `signs` and `better` test means and runs, `paired` compares strategies and
corrects over a page, `sequential` allows for looking on, `groups` estimates over several benchmarks, `curves` puts
anytime curves on common axes, and `runtimes` tells when a target was reached.
scipy is imported when a function needs it.
"""
