"""MXNet's operators that are known, and the rule for each.

What is not in the table is refused: a rule says which inputs, attributes and outputs
an operator may have, and what it is in our words.
"""

from __future__ import annotations

from typing import Callable, Mapping

from course.grading import layer_rules, pointwise_rules, view_rules
from course.grading.pointwise_rules import binary, named, with_number

_LAYERS = {
    "Convolution": layer_rules.convolution,
    "FullyConnected": layer_rules.dense,
    "BatchNorm": layer_rules.batch_norm,
    "_contrib_BatchNormWithReLU": layer_rules.batch_norm_relu,
    "LayerNorm": layer_rules.layer_norm,
    "Pooling": layer_rules.pooling,
    "_contrib_AdaptiveAvgPooling2D": layer_rules.adaptive_pooling,
    "Dropout": layer_rules.dropout,
    "softmax": layer_rules.softmax,
    "log_softmax": layer_rules.softmax,
}

_ACTIVATIONS = {
    "Activation": pointwise_rules.activation,
    "LeakyReLU": pointwise_rules.leaky_relu,
    "clip": pointwise_rules.clip,
    "relu": pointwise_rules.relu,
    "_npx_relu": pointwise_rules.relu,
    "sigmoid": named("sigmoid"),
    "_npx_sigmoid": named("sigmoid"),
    "tanh": named("tanh"),
    "_npi_tanh": named("tanh"),
    "softsign": named("softsign"),
}

_VIEWS = {
    **dict.fromkeys(("Reshape", "reshape"), view_rules.reshape),
    **dict.fromkeys(("_np_reshape", "_npi_reshape"), view_rules.reshape),
    "_npx_reshape": view_rules.reshape,
    **dict.fromkeys(("Flatten", "flatten", "_npx_batch_flatten"), view_rules.flatten),
    **dict.fromkeys(("expand_dims", "_npi_expand_dims"), view_rules.expand_dims),
    **dict.fromkeys(("squeeze", "_np_squeeze"), view_rules.squeeze),
    **dict.fromkeys(("mean", "_npi_mean", "_np_mean"), view_rules.map_mean),
    **dict.fromkeys(("max", "_np_max", "_npi_max"), view_rules.map_mean),
    **dict.fromkeys(("Concat", "concat", "_npi_concatenate"), view_rules.concat),
    "_np_concatenate": view_rules.concat,
    "slice": view_rules.cut,
    "slice_axis": view_rules.cut_axis,
    **dict.fromkeys(("_split_v2", "SliceChannel", "split"), view_rules.split),
    **dict.fromkeys(("Pad", "pad", "_npi_pad"), view_rules.pad),
    **dict.fromkeys(("_copy", "identity", "_copyto", "_np_copy"), view_rules.same),
    **dict.fromkeys(("Cast", "cast", "amp_cast"), view_rules.cast),
    **dict.fromkeys(("_npi_full_like", "_full_like"), view_rules.filled_like(None)),
    "zeros_like": view_rules.filled_like(0.0),
    "ones_like": view_rules.filled_like(1.0),
}

# our kind -> MXNet's names
_BINARY = {
    "add": ("elemwise_add", "broadcast_add", "_npi_add", "_plus", "_Plus"),
    "subtract": ("elemwise_sub", "broadcast_sub", "_npi_subtract", "_minus"),
    "multiply": ("elemwise_mul", "broadcast_mul", "_npi_multiply", "_mul"),
    "maximum": ("broadcast_maximum", "_npi_maximum", "_maximum"),
    "minimum": ("broadcast_minimum", "_npi_minimum", "_minimum"),
}

_NUMBER = {
    "add": ("_plus_scalar", "_npi_add_scalar", "_PlusScalar"),
    "subtract": ("_minus_scalar", "_npi_subtract_scalar"),
    "rsubtract": ("_rminus_scalar", "_npi_rsubtract_scalar"),
    "multiply": ("_mul_scalar", "_npi_multiply_scalar"),
    "divide": ("_div_scalar", "_npi_true_divide_scalar"),
    "maximum": ("_maximum_scalar", "_npi_maximum_scalar"),
    "minimum": ("_minimum_scalar", "_npi_minimum_scalar"),
}

RULES: Mapping[str, Callable] = {
    **_LAYERS,
    **_ACTIVATIONS,
    **_VIEWS,
    **{op: binary(kind) for kind, ops in _BINARY.items() for op in ops},
    **{op: with_number(kind) for kind, ops in _NUMBER.items() for op in ops},
    **dict.fromkeys(("add_n", "ElementWiseSum", "_sum"), pointwise_rules.add_many),
}

# what a student calls them
_WORDS = {
    "Convolution": "convolution",
    "FullyConnected": "dense layer",
    "Pooling": "pooling",
    "Activation": "activation",
    "Dropout": "dropout",
    **{op: "reshape" for op in ("Reshape", "reshape", "_np_reshape", "_npx_reshape")},
    **dict.fromkeys(("_npi_mean", "mean"), "mean"),
    **dict.fromkeys(("Concat", "concat", "_npi_concatenate"), "concatenation"),
    **{op: "addition" for op in _BINARY["add"]},
    **{op: "multiplication" for op in _BINARY["multiply"]},
}


def words_of(op: str) -> str:
    """An operator as sentences name it."""
    return _WORDS.get(op, f"operator {op}")
