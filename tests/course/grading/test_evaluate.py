"""Points for what was built; and whether variants get what they should."""

from __future__ import annotations

import dataclasses
import json

import pytest
from click.testing import CliRunner

pytest.importorskip("mxnet")

import gluon_nets as gn  # noqa: E402
from course import cli_exercises  # noqa: E402
from course.grading.assignment import code_of  # noqa: E402
from course.grading.collect import collect, specification  # noqa: E402
from course.grading.evaluate import Report, evaluate  # noqa: E402
from course.grading.extract import graph_text  # noqa: E402
from course.grading.rubric import load_exercise  # noqa: E402
from course.grading.training import trainer  # noqa: E402
from course.grading.variants import read_variants, run, verdicts  # noqa: E402


@pytest.fixture
def raw(exercise):
    """The answers of the reference solution."""
    namespace = run([s for s in code_of(exercise) if "check(" not in s])
    return collect(specification(exercise, {}), namespace)


def test_the_solution_gets_all_but_what_is_trained(exercise, raw):
    report = evaluate(exercise, raw)
    states = {row.name: row.state for row in report.rows}
    assert states.pop("good") == "pending"
    assert set(states.values()) == {"held"}, report
    assert (report.points, report.out_of) == (5, 8)
    assert (report.of_part("net").points, report.of_part("net").out_of) == (3, 6)


def test_a_row_may_need_a_network(exercise, raw):
    rows = [dataclasses.replace(row, needs=("net",)) for row in exercise.rubric.rows]
    rubric = dataclasses.replace(exercise.rubric, rows=tuple(rows))
    needy = dataclasses.replace(exercise, rubric=rubric)
    assert evaluate(needy, raw).points == evaluate(exercise, raw).points
    report = evaluate(needy, {**raw, "net": {"value": None}})
    assert report.points == 0
    assert {row.sentence for row in report.rows} == {"net is still None"}


def test_of_several_networks_one_must_be_there():
    exercise = load_exercise("vionet")
    errors = {"value": {"base": [0.2, 0.21, 0.22]}}
    chance = {"value": 0.02}
    net = gn.build(gn.Arch(8, (gn.Stage(1, 8, 8),)), num_classes=10, in_channels=1)
    text = graph_text(net, (1, 28, 28))
    for nets, state in (({"d": None, "w": text}, "held"), ({"d": None}, "missed")):
        raw = {"errors": errors, "chance": chance, "nets": {"value": nets}}
        report = evaluate(exercise, raw)
        assert {row.name: row.state for row in report.rows}["chance"] == state


def test_a_trainer_decides_what_is_trained(exercise, raw):
    asked = []

    def train(graph, **options):
        asked.append((graph.digest, options))
        return 0.4

    assert evaluate(exercise, raw, train).points == 8
    assert asked[0][1] == {"repeat": 0, "epochs": 1}
    report = evaluate(exercise, raw, lambda graph, **options: 0.7)
    (row,) = [row for row in report.rows if row.state == "missed"]
    assert row.name == "good" and "70.0%" in row.sentence


def test_a_training_is_asked_for_once(exercise, raw):
    requests = []

    def count(request):
        requests.append(json.dumps(request))  # what it is made of is JSON's data
        return 0.1

    train = trainer(5, count)
    first = evaluate(exercise, raw, train)
    assert evaluate(exercise, raw, train) == first and len(requests) == 1
    assert json.loads(requests[0])["training"]["seed"] == 5


def test_a_report_survives_json(exercise, raw):
    report = evaluate(exercise, raw)
    assert Report.from_data(json.loads(json.dumps(report.to_data()))) == report


def test_nothing_gets_nothing(exercise):
    report = evaluate(exercise, {})
    assert report.points == 0
    assert {row.state for row in report.rows} == {"missed"}


def test_each_variant_loses_what_it_should(exercise):
    found = list(verdicts(exercise))
    assert [v.variant.title for v in found][:2] == [
        "the reference solution",
        "the empty release",
    ]
    for verdict in found:
        assert verdict.holds, (verdict.variant.title, verdict.lost)
    assert len(found) == 2 + len(read_variants(exercise)) == 6


def test_the_command_names_what_is_not_as_told(folder):
    done = CliRunner().invoke(cli_exercises.mutants, [str(folder)])
    assert done.exit_code == 0, done.output
    assert "2 right solutions, 4 mistakes, 100% of the mistakes found" in done.output
    path = folder / "variants.py"
    path.write_text(path.read_text().replace("loses best", "loses best, double"))
    done = CliRunner().invoke(cli_exercises.mutants, [str(folder), "-q"])
    assert done.exit_code == 1 and "double should be lost" in done.output


TRAINED = """
# %% [loses good] no pooling: it learns nothing
net = nn.HybridSequential()
net.add(nn.Flatten(), nn.Dense(10))
params = 7850
"""


def test_what_only_a_training_finds_is_undecided_without_one(folder):
    path = folder / "variants.py"
    path.write_text(path.read_text() + TRAINED)
    done = CliRunner().invoke(cli_exercises.mutants, [str(folder)])
    assert done.exit_code == 0, done.output
    told = "5 mistakes, 100% of the mistakes found, 1 undecided (by training alone"
    assert told in done.output, done.output
    assert "?   no pooling: it learns nothing (good: by training)" in done.output


@pytest.mark.parametrize(("error", "code"), [(0.9, 0), (0.1, 1)])
def test_with_training_all_are_decided(folder, monkeypatch, error, code):
    """A dense layer is all that errs so much, or not even that."""

    def trainer_of(seed):
        return lambda graph, **options: 0.1 if graph.of("conv") else error

    monkeypatch.setattr("course.grading.training.trainer", trainer_of)
    path = folder / "variants.py"
    path.write_text(path.read_text() + TRAINED)
    done = CliRunner().invoke(cli_exercises.mutants, [str(folder), "--train"])
    assert done.exit_code == code, done.output
    rate = "80%" if code else "100%"
    told = f"5 mistakes, {rate} of the mistakes found, none undecided; {code} not"
    assert told in done.output, done.output
    assert ("good should be lost" in done.output) == bool(code)


@pytest.mark.parametrize(
    ("header", "said"),
    [("# %% [wrong] x", "fits"), ("# %% [loses unknown] x", "'unknown'] is no row")],
)
def test_a_variant_that_cannot_be_read_is_named(exercise, header, said):
    (exercise.folder / "variants.py").write_text(header + "\n1\n")
    with pytest.raises(ValueError, match="variants.py: ") as error:
        read_variants(exercise)
    assert said in str(error.value)
