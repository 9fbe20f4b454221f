"""Descriptions and tables: what they say is what the numbers say."""

from __future__ import annotations

import json

import pytest

from gluon_nets.catalog import describe, markdown_of_families, markdown_of_networks
from gluon_nets.cost import complexity
from gluon_nets.specs import ENTRIES, FAMILIES, list_nets
from tools.make_tables import pages


@pytest.mark.parametrize("name", list_nets())
def test_a_description_says_what_the_table_has(name):
    entry, told = ENTRIES[name], describe(name)
    assert name in FAMILIES[told.family]
    assert told.complexity == complexity(
        entry.spec, entry.image_size, entry.in_channels, entry.num_classes
    )
    text = str(told)
    for number in (told.complexity.params, told.complexity.flops, told.complexity.acts):
        assert f"{number:,}" in text, text
    assert entry.source in text
    assert len(entry.source) > 10, "a source names a paper or a chapter"
    assert json.loads(json.dumps(told.as_dict()))["flops"] == told.complexity.flops


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="nearest is regnetx32"):
        describe("regnetx33")


def test_the_table_has_a_row_for_each_network():
    rows = markdown_of_networks().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list_nets()
    assert {row.count("|") for row in rows} == {8}
    assert markdown_of_networks("vgg1?").count("\n") == 2 + 4


def test_the_families_have_every_network():
    text = markdown_of_families()
    named = [name for line in text.splitlines()[2:] for name in line.split("`")[1::2]]
    assert sorted(named) == list_nets()


def test_the_written_tables_are_up_to_date():
    for path, text in pages().items():
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        assert found == text, f"{path.name}: run python -m tools.make_tables"
