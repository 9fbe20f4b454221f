"""Write the tables in README.md and docs/.

    python -m tools.make_tables [--check]

Those of networks come from gluon_nets/specs, that of speed from what the benchmarks
measured, those of studies from the results that come with the package, that of the
exercises from their rubrics.

With --check nothing is written, and the exit code is 1 where a file is not
up to date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import tables
from gluon_nets.catalog import markdown_of_families, markdown_of_networks
from gluon_nets.files import write_atomically
from tools import study_tables
from tools.exercise_tables import markdown_of_exercises

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- made by tools/make_tables.py: {} -->\n", "<!-- end -->"
HEAD = """# Networks

Made by `tools/make_tables.py` from the tables in `gluon_nets/specs`: do not edit.

For each network the images and classes that its source has, and what it costs for one
of them: `params` are trainable numbers, `flops` multiply-adds of convolutions and dense
layers plus bias adds, `acts` elements of their outputs and of those of padded max
poolings (the convention of Radosavovic et al. 2020).

"""


def pages() -> dict[Path, str]:
    """What each file should hold."""
    measured = (
        tables.load(RESULTS / f"{name}-amd-epyc.json")
        for name in ("suite", "startup", "to_accuracy")
    )
    speed = tables.markdown(next(measured))
    waits = tables.markdown_of_waits(*measured)
    return {
        **_filled(
            ROOT / "README.md",
            families=markdown_of_families(),
            exercises=markdown_of_exercises(),
        ),
        **_filled(ROOT / "docs" / "performance.md", speed=speed, waits=waits),
        **_filled(
            ROOT / "docs" / "study.md",
            spaces=study_tables.markdown_of_spaces(),
            steps=study_tables.markdown_of_steps(),
            bottlenecks=study_tables.markdown_of_bottlenecks(),
            pairs=study_tables.markdown_of_pairs(),
            parts=study_tables.markdown_of_parts(),
            pilot=study_tables.markdown_of_pilot(),
            time=study_tables.markdown_of_time(),
            assumptions=study_tables.markdown_of_assumptions(),
        ),
        ROOT / "docs" / "networks.md": HEAD + markdown_of_networks(),
    }


def _filled(path: Path, **filling: str) -> dict[Path, str]:
    """A page with its tables replaced, each by its name."""
    text = path.read_text(encoding="utf-8")
    for name, table in filling.items():
        begin = BEGIN.format(name)
        before, rest = text.split(begin)
        text = before + begin + table + rest[rest.index(END) :]
    return {path: text}


def main() -> int:
    """Write what is out of date, or name it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if not check:
            write_atomically(path, text.encode())
        print(f"{path.name} {'is out of date' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
