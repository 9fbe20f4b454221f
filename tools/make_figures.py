"""Draw the figures of docs/study.md from the results that come with the package.

python -m tools.make_figures
"""

from __future__ import annotations

from pathlib import Path

from gluon_nets.plot.picture import Picture
from gluon_nets.study.figures import plot_edfs, plot_extremes, plot_numbers
from gluon_nets.study.population import Population, read_population

DOCS = Path(__file__).resolve().parent.parent / "docs"


def figures() -> dict[str, Picture]:
    """The pictures by the names of their files."""
    names = {letter: f"AnyNetX_{letter}" for letter in "ABCDE"}
    spaces = {letter: read_population(name) for letter, name in names.items()}
    rule = read_population("RegNetX")
    return {
        "study-shared": _edfs(spaces["A"], spaces["B"], spaces["C"]),
        "study-rising": _edfs(spaces["C"], spaces["D"], spaces["E"]),
        "study-rule": _edfs(spaces["A"], spaces["E"], rule),
        "study-extremes": Picture(
            lambda theme: plot_extremes(spaces["A"]),
            "Widths for each block of the best and the worst networks of AnyNetX A.",
        ),
        "study-numbers": Picture(
            lambda theme: plot_numbers(spaces["A"]),
            "Errors of AnyNetX A against costs, depths, widths, groups, bottlenecks.",
        ),
    }


def _edfs(*populations: Population) -> Picture:
    names = ", ".join(one.name for one in populations)
    return Picture(
        lambda theme: plot_edfs(populations), f"Distribution functions of {names}."
    )


def main() -> None:
    """Write the files."""
    for name, picture in figures().items():
        picture.save(DOCS / f"{name}.png")
        print(f"{name}.png written")


if __name__ == "__main__":
    main()
