"""The first half of script/server and script/test: makes the environment, then hands over to its Python."""

import os
import sys
from collections.abc import Sequence

from script.lib import environment, options, system
from script.lib.console import Failure, explain, fail


def prepare(command: str, arguments: Sequence[str]) -> int:
    """Makes sure of all that `command` ("server" or "test") needs; returns the exit code."""
    try:
        if command == "server":
            options.refuse_early(options.parse(arguments))
        system.ensure_pango()
        if command == "test":
            os.environ["CHROMIUM"] = system.ensure_browser()
        environment.ensure_environment()
        system.ensure_redis(environment.PYTHON)
    except Failure as failure:
        return fail(failure)
    except OSError as error:
        return fail(explain(error))
    except KeyboardInterrupt:
        return 130
    return 0


def main() -> int:
    """Prepares, then replaces this process; returns the exit code only on failure."""
    command, *arguments = sys.argv[1:]
    code = prepare(command, arguments)
    if code == 0:
        python = str(environment.PYTHON)
        os.execv(python, [python, "-m", f"script.lib.{command}", *arguments])  # noqa: S606 -- no shell is wanted
    return code


if __name__ == "__main__":
    sys.exit(main())
