"""What the pages for students and instructors quote is what is really said."""

from __future__ import annotations

from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
STUDENTS = (DOCS / "students.md").read_text("utf-8")
INSTRUCTORS = (DOCS / "instructors.md").read_text("utf-8")

# three networks as asked for; in the fourth, the group width and the depths are wrong
PARTLY_WRONG = {
    "d": {"depth": (3, 2, 1)},
    "w": {"width": (72, 56, 32)},
    "g": {"group_width": (16, 8, 2), "depth": (2, 1, 3)},
    "b": {"bottleneck": (0.5, 1, 2)},
}


def network(changes: dict):
    import gluon_nets as gn

    base = {
        "depth": (1, 2, 3),
        "width": (32, 64, 128),
        "group_width": (8, 8, 8),
        "bottleneck": (1, 1, 1),
    }
    columns = {**base, **changes}
    stages = [gn.Stage(**dict(zip(columns, row))) for row in zip(*columns.values())]
    return gn.build(gn.Arch(16, tuple(stages)), num_classes=10, in_channels=1)


def test_the_sample_of_check_is_real(capsys):
    from course.grading.check import NotYet, check

    nets = {name: network(changes) for name, changes in PARTLY_WRONG.items()}
    with pytest.raises(NotYet) as missing:
        check("vionet", nets=nets)
    said = f"{capsys.readouterr().out}{missing.value}\n"
    assert f"```\n{said}```" in STUDENTS, said


def test_the_sentence_of_a_cell_that_took_too_long_is_real():
    from course.grading.sandbox.inside import notebook

    source = Path(notebook.__file__).read_text("utf-8")
    assert 'f"cell {number} was interrupted after {seconds:.0f} s"' in source
    assert "`cell 7 was interrupted after 180 s`" in STUDENTS


def test_what_the_sandbox_asks_for_is_named():
    from course.grading.sandbox import available

    for setting in (
        "kernel.unprivileged_userns_clone",
        "kernel.apparmor_restrict_unprivileged_userns",
    ):
        assert setting in available._MAYBE and setting in INSTRUCTORS
    oldest = ".".join(map(str, available._OLDEST))
    assert f"bubblewrap) {oldest} or newer" in INSTRUCTORS


def test_every_option_of_grade_is_explained():
    from course.cli_classroom import grade

    options = [one.opts[0] for one in grade.params if one.opts[0].startswith("--")]
    assert [one for one in options if f"`{one}" not in INSTRUCTORS] == ["--quiet"]


def test_the_table_of_exercises_adds_what_a_human_gives():
    """A human's points come on top of the others."""
    from course.grading.rubric import load_exercise
    from tools.exercise_tables import markdown_of_exercises

    head, _, *rows = markdown_of_exercises().splitlines()
    assert head.endswith("| points | + by a human |")
    rubric = load_exercise("vionet").rubric
    points = sum(row.points for row in rubric.rows)
    by_hand = sum(essay.points for essay in rubric.essays)
    (vionet,) = (row for row in rows if "vionet" in row)
    assert vionet.endswith(f"| {points} | {by_hand} |")
