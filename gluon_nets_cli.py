"""The launchers of the commands: outside the package, which may refuse to be imported.

In an environment that does not fit it says so in one message, without a traceback, and
``gluon-nets doctor`` works all the same.
"""

from __future__ import annotations

import importlib
import sys


def main() -> int | None:
    """Run ``gluon-nets``; 1 where the environment does not fit."""
    return _launch("gluon_nets.cli", "gluon-nets")


def course() -> int | None:
    """Run ``gluon-course``."""
    return _launch("course.cli", "gluon-course")


def _launch(module: str, name: str) -> int | None:
    try:
        command = importlib.import_module(module).main
    except ImportError as error:
        # by its mark: to import the class is to import the package that has refused
        if not hasattr(error, "problems"):
            raise
        return _refused(error, sys.argv[1:] if name == "gluon-nets" else [])
    return command(prog_name=name)


def _refused(error: ImportError, arguments: list[str]) -> int:
    if arguments[:1] != ["doctor"]:
        print(f"{error}\n`gluon-nets doctor` tells more.", file=sys.stderr)
        return 1
    # Python forgets a package whose import failed, but not the modules it had imported
    report = sys.modules["gluon_nets.environment"].doctor()
    if "--json" in arguments:
        import json

        print(json.dumps(report.as_dict(), indent=2))
    else:
        print(report.text())
    return 1


if __name__ == "__main__":
    sys.exit(main())
