"""``python -m gluon_nets`` is the command ``gluon-nets``."""

from __future__ import annotations

import sys

from gluon_nets_cli import main

if __name__ == "__main__":
    sys.exit(main())
