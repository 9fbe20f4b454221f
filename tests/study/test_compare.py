"""Comparisons of populations say what the numbers say, and the page shows it."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from gluon_nets.cli import main
from gluon_nets.study.assumptions import measure_assumptions
from gluon_nets.study.compare import compare
from gluon_nets.study.figures import plot_edfs
from gluon_nets.study.outcome import DIVERGED, GUESSING, Outcome
from gluon_nets.study.population import read_population
from gluon_nets.study.reader import parse_study
from gluon_nets.study.report import write_report
from gluon_nets.study.running import fill
from gluon_nets.study.statistics import complexity_weights
from gluon_nets.study.store import Store, StoreError
from tests.study.conftest import SOURCE, outcome_of


def test_a_page_needs_no_mxnet():
    """Whose import takes longer than all the rest."""
    code = "import sys, gluon_nets.study.report; print('mxnet' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def make_file(path, base, shift, n=25, repeats=0, **changes):
    """A study whose errors are drawn around 15 % + shift."""
    source = SOURCE.replace("AnyNetX_E", base).replace('"small"', f'"{base} & co"')
    for old, new in changes.items():
        source = re.sub(rf"(?m)^{old} = .*$", f"{old} = {new}", source)
    study = dataclasses.replace(parse_study(source), designs=n, repeats=repeats)
    rng = np.random.default_rng(0)
    with Store(path, study, source) as store:
        fill(store, study)
        for design, repeat, arch in store.pending(repeats):
            error = 0.15 + shift + rng.normal(0, 0.01)
            store.record(design, repeat, outcome_of(arch, float(error)))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two spaces that differ by two standard deviations, and one like the second."""
    folder = tmp_path_factory.mktemp("studies")
    return [
        make_file(folder / "a.sqlite", "AnyNetX_A", 0.02, repeats=5),
        make_file(folder / "d.sqlite", "AnyNetX_D", 0.0),
        make_file(folder / "e.sqlite", "AnyNetX_E", 0.0),
    ]


def test_a_population_is_what_the_file_has(files, tmp_path):
    found = read_population(files[0])
    with Store(files[0]) as store:
        rows = store.rows()
    first = [row for row in rows if not row["repeat"]]
    assert found.archs == tuple(row["arch"] for row in first)
    assert found.errors.tolist() == [row["error"] for row in first]
    assert found.costs["flops"].tolist() == [row["flops"] for row in first]
    repeats = [row["error"] for row in rows if row["number"] == 0]
    assert [one.tolist() for one in found.repeats] == [repeats] and len(repeats) == 6
    assert found.floor == pytest.approx(np.std(repeats, ddof=1))
    assert read_population(files[1]).floor is None


def test_chance_is_that_of_each_network_by_itself(tmp_path):
    """Two networks far apart, each with little spread; one run that diverged."""
    from gluon_nets.study.store import merged

    parts, levels = [], {3: [0.10, 0.11, 0.12], 5: [0.50, 0.52, 0.54, 0.56]}
    for seed, errors in levels.items():
        source = SOURCE.replace("seed = 3", f"seed = {seed}")
        study = dataclasses.replace(parse_study(source), designs=2, repeats=5)
        parts.append(tmp_path / f"{seed}.sqlite")
        with Store(parts[-1], study, source) as store:
            fill(store, study)
            first, second, *again = store.pending(5)
            store.record(*second[:2], outcome_of(second[2], 0.3))
            for (design, repeat, arch), error in zip([first, *again], errors):
                store.record(design, repeat, outcome_of(arch, error))
            store.record(first[0], 9, Outcome(DIVERGED, GUESSING, (), 1.0, "", {}))
        squares = np.sum((errors - np.mean(errors)) ** 2)
        floor = np.sqrt(squares / (len(errors) - 1))
        assert read_population(parts[-1]).floor == pytest.approx(floor)
    merged(parts, tmp_path / "all.sqlite")
    # sums of squares 0.0002 and 0.002, over two and three degrees of freedom
    found = read_population(tmp_path / "all.sqlite").floor
    assert found == pytest.approx(np.sqrt(0.0022 / 5))


