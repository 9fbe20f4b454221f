"""A history is data: what is written is what is read."""

from __future__ import annotations

import csv
import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluon_nets.train import Epoch, History

numbers = st.floats(allow_nan=False, allow_infinity=False)
FIELDS = [field.name for field in dataclasses.fields(Epoch)]


@st.composite
def histories(draw):
    count = draw(st.integers(0, 4))
    others = [name for name in FIELDS if name != "epoch"]
    epochs = [
        Epoch(epoch=number, **{name: draw(numbers) for name in others})
        for number in range(1, count + 1)
    ]
    about = st.dictionaries(st.text(), st.text() | numbers | st.none(), max_size=3)
    test = st.fixed_dictionaries(dict.fromkeys(("loss", "accuracy"), numbers))
    return History(
        epochs,
        draw(st.sampled_from(["test", "validation"])),
        draw(about),
        draw(st.none() | test),
        draw(st.sampled_from(["", "finished", "no improvement"])),
    )


@given(histories())
def test_dict_round_trip(history):
    assert History.from_dict(json.loads(json.dumps(history.as_dict()))) == history


@given(histories())
@settings(max_examples=30)
def test_json_round_trip(tmp_path_factory, history):
    path = tmp_path_factory.getbasetemp() / "history.json"
    history.to_json(path)
    assert History.from_json(path) == history


@given(histories())
@settings(max_examples=30)
def test_csv_round_trip(tmp_path_factory, history):
    path = tmp_path_factory.getbasetemp() / "history.csv"
    history.to_csv(path)
    with open(path, newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        rows = [{name: float(cell) for name, cell in row.items()} for row in table]
    assert table.fieldnames == FIELDS
    assert rows == [dataclasses.asdict(epoch) for epoch in history.epochs]


@given(histories())
def test_columns_are_the_epochs_numbers(history):
    assert len(history) == len(history.epochs)
    for name in FIELDS:
        wanted = [getattr(epoch, name) for epoch in history.epochs]
        assert history.column(name) == wanted
    assert history.seconds == sum(history.column("seconds"))


def test_a_column_that_is_none_is_an_error():
    history = History([Epoch(1, *range(7))])
    with pytest.raises(AttributeError, match="recall"):
        history.column("recall")
