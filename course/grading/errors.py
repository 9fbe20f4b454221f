"""Why a graph cannot be read: a code, what was found, and a sentence for a student."""

from __future__ import annotations

SENTENCES = {
    # the text
    "text": "the network's graph is {found}: it must be JSON text",
    "size": "the network's graph is {found} characters long: {fits} fit",
    "json": "the network's graph is no JSON of a network: {reason}",
    "nodes": "the network has {found} operations: {fits} fit",
    "edges": "the network's operations read {found} values: {fits} fit",
    "form": "the network's graph is damaged: {reason}",
    "image": "{found} is no image's shape: (channels, height, width) fits",
    # what is allowed
    "operator": "the network uses {op}, which the grader does not know: build it of "
    "convolutions, dense layers, norms, activations, poolings, sums, products, "
    "concatenations and reshapes",
    "arity": "{where} reads {found} values: {fits} fit",
    "attribute": "{where} has {attribute} {found}: {fits}",
    "lacks": "{where} has no {attribute}: {fits}",
    "array": "{where} reads an array of its own where another layer's output belongs",
    "computed": "{where} reads a layer's output as its {role}: a parameter fits there",
    "inputs": "{where} reads a second input: a network has one, the images",
    "shared": "{where} shares a {role} of shape {found}: here it must have {fits}",
    "constant": "the network's output does not depend on the images",
    "outputs": "the network gives {found} outputs: it must give one array",
    # shapes
    "rank": "{where} is given an array of shape {found}: {fits}",
    "groups": "{where} has {groups} groups, which do not divide its {channels} {what}",
    "window": "{where} is given maps of {found} pixels: its kernel and stride need "
    "larger ones, by a larger image or fewer strides",
    "shapes": "{where} is given arrays of shapes {found}: {fits}",
    "batch": "{where} mixes the images of a batch: each image must be on its own",
    "features": "{where} makes the shape {found} of {number} numbers",
    # budgets
    "large": "{where} makes {found} numbers of an image: {fits} fit",
    "budget": "the network has {found} {what}: {fits} fit",
}


class GraphError(ValueError):
    """A graph that is not read; `str` of it is a sentence.

    Attributes
    ----------
    code : str
        Key of `SENTENCES`.
    facts : dict
        What the sentence names: numbers and short words.
    """

    def __init__(self, code: str, **facts):
        self.code, self.facts = code, facts
        super().__init__(SENTENCES[code].format(**facts))


def shown(value, most: int = 40) -> str:
    """Something foreign in few plain characters, to be part of a sentence."""
    text = ascii(value[: 2 * most]) if isinstance(value, str) else ascii(value)
    return text if len(text) <= most else text[: most - 3] + "..."
