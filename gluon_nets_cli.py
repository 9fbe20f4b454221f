"""The launcher of ``gluon-nets``: outside the package, which may refuse to be imported.

In an environment that does not fit it says so in one message, without a traceback, and
``gluon-nets doctor`` works all the same.
"""

from __future__ import annotations

import sys


def main() -> int | None:
    """Run the command line; 1 where the environment does not fit."""
    try:
        from gluon_nets.cli import main as command
    except ImportError as error:
        # by its mark: to import the class is to import the package that has refused
        if not hasattr(error, "problems"):
            raise
        return _refused(error, sys.argv[1:])
    return command(prog_name="gluon-nets")


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
