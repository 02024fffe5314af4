"""The verbs of the command line that compare strategies."""