def test_numbers_are_over_blocks(files):
    found = read_population(files[0])
    numbers, arch = found.numbers(), found.archs[0]
    blocks = [stage for stage in arch.stages for _ in range(stage.depth)]
    assert numbers["depth"][0] == len(blocks)
    widths = [stage.width for stage in blocks]
    assert numbers["width"][0] == pytest.approx(np.exp(np.mean(np.log(widths))))
    groups = [stage.group_width for stage in blocks]
    assert numbers["group_width"][0] == pytest.approx(np.mean(groups))


def test_what_failed_counts_as_guessing(tmp_path, store):
    design, repeat, arch = store.pending()[0]
    store.record(design, repeat, outcome_of(arch, 0.2))
    design, repeat, arch = store.pending()[0]
    store.record(design, repeat, Outcome(DIVERGED, GUESSING, (), 1.0, "why", {}))
    found = read_population(store.path)
    assert found.errors.tolist() == [0.2, 0.9] and found.failures == 1


def test_differences_are_found_and_others_are_not(files):
    found = compare([read_population(file) for file in files])
    sentences = {pair.names: pair.sentence for pair in found.pairs}
    a, d, e = (f"AnyNetX_{letter} & co" for letter in "ADE")
    assert sentences[a, d].startswith(f"{d} and {a} differ")
    assert sentences[a, e].startswith(f"{e} and {a} differ")
    assert "cannot be told apart" in sentences[d, e]
    assert [row.n for row in found.rows] == [25] * 3
    for row, one in zip(found.rows, map(read_population, files)):
        assert row.mean.low < one.errors.mean() < row.mean.high
        assert row.least.value == row.least.low == one.errors.min()
    assert found.floor == pytest.approx(0.01, abs=0.007)
    assert found == compare([read_population(file) for file in files]), "by chance"


def test_what_was_trained_otherwise_is_not_compared(files, tmp_path):
    other = make_file(tmp_path / "x.sqlite", "AnyNetX_B", 0, 5, images=300)
    with pytest.raises(ValueError, match=r"trained differently \(images\)"):
        compare([read_population(files[0]), read_population(other)])
    with pytest.raises(ValueError, match="two studies are called 'AnyNetX_A & co'"):
        compare([read_population(files[0])] * 2)


def test_images_of_other_sizes_are_not_compared(files):
    first, second, _ = map(read_population, files)
    frame = {**second.space["frame"], "image_size": 96}
    other = dataclasses.replace(second, space={**second.space, "frame": frame})
    with pytest.raises(ValueError, match="had images of 28 and 96 pixels"):
        compare([first, other])


def test_a_file_without_results(store):
    with pytest.raises(StoreError, match="has no results yet"):
        read_population(store.path)


def test_the_curves_are_the_distribution_functions(files):
    populations = [read_population(file) for file in files]
    axes = plot_edfs(populations).axes[0]
    for line, one in zip(axes.lines, populations):
        at, shares = line.get_data()
        expected = [(one.errors <= error).mean() for error in at]
        np.testing.assert_allclose(shares, expected)
        text = f"25 | {one.errors.min():.1%} | {one.errors.mean():.1%}"
        assert text in line.get_label()


def test_weighted_curves_have_a_weighted_legend(files):
    populations = [read_population(file) for file in files[:2]]
    weights = complexity_weights([one.costs["flops"] for one in populations])
    axes = plot_edfs(populations, "flops").axes[0]
    for line, one, weight in zip(axes.lines, populations, weights):
        counted = one.errors[weight > 0]
        mean = (weight * one.errors).sum() / weight.sum()
        text = f"{len(counted)} | {counted.min():.1%} | {mean:.1%}"
        assert line.get_label().endswith(f": {text}")


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.words, self.pictures, self.links = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "img":
            self.pictures.append(attrs["src"])
        self.links += [attrs[key] for key in ("href", "src") if key in attrs]

    def handle_data(self, data):
        self.words.append(data.strip())


