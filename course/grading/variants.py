"""Graders graded: right solutions and plausible mistakes, each with what it must lose.

`variants.py` of an exercise is a script in the percent format; each cell is run behind
the reference solution, in a namespace of its own:

# %% [right] the stages written by hand
plain = ...

# %% [loses ungrouped, budget] the groups are still there
plain = ...
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import io
import re
import sys
from typing import Any, Callable, Iterator

from course.grading.assignment import code_of
from course.grading.collect import collect, specification
from course.grading.evaluate import HELD, PENDING, evaluate
from course.grading.rubric import Exercise

HEADER = re.compile(r"^# %% \[(right|loses ([\w, ]+))\] (.+)$")
REFERENCE, EMPTY = "the reference solution", "the empty release"


@dataclasses.dataclass(frozen=True)
class Variant:
    """A way that a student may have written.

    Attributes
    ----------
    title : str
    loses : frozenset of str
        The rows that it must lose; none of a right one.
    code : str
        What is run behind the reference solution.
    """

    title: str
    loses: frozenset[str]
    code: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What grading made of a variant.

    Attributes
    ----------
    variant : Variant
    lost : mapping
        Row's name to its sentence.
    pending : frozenset of str
        Rows that ask for a training, where there was none.
    """

    variant: Variant
    lost: dict[str, str]
    pending: frozenset[str]

    @property
    def holds(self) -> bool:
        """Whether it lost exactly what it should, of the rows that are decided."""
        return set(self.lost) == self.variant.loses - self.pending

    @property
    def undecided(self) -> bool:
        """Whether only trainings, which there were none of, can find its mistake."""
        return bool(self.variant.loses) and self.variant.loses <= self.pending


def read_variants(exercise: Exercise) -> list[Variant]:
    """The variants of an exercise.

    Raises
    ------
    ValueError
        Where a header, or a row that it names, does not fit.
    """
    path = exercise.folder / "variants.py"
    rows = {row.name for row in exercise.rubric.rows}
    variants: list[Variant] = []
    for block in re.split(r"^(?=# %%)", path.read_text("utf-8"), flags=re.M):
        if not block.startswith("# %%"):
            continue
        header, _, code = block.partition("\n")
        match = HEADER.match(header)
        if not match:
            raise ValueError(f"{path}: {header!r}: '# %% [right] …' or [loses …] fits")
        loses = frozenset(re.split(r"[, ]+", match[2])) if match[2] else frozenset()
        if loses - rows:
            raise ValueError(
                f"{path}: {sorted(loses - rows)} is no row: {sorted(rows)}"
            )
        variants.append(Variant(match[3], loses, code))
    return variants


def verdicts(exercise: Exercise, train: Callable | None = None) -> Iterator[Verdict]:
    """The reference solution, the empty release, and each variant, graded."""
    rows = frozenset(row.name for row in exercise.rubric.rows)
    namespace = run(code_of(exercise))
    yield _verdict(exercise, Variant(REFERENCE, frozenset(), ""), namespace, train)
    empty = run(code_of(exercise, solved=False), forgiving=True)
    yield _verdict(exercise, Variant(EMPTY, rows, ""), empty, train)
    for variant in read_variants(exercise):
        changed = run([variant.code], shallow(namespace))
        yield _verdict(exercise, variant, changed, train)


def shallow(namespace: dict[str, Any]) -> dict[str, Any]:
    """A namespace in which lists and dicts may be changed."""
    return {
        name: copy.copy(value) if isinstance(value, (dict, list)) else value
        for name, value in namespace.items()
    }


def run(
    sources: list[str], namespace: dict[str, Any] | None = None, forgiving=False
) -> dict[str, Any]:
    """Run cells one after the other; what they print is dropped."""
    import matplotlib
    from mxnet import npx

    matplotlib.use("Agg")
    npx.set_np()
    namespace = {"__name__": "__main__"} if namespace is None else namespace
    with contextlib.redirect_stdout(io.StringIO()):
        for source in sources:
            try:
                exec(compile(source, "<cell>", "exec"), namespace)
            except Exception:
                if not forgiving:
                    raise
    if "matplotlib.pyplot" in sys.modules:  # it keeps figures that cells have drawn
        sys.modules["matplotlib.pyplot"].close("all")
    return namespace


def _verdict(exercise: Exercise, variant: Variant, namespace, train) -> Verdict:
    raw = collect(specification(exercise, {}), namespace)
    rows = evaluate(exercise, raw, train).rows
    pending = frozenset(row.name for row in rows if row.state == PENDING)
    lost = {r.name: r.sentence for r in rows if r.state not in (HELD, PENDING)}
    return Verdict(variant, lost, pending)
