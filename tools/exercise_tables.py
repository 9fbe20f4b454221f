"""The table of the exercises, for README.md."""

from __future__ import annotations

from course.grading.rubric import exercise_folders, load_exercise


def markdown_of_exercises() -> str:
    """A row for each: what is built, how long it takes, what it is worth."""
    lines = ["| exercise | what you build | minutes | points | + by a human |"]
    lines.append("| --- | --- | ---: | ---: | ---: |")
    for name in exercise_folders():
        rubric = load_exercise(name).rubric
        points = sum(row.points for row in rubric.rows)
        by_hand = sum(essay.points for essay in rubric.essays)
        link = f"[`{name}`](notebooks/exercises/{name}.ipynb)"
        cells = (link, rubric.title, rubric.minutes, points, by_hand)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"
