"""Commands of the program, invoked in this process; what they raise is raised."""

from typing import Any

from click.testing import CliRunner

from nasapi.cli import main


def invoked(*arguments: str) -> Any:
    result = CliRunner().invoke(main.cli, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result
