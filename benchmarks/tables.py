"""Results as text: a line for a row, Markdown for a file."""

from __future__ import annotations

import json
from pathlib import Path

from tabulate import tabulate

from benchmarks.estimate import geometric_mean

_PEERS = ("pytorch", "onnxruntime", "chapters", "chapters by itself")
INT8 = "ours int8"
_TITLES = {
    "train": "Training step",
    "infer": "Inference, float32: the fused export",
    "epoch": "An epoch of Fashion-MNIST in parts of 20 batches, data included",
}
_COSTS = (
    "The first step with all before it but imports, and the most memory of a process"
)


def load(path: Path) -> dict:
    """A file of `benchmarks.suite`."""
    return json.loads(Path(path).read_text())


def line(name: str, row: dict) -> str:
    """A row in a line."""
    if not row["speedups"]:
        why = "; ".join(f"{side}: {reason}" for side, reason in row["missing"].items())
        return f"{name}: not measured ({why})"
    parts = [
        f"{found['speedup']:.2f}x ({found['low']:.2f} to {found['high']:.2f}) as fast "
        f"as {found['side']}"
        for found in next(iter(row["speedups"].values())).values()
    ]
    return f"{name}: {', '.join(parts)}"


def markdown(content: dict) -> str:
    """Tables of training and of inference, with their geometric means."""
    parts = [_head(content)]
    for kind, title in _TITLES.items():
        rows = {
            name[len(kind) + 1 :]: row
            for name, row in content["rows"].items()
            if name.startswith(kind + " ") and row["speedups"]
        }
        if rows:
            parts += [f"**{title}**", _table(rows), _means(rows)]
        if rows and kind == "train":
            parts += [f"**{_COSTS}**", _costs(rows)]
    return "\n\n".join(parts) + "\n"


def markdown_of_waits(startup: dict, accuracy: dict) -> str:
    """How long one waits: for imports and commands, and for a trained network."""
    commands = [
        [f"`{name}`", *(f"{seconds[key]:.2f} s" for key in ("median", "min", "max"))]
        for name, seconds in startup["seconds"].items()
    ]
    theirs = list(accuracy["sides"].values())[-1][-1]["seconds"]
    goals = []
    for name, epochs in accuracy["sides"].items():
        last = epochs[-1]
        goals.append(
            [
                name,
                f"{last['seconds']:.0f} s",
                str(len(epochs)),
                f"{last['accuracy']:.2%}",
                f"{theirs / last['seconds']:.1f}",
            ]
        )
    heads = ["side", "seconds", "epochs", "test accuracy", "times as fast"]
    align = ["left", *4 * ["right"]]
    parts = [
        f"**`regnetx32` from a cold start to {accuracy['goal']:.0%} test accuracy**",
        tabulate(goals, heads, "github", colalign=align),
        f"**Imports and commands**, new processes in turns, {startup['rounds']} rounds",
        tabulate(
            commands, ["", "median", "least", "most"], "github", colalign=align[:4]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _name(row: str) -> str:
    """'regnetx32 128x1x96²' with its first part as code."""
    net, batch = row.split()
    return f"`{net}` {batch}"


def _head(content: dict) -> str:
    """The machine and the versions."""
    versions: dict[str, str] = {}
    for row in content["rows"].values():
        for side in row["sides"].values():
            versions.update(side["about"])
    said = ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))
    peak = content["peaks"]
    return (
        f"{content['cpu']}, {content['threads']} threads; {said}. At most "
        f"{peak['flops'] / 1e9:.0f}·10⁹ multiply-adds and {peak['bytes'] / 1e9:.0f} GB "
        "a second."
    )


def _table(rows: dict) -> str:
    int8 = all(INT8 in row["speedups"] for row in rows.values())
    families = [f for f in _PEERS if any(f in _first(row) for row in rows.values())]
    body = [
        [
            _name(name),
            _seconds(_ours(row)["median"]),
            f"{row['limit'] / _ours(row)['median']:.0%}" if row["limit"] else "–",
            *(_cell(_first(row).get(f), f) for f in families),
            *([_cell(row["speedups"][INT8].get("pytorch"))] if int8 else []),
        ]
        for name, row in rows.items()
    ]
    heads = {
        "pytorch": "over PyTorch's best",
        "chapters": "over the book's form",
        "chapters by itself": "over it with MXNet's threads",
    }
    titles = [heads.get(family, f"over {family}") for family in families]
    headers = ["network, batch", "ours", "of the limit", *titles]
    headers += ["8 bits over PyTorch's best"] if int8 else []
    align = ["left", "right", "right"] + ["left"] * (len(headers) - 3)
    return tabulate(body, headers, "github", colalign=align)


def _costs(rows: dict) -> str:
    """First steps and peak memory."""
    sides = ("ours", "pytorch eager", "pytorch channels_last", "pytorch compile")
    body = [
        [
            _name(name),
            *(_of(row, side, "first", "{:.1f} s", 1) for side in sides),
            *(_of(row, side, "memory", "{:.2f} GB", 1e9) for side in sides),
        ]
        for name, row in rows.items()
    ]
    names = [side.replace("pytorch ", "") for side in sides]
    heads = [f"first: {names[0]}", *names[1:], f"memory: {names[0]}", *names[1:]]
    align = ["left"] + ["right"] * (2 * len(sides))
    return tabulate(body, ["network, batch", *heads], "github", colalign=align)


def _of(row: dict, side: str, field: str, layout: str, unit: float) -> str:
    """A number of a side, or a dash."""
    found = row["sides"].get(side)
    return layout.format(found[field] / unit) if found else "–"


def _ours(row: dict) -> dict:
    return next(iter(row["sides"].values()))


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms"


def _first(row: dict) -> dict:
    """The ratios of our first side to its peers."""
    return next(iter(row["speedups"].values()), {})


def _cell(found: dict | None, family: str = "pytorch") -> str:
    """'**1.77** (1.70 to 1.85) channels_last', or a dash where there is none."""
    if found is None:
        return "–"
    mode = found["side"].partition(" ")[2] if family == "pytorch" else ""
    text = f"**{found['speedup']:.2f}** ({found['low']:.2f} to {found['high']:.2f})"
    return f"{text} {mode}".strip()


def _means(rows: dict) -> str:
    """The geometric mean of the ratios to each family."""
    parts = []
    for family in _PEERS:
        found = [
            _first(row)[family]["speedup"]
            for row in rows.values()
            if family in _first(row)
        ]
        if found:
            mean = geometric_mean(found)
            parts.append(f"over {family} {mean:.2f} ({len(found)} rows)")
    return f"Geometric means: {', '.join(parts)}."
