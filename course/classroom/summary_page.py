"""The page of a class's results: histograms, mistakes, and who needs a human."""

from __future__ import annotations

import itertools
import math
from typing import Any

import jinja2

from course.classroom.summary import Result, mistakes

BARS = 10
WIDTH, HEIGHT = 420, 120  # of a histogram, in pixels
SHOWN = 8  # mistakes of an exercise

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Class summary</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em;
  padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: 0.2em 0.8em 0.2em 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd; }
td.number, th.number { text-align: right; }
.quiet { color: #666; }
rect { fill: #3b6ea5; }
svg text { font-size: 11px; fill: #444; }
</style>
</head>
<body>
<h1>Class summary</h1>
{% for exercise in exercises %}
<section>
<h2>{{ exercise.name }}</h2>
<p>{{ exercise.count }} submissions, mean {{ exercise.mean }}, median
{{ exercise.median }} of {{ exercise.out_of }} points
{%- if exercise.waiting %}; {{ exercise.waiting }} wait for a human{% endif %}.</p>
<svg width="{{ width }}" height="{{ height + 36 }}" role="img"
 aria-label="How many students have how many points in {{ exercise.name }}">
{% for bar in exercise.bars %}
<rect x="{{ bar.x }}" y="{{ bar.y }}" width="{{ bar.width }}" height="{{ bar.height }}">
<title>{{ bar.count }} from {{ bar.low }} to {{ bar.high }} points</title></rect>
{% if bar.count %}
<text x="{{ bar.middle }}" y="{{ bar.y - 3 }}" text-anchor="middle">{{ bar.count }}
</text>
{% endif %}
{% endfor %}
<line x1="0" x2="{{ width }}" y1="{{ base }}" y2="{{ base }}" stroke="#444"/>
<text x="0" y="{{ base + 14 }}">0</text>
<text x="{{ width }}" y="{{ base + 14 }}" text-anchor="end">{{ exercise.out_of }}
 points</text>
</svg>
{% if exercise.mistakes %}
<table>
<tr><th class="number">missed by</th><th>row</th><th>said most often</th></tr>
{% for mistake in exercise.mistakes %}
<tr><td class="number">{{ mistake.count }}</td><td>{{ mistake.about }}</td>
<td class="quiet">{{ mistake.sentence }}</td></tr>
{% endfor %}
</table>
{% endif %}
{% if exercise.odd %}
<table>
<tr><th>student</th><th>what was odd</th></tr>
{% for student, remark in exercise.odd %}
<tr><td>{{ student }}</td><td class="quiet">{{ remark }}</td></tr>
{% endfor %}
</table>
{% endif %}
</section>
{% endfor %}
{% if ignored %}
<h2>Ignored</h2>
<ul>
{% for line in ignored %}
<li>{{ line }}</li>
{% endfor %}
</ul>
{% endif %}
<h2>Students</h2>
<table>
<tr><th>student</th>
{% for exercise in exercises %}<th class="number">{{ exercise.name }}</th>{% endfor %}
</tr>
{% for student, scores in students %}
<tr><td>{{ student }}</td>{% for score in scores %}<td class="number">{{ score }}</td>
{%- endfor %}</tr>
{% endfor %}
</table>
<p class="quiet">* something is still to be graded by hand</p>
</body>
</html>
"""


def page(found: list[Result], ignored=()) -> str:
    """The page, in one file that needs nothing else.

    Parameters
    ----------
    found : list of Result
    ignored : list of str
        What lies in a wrong place, and why.
    """
    by_name = {
        name: list(group)
        for name, group in itertools.groupby(found, lambda result: result.exercise)
    }
    environment = jinja2.Environment(autoescape=True, trim_blocks=True)
    return environment.from_string(TEMPLATE).render(
        exercises=[_exercise(name, group) for name, group in by_name.items()],
        ignored=ignored,
        students=_students(found, list(by_name)),
        width=WIDTH,
        height=HEIGHT,
        base=HEIGHT + 18,
    )


def _exercise(name: str, found: list[Result]) -> dict[str, Any]:
    scores = sorted(result.score for result in found)
    out_of = max(result.out_of for result in found)
    middle = len(scores) // 2
    return {
        "name": name,
        "count": len(found),
        "mean": f"{sum(scores) / len(scores):.3g}",
        "median": f"{(scores[middle] + scores[~middle]) / 2:.3g}",
        "out_of": f"{out_of:g}",
        "waiting": sum(result.needs_human for result in found),
        "bars": bars(scores, out_of),
        "mistakes": mistakes(found)[:SHOWN],
        "odd": [
            (result.student, remark)
            for result in found
            for remark in _remarks(result.record)
        ],
    }


def _remarks(record: dict | None) -> list[str]:
    if record is None:
        return ["it has no graded notebook"]
    trusted = ["executed without a sandbox"] if record["trusted"] else []
    return [*record["remarks"], *trusted]


def bars(scores: list[float], out_of: float) -> list[dict[str, Any]]:
    """A histogram's bars: their places in the picture, and what they stand for."""
    number = max(1, min(BARS, math.ceil(out_of)))
    counts = [0] * number
    for score in scores:
        counts[min(number - 1, int(score / out_of * number)) if out_of else 0] += 1
    width, tallest = WIDTH / number, max(counts) or 1
    found = []
    for index, count in enumerate(counts):
        height = round(HEIGHT * count / tallest, 1)
        found.append(
            {
                "x": round(index * width + 1, 1),
                "y": round(HEIGHT + 18 - height, 1),
                "middle": round((index + 0.5) * width, 1),
                "width": round(width - 2, 1),
                "height": height,
                "count": count,
                "low": f"{index * out_of / number:g}",
                "high": f"{(index + 1) * out_of / number:g}",
            }
        )
    return found


def _students(found: list[Result], names: list[str]) -> list[tuple[str, list[str]]]:
    table: dict[str, dict[str, str]] = {}
    for result in found:
        mark = "*" if result.needs_human else ""
        table.setdefault(result.student, {})[result.exercise] = (
            f"{result.score:g}{mark}"
        )
    return [
        (student, [scores.get(name, "") for name in names])
        for student, scores in sorted(table.items())
    ]
