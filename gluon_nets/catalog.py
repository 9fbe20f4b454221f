"""What there is: descriptions of the networks, and tables of them."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping

from gluon_nets.cost import Complexity, complexity
from gluon_nets.specs import FAMILIES, Entry, find, list_nets


@dataclasses.dataclass(frozen=True)
class Description:
    """A network in words and numbers.

    `complexity` is that of images of `in_channels` × `image_size` × `image_size` and
    of `num_classes` classes, for which the source publishes it, or uses it.
    """

    name: str
    family: str
    source: str
    image_size: int
    in_channels: int
    num_classes: int
    complexity: Complexity

    def as_dict(self) -> dict:
        """The description as JSON-able data, the three numbers flat among the rest."""
        flat = dataclasses.asdict(self)
        cost, source = flat.pop("complexity"), flat.pop("source")
        return {**flat, **cost, "source": source}

    def __str__(self) -> str:
        cost = self.complexity
        return (
            f"{self.name} ({self.family}): {self.source}.\n"
            f"For {self.in_channels}×{self.image_size}×{self.image_size} images and "
            f"{self.num_classes} classes {cost.params:,} parameters, {cost.flops:,} "
            f"flops, {cost.acts:,} activations."
        )


def describe(name: str) -> Description:
    """Source, image size and complexity of a network, from numbers alone.

    Parameters
    ----------
    name : str
        A name of `list_nets()`.

    Returns
    -------
    Description
        Printed, it is two lines of text; it is the docstring of the network too.

    Raises
    ------
    ValueError
        Where there is no such network; with the nearest names.
    """
    return description(name, find(name))


def description(
    name: str, entry: Entry, options: Mapping[str, Any] | None = None
) -> Description:
    """The description of a network by its numbers, which options may have changed."""
    family = next(family for family, table in FAMILIES.items() if name in table)
    shape = (entry.image_size, entry.in_channels, entry.num_classes)
    cost = complexity(entry.spec, *shape)
    if options:
        name += " with " + ", ".join(f"{key}={v!r}" for key, v in options.items())
    return Description(name, family, entry.source, *shape, cost)


def markdown_of_networks(pattern: str = "*") -> str:
    """A Markdown table with a row for each network that matches a pattern."""
    lines = [
        "| name | input | classes | params | flops | acts | source |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for name in list_nets(pattern):
        it = describe(name)
        cost = it.complexity
        image = f"{it.in_channels}×{it.image_size}×{it.image_size}"
        numbers = " | ".join(f"{n:,}" for n in (cost.params, cost.flops, cost.acts))
        lines.append(
            f"| `{name}` | {image} | {it.num_classes} | {numbers} | {it.source} |"
        )
    return "\n".join(lines) + "\n"


def markdown_of_families() -> str:
    """A Markdown table with a row for each family and its names."""
    lines = ["| family | networks |", "| --- | --- |"]
    for family, table in FAMILIES.items():
        lines.append(f"| {family} | {', '.join(f'`{name}`' for name in table)} |")
    return "\n".join(lines) + "\n"
