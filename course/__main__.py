"""``python -m course`` is the command ``gluon-course``."""

from __future__ import annotations

import sys

from gluon_nets_cli import course

if __name__ == "__main__":
    sys.exit(course())