def test_a_page_needs_no_other_file(files, tmp_path):
    populations = [read_population(file) for file in files]
    comparison = write_report(populations, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    page = Page(text)
    # distributions, normalized ones, and two plots of each population
    assert len(page.pictures) == 2 + 2 * 3
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    for pair in comparison.pairs:
        assert pair.sentence in page.words
    assert "AnyNetX_A & co" in page.words and "AnyNetX_A &amp; co" in text


def run(*arguments):
    return CliRunner().invoke(main, ["study", *map(str, arguments)])


def test_comparing_on_the_command_line(files, tmp_path):
    found = run("compare", *files, "--plots", tmp_path / "plots")
    assert found.exit_code == 0, found.output
    assert "cannot be told apart" in found.output
    names = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert len(names) == 8 and "distributions-of-errors.png" in names
    found = json.loads(run("compare", *files, "--json").output)
    assert [row["n"] for row in found["rows"]] == [25] * 3 and len(found["pairs"]) == 3
    found = run("report", *files, "--out", tmp_path / "page.html")
    assert found.exit_code == 0 and (tmp_path / "page.html").exists()


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A study, the same networks again with a little noise, and widened with none."""
    folder = tmp_path_factory.mktemp("twice")
    rng, paths = np.random.default_rng(1), []
    for number, (spread, change) in enumerate(
        [(0.0, {}), (0.004, {"epochs": 5}), (0.0, {"base": '"AnyNetX_C"\nwiden = 2'})]
    ):
        source = SOURCE.replace("AnyNetX_E", "AnyNetX_C")
        for old, new in change.items():
            source = re.sub(rf"(?m)^{old} = .*$", f"{old} = {new}", source)
        study = dataclasses.replace(parse_study(source), designs=40)
        paths.append(folder / f"{number}.sqlite")
        with Store(paths[-1], study, source) as store:
            fill(store, study)
            for design, repeat, arch in store.pending():
                depth = sum(stage.depth for stage in arch.stages)
                error = 0.1 + 0.005 * depth + spread * rng.normal()
                store.record(design, repeat, outcome_of(arch, error))
    return paths


def test_assumptions_are_measured(twice):
    first, longer, larger = map(read_population, twice)
    found = measure_assumptions(first, longer, larger)
    assert found.larger.value == pytest.approx(1), "the same depths, and no noise"
    assert 0.8 < found.longer.low < found.longer.value < 1
    assert found.good == np.mean(first.errors <= first.errors.min() + 0.01)
    assert found.effects > 0.7, "depth alone makes the error"
    text = run("assumptions", twice[0], "--longer", twice[1], "--larger", twice[2])
    assert text.output.splitlines() == found.sentences()
    text = run("assumptions", twice[0], "--json")
    assert json.loads(text.output)["longer"] is None


def test_assumptions_say_how_many_networks_they_rest_on(twice):
    first, longer, larger = map(read_population, twice)
    longer = dataclasses.replace(
        longer,
        archs=longer.archs[:17],
        errors=longer.errors[:17],
        places=longer.places[:17],
    )
    found = measure_assumptions(first, longer, larger)
    assert (found.n, found.longer.n, found.larger.n) == (40, 17, 40)
    said = found.sentences()
    assert "of the 40 networks" in said[0]
    assert "of 17 of them" in said[1] and "of 40 of them" in said[2]


def test_products_that_the_networks_are_too_few_for_are_said_to_be(twice):
    found = measure_assumptions(read_population(twice[0]))
    assert (found.numbers, found.products) == (16, 136)
    few = dataclasses.replace(found, effects=0.3, interactions=-0.2)
    assert "30% of" in few.sentences()[-1]
    assert "136 products are too many for 40 networks" in few.sentences()[-1]
    for other in ({"n": 500}, {"interactions": 0.6}):
        assert "too many" not in dataclasses.replace(few, **other).sentences()[-1]


def test_studies_without_common_draws(twice, files):
    pair = read_population(twice[0]), read_population(files[0])
    other = dataclasses.replace(pair[1], places=tuple((9, n) for n in range(25)))
    with pytest.raises(ValueError, match="have 0 draws in common: the same space"):
        measure_assumptions(pair[0], other)


def test_the_same_draws_of_other_spaces_are_other_networks(files):
    """Seed and number are the same: the networks are not."""
    pair = [read_population(file) for file in files[:2]]
    assert set(pair[0].places) & set(pair[1].places)
    with pytest.raises(ValueError, match="drew different networks: the same space"):
        measure_assumptions(*pair)


def test_the_same_networks_of_spaces_that_are_told_apart_are_compared(twice):
    """As of an older version, whose spaces had an entry less."""
    first, longer, _ = map(read_population, twice)
    older = dataclasses.replace(longer, space={})
    assert measure_assumptions(first, older) == measure_assumptions(first, longer)
