"""Give the reader of untrusted graphs damaged networks: it must refuse, never fail.

    python tools/fuzz_graphs.py --inputs 100000

Each input is a network's symbol JSON with random changes: operators, attributes, edges,
outputs and texts. Whatever is read must have a structure and a text of its own again.
All rows of an exercise, the next one each time, are checked on it, with random data for
the other answers. A small share are networks that take long to look through.
Exit code 1 where anything but a `GraphError` is raised, an input takes a second to be
read, or its rows ten to be checked.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
import time
import traceback
from collections import Counter
from typing import Any, Callable

from course.classroom.patience import within
from course.grading.checks import designs, training
from course.grading.evaluate import evaluate
from course.grading.graph import Graph, GraphError, read_graph
from course.grading.operators import RULES
from course.grading.rubric import Exercise, exercise_folders, load_exercise
from course.grading.structure import structure_of

IMAGE = (3, 32, 32)
SECONDS = 1.0
CHECKING = 10.0  # seconds for the rows of an exercise
SLOW = 200  # one of so many inputs takes long to look through
NUMBERS = (-(2**63), -2, -1, 0, 1, 2, 3, 7, 2**31, 10**9, 10**30)
TEXTS = (
    "", "0", "1", "-1", "2", "(1, 1)", "(3, 3)", "(0, 0)", "()", "(1,)", "[2, 3]", "-5",
    "(-1, 0)", "(2, 3)", "None", "True", "False", "nan", "inf", "1e-5", "0.5", "1e400",
    "999999999", "(99999, 99999)", "1000000", "max", "avg", "relu", "gelu", "NHWC",
    "full", "(" * 150, "0x4141414141", "\u0664", "\ud800", "(1, 1", "__import__('os')",
)  # fmt: skip
NAMES = (
    "kernel", "stride", "pad", "dilate", "num_filter", "num_group", "no_bias", "layout",
    "num_hidden", "flatten", "axis", "eps", "momentum", "fix_gamma", "pool_type", "p",
    "global_pool", "pooling_convention", "act_type", "slope", "scalar", "dim", "shape",
    "newshape", "keepdims", "begin", "end", "step", "indices", "pad_width", "axes",
    "mode", "a_min", "a_max", "output_size", "sections", "num_outputs", "info",
)  # fmt: skip


class Writer:
    """Writes a symbol's JSON, operation after operation."""

    def __init__(self):
        self.nodes: list[dict] = []
        self.image = self.variable("data")

    def variable(self, name: str) -> int:
        self.nodes.append({"op": "null", "name": name, "inputs": []})
        return len(self.nodes) - 1

    def add(self, op: str, *inputs: int, roles=(), **attrs) -> int:
        """Add an operation with parameters; its place."""
        name = f"{op.lower()}{len(self.nodes)}"
        reads = [*inputs, *(self.variable(f"{name}_{role}") for role in roles)]
        node = {"op": op, "name": name, "inputs": [[i, 0, 0] for i in reads]}
        if attrs:
            node["attrs"] = {key: str(value) for key, value in attrs.items()}
        self.nodes.append(node)
        return len(self.nodes) - 1

    def conv(self, x: int, channels: int, kernel: int, stride=1, groups=1) -> int:
        """A convolution, BatchNorm and ReLU."""
        pairs = {"kernel": kernel, "stride": stride, "pad": kernel // 2}
        pairs = {key: (side, side) for key, side in pairs.items()}
        attrs = {"num_filter": channels, "num_group": groups, "no_bias": True}
        x = self.add("Convolution", x, roles=("weight",), **attrs, **pairs)
        roles = ("gamma", "beta", "mean", "var")
        x = self.add("BatchNorm", x, roles=roles, fix_gamma=False)
        return self.add("Activation", x, act_type="relu")

    def dense(self, x: int, units: int) -> int:
        return self.add("FullyConnected", x, roles=("weight", "bias"), num_hidden=units)

    def text(self) -> dict[str, Any]:
        return {"nodes": self.nodes, "heads": [[len(self.nodes) - 1, 0, 0]]}


def residual() -> dict[str, Any]:
    """Blocks with groups, squeeze-and-excitation and shortcuts."""
    net = Writer()
    x = net.conv(net.image, 16, 3, 2)
    for width, stride in ((16, 1), (16, 1), (32, 2)):
        y = net.conv(net.conv(x, width, 1), width, 3, stride, groups=2)
        gate = net.add("_npi_mean", y, axis="(2, 3)")
        gate = net.add("_npx_sigmoid", net.dense(net.dense(gate, 4), width))
        gate = net.add("_np_reshape", gate, newshape=(2, width, 1, 1))
        y = net.conv(net.add("_npi_multiply", y, gate), width, 1)
        x = x if stride == 1 else net.conv(x, width, 1, stride)
        x = net.add("_npx_relu", net.add("_npi_add", y, x))
    x = net.add("Pooling", x, global_pool=True, kernel=(1, 1), pool_type="avg")
    net.dense(x, 10)
    return net.text()


def inception() -> dict[str, Any]:
    """Branches side by side, poolings, slices, dropout."""
    net = Writer()
    x = net.conv(net.image, 8, 7, 2)
    for _ in range(2):
        pool = {"kernel": (3, 3), "stride": (1, 1), "pad": (1, 1)}
        pooled = net.add("Pooling", x, pool_type="max", **pool)
        three = net.conv(net.conv(x, 4, 1), 8, 3)
        x = net.add("Concat", net.conv(x, 4, 1), three, net.conv(pooled, 4, 1), dim=1)
    x = net.add("slice_axis", x, axis=1, begin=0, end=8)
    x = net.add("Flatten", net.add("Dropout", x, p=0.5))
    net.add("log_softmax", net.dense(net.add("LayerNorm", x, roles="ab"), 10))
    return net.text()


def mlp() -> dict[str, Any]:
    """Dense layers with activations and a sum."""
    net = Writer()
    x = net.add("_npx_relu", net.dense(net.image, 32))
    for _ in range(3):
        y = net.add("LeakyReLU", net.dense(x, 32), act_type="gelu")
        x = net.add("elemwise_add", x, net.add("_mul_scalar", y, scalar=0.5))
    net.dense(x, 10)
    return net.text()


def long() -> dict[str, Any]:
    """As many operations as may be, with sums over all distances."""
    net = Writer()
    places = [net.image]
    for index in range(3990):
        other = places[(index * 7919) % len(places)]
        places.append(net.add("_npi_add", places[-1], other))
    return net.text()


def doubled() -> dict[str, Any]:
    """Sums of themselves: more terms than can be counted."""
    net = Writer()
    x = net.conv(net.image, 8, 3, 2)
    for _ in range(60):
        x = net.add("_npi_add", x, x)
    x = net.add("Pooling", x, global_pool=True, kernel=(1, 1), pool_type="avg")
    net.dense(x, 10)
    return net.text()


def nested() -> dict[str, Any]:
    """Two ways from each node to the next but one, a thousand times."""
    net = Writer()
    x = net.add("tanh", net.image)
    for _ in range(1000):
        x = net.add("_npi_add", net.add("tanh", x), net.add("_npx_sigmoid", x))
    return net.text()


def bunch() -> dict[str, Any]:
    """A long way, which many concatenations of many arrays begin at."""
    net = Writer()
    x = net.add("Pooling", net.image, global_pool=True, kernel=(1, 1), pool_type="avg")
    for index in range(1500):
        x = net.add("tanh" if index % 2 else "_npx_sigmoid", x)
    y = x
    for _ in range(60):
        y = net.add("Concat", y, *[x] * 255, dim=1)
    return net.text()


def summed() -> dict[str, Any]:
    """A sum of sums, as deep as may be."""
    net = Writer()
    x = net.add("tanh", net.image)
    for index in range(1500):
        other = net.add("_mul_scalar", net.image, scalar=index + 2)
        x = net.add("_npi_add", x, other)
    return net.text()


SEEDS = (residual, inception, mlp)
LONG = (doubled, nested, bunch, summed, long)


def copied(data: Any) -> Any:
    """A copy, which JSON makes faster than `copy.deepcopy`."""
    return json.loads(json.dumps(data))


def _any(rng: random.Random) -> Any:
    """Something."""
    number, text = rng.choice(NUMBERS), rng.choice(TEXTS)
    return rng.choice([number, text, None, True, 1.5, [], {}, [number], [[text]]])


def change_operator(rng: random.Random, data: dict) -> None:
    strange = ("_Native", "null", "_CachedOp", "Custom", "_foreach", "", "\ud800")
    rng.choice(data["nodes"])["op"] = rng.choice([*RULES, *strange])


def change_attribute(rng: random.Random, data: dict) -> None:
    attrs = rng.choice(data["nodes"]).setdefault("attrs", {})
    name = rng.choice([*NAMES, *attrs])
    attrs[name] = rng.choice(TEXTS) if rng.random() < 0.9 else _any(rng)


def drop_attribute(rng: random.Random, data: dict) -> None:
    attrs = rng.choice(data["nodes"]).get("attrs")
    if attrs:
        del attrs[rng.choice(list(attrs))]


def change_edge(rng: random.Random, data: dict) -> None:
    place = rng.randrange(len(data["nodes"]))
    inputs = data["nodes"][place]["inputs"]
    node = rng.randrange(place + 1) if rng.random() < 0.8 else rng.choice(NUMBERS)
    edge = [node, rng.choice([0, 0, 0, 1, -1, 2**31]), 0]
    if inputs and rng.random() < 0.8:
        inputs[rng.randrange(len(inputs))] = edge if rng.random() < 0.9 else _any(rng)
    elif inputs and rng.random() < 0.5:
        inputs.pop()
    else:
        inputs.append(edge)


def change_field(rng: random.Random, data: dict) -> None:
    target = rng.choice([data, *data["nodes"]])
    target[rng.choice(["nodes", "heads", "op", "inputs", "attrs", "name"])] = _any(rng)


def change_head(rng: random.Random, data: dict) -> None:
    data["heads"] = [[rng.randrange(len(data["nodes"])), rng.choice([0, 0, 0, 1, 9])]]


def copy_node(rng: random.Random, data: dict) -> None:
    nodes = data["nodes"]
    nodes.insert(rng.randrange(len(nodes)), copied(rng.choice(nodes)))


CHANGES: tuple[Callable, ...] = (
    *(change_operator, change_attribute, change_attribute, drop_attribute),
    *(change_edge, change_edge, change_head, copy_node),
)


def changed(rng: random.Random, data: dict) -> str:
    """A network's text with a few changes."""
    data = copied(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        rng.choice(CHANGES)(rng, data)
    if rng.random() < 0.1:  # last: the others expect a graph's form
        change_field(rng, data)
    text = json.dumps(data)
    if rng.random() < 0.05:
        place = rng.randrange(len(text))
        text = (
            text[:place]
            + rng.choice(["", "[" * 5000, "NaN", "9" * 99])
            + text[place + 3 :]
        )
    return text


def try_text(text: str, image=IMAGE) -> str:
    """'read', or the code of the error; other errors are raised."""
    try:
        graph = read_graph(text, image)
    except GraphError as error:
        str(error).encode()
        return error.code
    structure_of(graph)
    assert Graph.from_json(graph.to_json()) == graph
    return "read"


def words_of(exercise: Exercise) -> list[str]:
    """The keys under which an exercise's rows look for things, among other words."""
    found, waiting = {"0", "1", "2"}, [row.options for row in exercise.rubric.rows]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.update(item.split("."))
        elif isinstance(item, dict):
            waiting += item.items()
        elif isinstance(item, (list, tuple)):
            waiting += item
    return sorted(found)


def _data(rng: random.Random, words: list[str], depth: int = 0) -> Any:
    """Numbers and texts, in lists and dicts with such keys."""
    chance = rng.random()
    if depth > 4 or chance < 0.4:
        return rng.choice([rng.choice(words), *PLAIN])
    if chance < 0.5:
        return [_design(rng) for _ in range(rng.choice([1, 20]))]
    if chance < 0.7:
        return [_data(rng, words, depth + 1) for _ in range(rng.choice([0, 1, 3, 20]))]
    keys = rng.sample(words, min(len(words), rng.choice([1, 4, 10])))
    return {key: _data(rng, words, depth + 1) for key in keys}


PLAIN = (
    0,
    1,
    -1,
    2,
    0.5,
    16,
    1e300,
    -1e300,
    10**299,
    True,
    False,
    None,
    "",
    float("nan"),
)


def _design(rng: random.Random) -> dict:
    """What perfect_mlp takes for a design, more or less."""
    count = rng.randrange(6)
    values = {
        "depth": rng.choice([count, count, True, 1.0]),
        "widths": [rng.choice([8, 16, 128, 0, -8]) for _ in range(count)],
        "norm": rng.choice([True, False, 2]),
        "dropout": rng.choice([0, 0.1, True, -1]),
    }
    return {key: values[key] for key in designs.FIELDS}


def answers_with(rng: random.Random, exercise: Exercise, text: str) -> dict[str, Any]:
    """Answers to an exercise, as a sandbox hands them out: this network, and data."""
    words, raw = words_of(exercise), {}
    for answer in exercise.rubric.answers.values():
        if answer.kind == "network":
            value: Any = text
        elif answer.kind == "networks":
            value = dict.fromkeys(rng.sample(words, min(len(words), 4)), text)
        else:
            value = _data(rng, words)
        raw[answer.name] = {"value": value}
    return raw


def try_rows(rng: random.Random, exercise: Exercise, text: str) -> None:
    """Check all rows of an exercise; errors that are no sentences are raised."""
    raw = answers_with(rng, exercise, text)
    with within(CHECKING):
        report = evaluate(exercise, raw, lambda graph, **options: 0.2)
    assert 0 <= report.points <= report.out_of
    for row in report.rows:
        row.sentence.encode("utf-8", "backslashreplace")


def fuzz(inputs: int, seed: int = 0, tell: Callable = print) -> int:
    """Try so many inputs; how many failed."""
    rng, seeds = random.Random(seed), [make() for make in SEEDS]
    giants = [make() for make in LONG]
    exercises = [load_exercise(name) for name in exercise_folders()]
    training.ours = functools.lru_cache(maxsize=None)(training.ours)
    found: Counter = Counter()
    slowest = {"read": 0.0, "checked": 0.0}
    failed, begin = 0, time.perf_counter()
    for number in range(inputs):
        is_slow = number % SLOW == SLOW - 1
        text = changed(rng, rng.choice(giants if is_slow else seeds))
        before = time.process_time()
        try:
            code = try_text(text)
            found[code] += 1
            read = time.process_time()
            slowest["read"] = max(slowest["read"], read - before)
            if code == "read":
                try_rows(rng, exercises[found[code] % len(exercises)], text)
                took = time.process_time() - read
                slowest["checked"] = max(slowest["checked"], took)
        except Exception:
            failed += 1
            tell(f"input {number} failed:\n{text[:2000]}\n{traceback.format_exc()}")
    seconds = time.perf_counter() - begin
    told = (f"{key} in {each * 1000:.0f} ms" for key, each in slowest.items())
    tell(f"{inputs} inputs in {seconds:.0f} s, the slowest {', '.join(told)}")
    tell(", ".join(f"{code}: {count}" for code, count in found.most_common()))
    tell(f"{failed} failed")
    return failed + (slowest["read"] > SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    raise SystemExit(1 if fuzz(arguments.inputs, arguments.seed) else 0)


if __name__ == "__main__":
    main()
