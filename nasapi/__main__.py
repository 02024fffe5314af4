"""`python -m nasapi`: the command line with the Python that is named, whichever `nasapi` is first on the path."""

from nasapi.cli.start import main

if __name__ == "__main__":
    main()
