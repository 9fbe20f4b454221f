"""One page about several studies: plots, numbers and sentences, in a single file."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Sequence

from matplotlib.figure import Figure

from gluon_nets.files import write_atomically
from gluon_nets.study.compare import Comparison, compare
from gluon_nets.study.figures import plot_edfs, plot_extremes, plot_numbers
from gluon_nets.study.population import Population

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse } td, th { padding: .2em .8em; text-align: right }
td:first-child, th:first-child { text-align: left } tr { border-bottom: 1px solid #ddd }
img { max-width: 100% }
</style></head><body>
<h1>{{ title }}</h1>
<p>Each network was trained for {{ training.epochs }} epochs of {{ training.images }}
images; its error is that of {{ training.held_out }} other training images. Networks
that could not be trained count as 90 %.</p>
<table><tr><th>space</th><th>networks</th><th>failed</th><th>least error</th>
<th>mean error (95 %)</th><th>band</th></tr>
{% for row in comparison.rows %}<tr><td>{{ row.name }}</td><td>{{ row.n }}</td>
<td>{{ row.failures }}</td><td>{{ row.least }}</td><td>{{ row.mean }}</td>
<td>± {{ '%.3f' % row.band }}</td></tr>
{% endfor %}</table>
{% if comparison.floor %}<p>By chance alone the error of one network varies by
{{ '%.2f' % (comparison.floor * 100) }} points (standard deviation).</p>{% endif %}
{% if comparison.pairs %}<h2>What the data allow to say</h2><ul>
{% for pair in comparison.pairs %}<li>{{ pair.sentence }}</li>
{% endfor %}</ul>{% endif %}
{% for heading, picture in pictures %}<h2>{{ heading }}</h2>
<img alt="{{ heading }}" src="data:image/png;base64,{{ picture }}">
{% endfor %}</body></html>
"""


def write_report(
    populations: Sequence[Population], path: str | Path, seed: int = 0
) -> Comparison:
    """Write a page that needs no other file.

    Raises
    ------
    ValueError
        Where the populations cannot be compared.
    """
    from jinja2 import Environment

    comparison = compare(populations, seed)
    page = Environment(autoescape=True).from_string(_PAGE)
    text = page.render(
        title=" and ".join(one.name for one in populations),
        training=populations[0].training,
        comparison=comparison,
        pictures=[(h, _png(f)) for h, f in figures(populations, seed).items()],
    )
    write_atomically(path, text.encode())
    return comparison


def figures(populations: Sequence[Population], seed: int = 0) -> dict[str, Figure]:
    """All plots, by their headings."""
    found = {"Distributions of errors": plot_edfs(populations)}
    try:
        found["The same with equal flops"] = plot_edfs(populations, "flops")
    except ValueError:  # nothing in common: there is nothing to show
        pass
    for one in populations:
        found[f"{one.name}: error and numbers"] = plot_numbers(one, seed)
        found[f"{one.name}: best and worst"] = plot_extremes(one)
    return found


def _png(figure: Figure) -> str:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return base64.b64encode(content.getvalue()).decode()
