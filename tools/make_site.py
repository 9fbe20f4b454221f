"""Build the course's site: docs/, the lessons with their stored outputs, the reference.

    python -m tools.make_site [FOLDER]

Needs no network, and neither does the site. Warnings are errors.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from tools.site_pages import ROOT, assemble

MARK = "objects.inv"  # in each site that Sphinx made


def make(target: Path) -> int:
    """Build the site into a folder, which is replaced; returns Sphinx's exit code."""
    from sphinx.cmd.build import build_main

    if target.exists() and any(target.iterdir()) and not (target / MARK).exists():
        raise SystemExit(
            f"make_site: {target} holds something else: choose another folder"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, built = Path(folder) / "source", Path(folder) / "built"
        assemble(source)
        code = build_main(["-q", "-W", "--keep-going", str(source), str(built)])
        if code == 0:
            if target.exists():
                shutil.rmtree(target)
            shutil.copytree(
                built, target, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo")
            )
            print(f"{target / 'index.html'}")
    return code


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "site")
    return make(parser.parse_args().folder)


if __name__ == "__main__":
    raise SystemExit(main())
