from __future__ import annotations

import mxnet as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mxnet import np, npx

from course.grading.attributes import Attributes
from course.grading.errors import GraphError
from course.grading.shapes import (
    broadcast,
    filled,
    legacy_reshape,
    npx_reshape,
    place,
    window,
)

npx.set_np()
SHAPE = (2, 6, 4, 5)
sides = st.integers(1, 12)


@pytest.mark.parametrize(
    "codes",
    [
        *((2, -1), (-1,), (0, -1), (0, 0, -1), (-2,), (0, -2), (0, -3, 0), (0, 24, 5)),
        *((-3, -3), (0, -4, 2, 3, -2), (0, -4, -1, 3, -2), (0, -3, -1), (0, 120)),
        (-4, 2, 1, -2),
    ],
)
def test_codes_of_the_former_reshape(codes):
    assert legacy_reshape(SHAPE, codes) == mx.nd.zeros(SHAPE).reshape(codes).shape


@pytest.mark.parametrize(
    "codes",
    [
        *((-2, -1), (-2, -2, -1), (-4,), (-2, -4), (-5, -5), (-2, -5, -2), (2, -1)),
        *((-2, -6, 2, 3, -4), (-2, -6, -1, 2, -4), (-2, 24, 5), (-6, 2, 1, -4)),
    ],
)
def test_codes_of_the_new_reshape(codes):
    assert npx_reshape(SHAPE, codes) == npx.reshape(np.zeros(SHAPE), codes).shape


def test_codes_that_do_not_fit():
    """MXNet itself reads past its vectors here, and may die of it."""
    legacy = (
        (0, 0, 0, -3),
        (0, 7, -1),
        (2, 6, 21),
        (0, -4, 2, 2, -2),
        (0, -4, 2),
        (0,) * 5,
    )
    assert {legacy_reshape(SHAPE, codes) for codes in legacy} == {None}
    new = (-3, -4), (-2, -2, -2, -5), (-2, 7, -1), (-2, -6, 2), (-7, -1), (-2,) * 5
    assert {npx_reshape(SHAPE, codes) for codes in new} == {None}


def test_axes_of_one_are_dropped():
    assert npx_reshape((2, 6, 1, 1), (-2, -2, -3, -3)) == (2, 6)
    assert npx_reshape((2, 6, 1, 1), (-2, -3, -3, -3)) is None


@given(
    side=sides, kernel=sides, stride=sides, pad=st.integers(0, 4), ceil=st.booleans()
)
def test_windows_of_poolings(side, kernel, stride, pad, ceil):
    if pad >= kernel or kernel > side + 2 * pad:
        return
    convention = "full" if ceil else "valid"
    pairs = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "pad": (pad,) * 2}
    symbol = mx.sym.Pooling(
        mx.sym.var("x"), pool_type="max", pooling_convention=convention, **pairs
    )
    expected = symbol.infer_shape(x=(1, 1, side, side))[1][0][-1]
    assert window(side, kernel, stride, pad, ceil=ceil) == expected


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_windows_of_convolutions(dilation):
    pairs = {"kernel": (3, 3), "stride": (2, 2), "dilate": (dilation,) * 2}
    symbol = mx.sym.Convolution(mx.sym.var("x"), num_filter=1, pad=(1, 1), **pairs)
    expected = symbol.infer_shape(x=(1, 1, 9, 9))[1][0][-1]
    assert window(9, 3, 2, 1, dilation) == expected
    assert window(2, 3, 1, 0, dilation) < 1


def test_other_arithmetic():
    assert broadcast((2, 3, 1), (2, 1, 4)) == (2, 3, 4)
    assert broadcast((2, 3), (2, 4)) is None and broadcast((3,), (2, 3)) is None
    assert filled((-1, 3), 12) == (4, 3)
    assert filled((5, -1), 12) is filled((-1, -1), 4) is filled((0, 0), 0) is None
    assert (place(-1, 4), place(3, 4), place(4, 4), place(-5, 4)) == (3, 3, None, None)


def read(method: str, value, *arguments, **options):
    return getattr(Attributes("layer 1", {"x": value}), method)(
        "x", *arguments, **options
    )


def test_attributes_are_bounded():
    assert read("integer", " 12 ") == 12 and read("integer", "3L") == 3
    assert read("pair", "(1, 2)") == (1, 2) and read("pair", "[1,2,]") == (1, 2)
    assert read("pair", "()", (7, 7)) == read("pair", "None", (7, 7)) == (7, 7)
    assert read("number", "-1.5e-3") == -0.0015
    assert read("flag", "1") is True and read("flag", "False") is False
    assert read("word", "max", ("avg", "max")) == "max"
    assert read("integers", "(None, 2)", open_ends=True) == (None, 2)
    assert read("paired", "((0, 0), (1, 2))", 2) == [(0, 0), (1, 2)]


@pytest.mark.parametrize(
    "method, value, arguments",
    [
        *(("integer", value, ()) for value in ("0", "1.5", "", "1e3", "1000001", "x")),
        *(("pair", value, ()) for value in ("3", "(1, 2, 3)", "()", "(1, -1)", "(1")),
        *(
            ("number", value, ())
            for value in ("nan", "inf", "1e99", "1e", "1_0", "--1")
        ),
        *(("flag", value, ()) for value in ("yes", "2", "true")),
        *(("integers", value, ()) for value in ("(None,)", "(1, , 2)", "(1,)" * 9)),
        *(("paired", value, (2,)) for value in ("(0, 0)", "(0, -1, 0, 0)", "")),
        ("word", "min", (("avg", "max"),)),
        *(("integer", value, ()) for value in (None, 3, [3], {}, "9" * 300)),
    ],
)
def test_attributes_that_do_not_fit(method, value, arguments):
    with pytest.raises(GraphError, match="^layer 1 has (no )?x"):
        read(method, value, *arguments)
