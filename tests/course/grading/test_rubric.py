"""Rubrics: what is read, and that a mistake in one is named."""

from __future__ import annotations

import pytest

from course.grading.rubric import (
    RubricError,
    exercise_folders,
    load_exercise,
    parse_rubric,
)


def text(exercise) -> str:
    return (exercise.folder / "rubric.toml").read_text()


def test_is_read_whole(exercise):
    rubric = exercise.rubric
    assert (exercise.name, exercise.title, rubric.minutes) == ("costs", "Costs", 5)
    assert rubric.parts == ("net", "best", "double")
    assert [rubric.points(part) for part in rubric.parts] == [6, 1, 1]
    assert rubric.answers["net"].image == (1, 28, 28)
    assert rubric.answers["double"].calls == ((2,), (3,))
    row = rubric.rows[1]
    assert row.check == "own_cost"
    assert row.options == {"answer": "params", "network": "net", "what": "params"}


def test_another_text_is_another_version(exercise):
    before = exercise.version
    path = exercise.folder / "exercise.py"
    path.write_text(path.read_text() + "# more\n")
    assert load_exercise(exercise.folder).version != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "number"', 'kind = "integer"', "kind is 'integer': network"),
        ("image = [1, 28, 28]\n", "", "image is missing"),
        ('check = "ungrouped"', 'check = "unknown"', "no check 'unknown'"),
        ('answer = "best"', 'answer = "worst"', "answer is 'worst': net, params"),
        (
            'answer = "best"',
            'needs = ["table"]\nanswer = "best"',
            "which is no network",
        ),
        ('what = "params"', 'whom = "params"', "unexpected keyword argument 'whom'"),
        ('network = "net"\n', "", "missing a required argument: 'network'"),
        ("points = 3", "points = 0", "points is 0"),
        ('name = "best"', 'name = "params"', "two rows are called 'params'"),
        ('part = "best"\n', "", "part is missing"),
        ("minutes = 5", "hours = 5", "hours"),
        ("minutes = 5", "minutes = ", "rubric.toml: "),
    ],
)
def test_a_mistake_is_named_with_the_file(exercise, old, new, said):
    changed = text(exercise).replace(old, new, 1)
    assert changed != text(exercise)
    with pytest.raises(RubricError, match="rubric.toml: ") as error:
        parse_rubric(changed, "costs/rubric.toml")
    assert said in str(error.value)


def test_an_unknown_exercise_is_told_with_those_that_are_there():
    with pytest.raises(ValueError, match="there is no exercise 'nothing': "):
        load_exercise("nothing")


@pytest.mark.parametrize("name", sorted(exercise_folders()))
def test_the_course_s_own_fit(name):
    rubric = load_exercise(name).rubric
    assert rubric.title and 20 <= rubric.minutes <= 60
    assert 10 <= sum(row.points for row in rubric.rows) <= 30
    assert len({(row.part, row.about) for row in rubric.rows}) == len(rubric.rows)
