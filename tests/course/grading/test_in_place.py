"""What is written with ``+=`` is read as what is written without."""

from __future__ import annotations

import pytest

pytest.importorskip("mxnet")

from mxnet import autograd, np, npx  # noqa: E402
from mxnet.gluon import HybridBlock, nn  # noqa: E402

from course.grading.in_place import recordable  # noqa: E402
from tests.course.grading.book import graph_of  # noqa: E402

npx.set_np()


def plain_sum(y, x):
    y = y + x
    return y


def in_place(y, x):
    y += x
    return y


def by_another_name(y, x):
    z = y
    y += x
    return z


def block(base, join):
    """A block of a kind that joins two convolutions."""

    class Joined(base):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.Conv2D(4, 3, 1, 1), nn.Conv2D(4, 1)

        def run(self, x):
            return npx.relu(join(self.one(x), self.other(x)))

        if base is nn.Block:

            def forward(self, x):
                return self.run(x)

        else:

            def hybrid_forward(self, F, x):
                return self.run(x)

    return Joined()


@pytest.mark.parametrize("base", [nn.Block, HybridBlock])
@pytest.mark.parametrize("join", [in_place, by_another_name])
def test_a_sum_in_place_is_a_sum(base, join):
    image = (1, 8, 8)
    fits = graph_of(block(nn.Block, plain_sum), *image).digest
    assert graph_of(block(base, join), *image).digest == fits


def test_arrays_are_those_of_before_when_it_ends():
    y, x = np.ones(2), np.ones(2)
    x.attach_grad()
    with recordable():
        with autograd.record():
            y += x
            y *= 3
            assert y.tolist() == [6, 6]
        x -= 1  # not recorded: in place as ever
    assert (y.tolist(), x.tolist()) == ([1, 1], [0, 0])
    with autograd.record(), pytest.raises(Exception, match="AGInfo"):
        z = y * x
        z += x


def test_a_sum_of_another_shape_is_an_error_as_in_mxnet():
    with recordable(), autograd.record(), pytest.raises(ValueError, match="in place"):
        y = np.ones((1, 2))
        y += np.ones((3, 2))
