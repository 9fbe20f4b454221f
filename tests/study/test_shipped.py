"""The results that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gluon_nets as gn
from gluon_nets.study.compare import compare
from gluon_nets.study.definition import Study
from gluon_nets.study.designs import COLUMNS, Designs
from gluon_nets.study.population import read_population
from gluon_nets.study.reader import parse_study, read_study
from gluon_nets.study.sampling import sample
from gluon_nets.study.shipped import FOLDER, find, shipped
from gluon_nets.study.store import Store, StoreError

STUDIES = Path(__file__).resolve().parents[2] / "studies"
SPACES = ("AnyNetX_A", "AnyNetX_B", "AnyNetX_C", "AnyNetX_D", "AnyNetX_E", "RegNetX")
PILOTS = ("pilot-5000x1", "pilot-5000x3", "pilot-10000x3", "pilot-50000x3")
WIDE = "pilot-wide"


def test_there_are_all_spaces_and_pilots_and_not_too_many_bytes():
    assert {*SPACES, *PILOTS, WIDE} <= set(shipped())
    assert sum(path.stat().st_size for path in FOLDER.glob("*.sqlite")) <= 5e6


@pytest.mark.parametrize("name", shipped())
class TestEach:
    def study(self, name) -> Study:
        with Store(name) as store:
            return parse_study(store.source, store.name)

    def test_is_the_study_of_its_file(self, name):
        written = read_study(STUDIES / f"{name}.toml")
        with Store(name) as store:
            assert store.identity == written.identity() and store.name == name

    def test_all_networks_are_done(self, name):
        with Store(name) as store:
            counts, rows = store.counts(), store.rows()
        assert counts["pending"] == 0, "`study run` of its file goes on"
        for row in rows:
            last = row["curve"][-1]["error"] if row["curve"] else 0.9
            assert row["error"] == last and 0 < row["error"] <= 0.9
            assert row["status"] == "done" or row["reason"]

    def test_its_networks_are_drawn_anew_by_their_seed(self, name):
        study, population = self.study(name), read_population(name)
        drawn = sample(study.space, len(population), study.seed)
        assert population.places == tuple(
            (study.seed, number) for number in range(len(population))
        )
        assert population.archs == tuple(drawn.arch(i) for i in range(len(population)))

    def test_its_costs_are_those_of_its_networks(self, name):
        population = read_population(name)
        for row, arch in enumerate(population.archs):
            cost = gn.complexity(arch, 28, 1, 10)
            for kind, values in population.costs.items():
                assert values[row] == getattr(cost, kind)

    def test_its_networks_hold_what_the_space_asks_for(self, name):
        archs = read_population(name).archs
        columns = {
            key: np.array([[getattr(s, key) for s in a.stages] for a in archs])
            for key in COLUMNS
        }
        assert self.study(name).space.contains(Designs(**columns)).all()


def test_the_pilots_trained_the_same_networks():
    first, *others = (read_population(name) for name in PILOTS)
    for other in others:
        assert len(first.beside(other)[0]) == min(len(first), len(other)) >= 12


def test_the_wide_pilot_trained_the_same_networks_with_twice_the_widths():
    small, large = read_population("AnyNetX_A"), read_population(WIDE)
    assert len(large.beside(small)[0]) >= 12
    assert large.training == small.training
    for one, other in zip(small.archs, large.archs):
        for stage, wide in zip(one.stages, other.stages):
            assert (wide.depth, wide.width) == (stage.depth, 2 * stage.width)
    ratio = large.costs["flops"] / small.costs["flops"][: len(large)]
    assert 2.5 < ratio.min() and ratio.max() <= 4, "groups keep their width"


def test_the_spaces_can_be_compared():
    populations = [read_population(name) for name in SPACES]
    comparison = compare(populations)  # which asks for the same training
    assert [row.name for row in comparison.rows] == list(SPACES)
    assert all(row.n >= 32 for row in comparison.rows)
    assert 0 < comparison.floor < 0.02, "one network, by chance"
    assert len(comparison.pairs) == 15
    for one in populations:
        flops = one.costs["flops"]
        assert 3.6e6 <= flops.min() and flops.max() <= 4.4e6, one.name


def test_spaces_share_no_network_but_those_that_both_may_draw():
    """The same seed draws other networks from other spaces."""
    drawn = [set(read_population(name).archs) for name in SPACES]
    for index, first in enumerate(drawn):
        for second in drawn[index + 1 :]:
            assert len(first & second) <= 2


def test_a_file_goes_before_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find(PILOTS[0]) == FOLDER / f"{PILOTS[0]}.sqlite"
    Path(PILOTS[0]).touch()
    assert find(PILOTS[0]) == Path(PILOTS[0])
    with pytest.raises(StoreError, match="come with the package"):
        Store("AnyNetX_Z")
