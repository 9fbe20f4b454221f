"""Networks whose graphs may be made for the size of their images."""

from __future__ import annotations

from mxnet import np
from mxnet.gluon import nn

from gluon_nets import winograd
from gluon_nets.formulation import images_of, textbook

KEPT = 4  # graphs: to train and to evaluate, and the last batches of both


class Sized(nn.HybridSequential):
    """A sequence of blocks that traces a graph for each size of images.

    Layers may then choose their operators by the size of their maps, see `small_maps`
    and `winograd`: such a graph computes nonsense, or fails, for images of another
    size. Of the batch a graph knows whether it is large, as `winograd` has it.
    """

    def __init__(self):
        self._size, self._others = None, {}
        super().__init__()

    def _get_graph(self, *args):
        """MXNet's own place to trace, with the images' shape known to the layers."""
        if not self._cached_graph:
            self._size = size_of(args[0].shape)
        with images_of(self._size):
            return super()._get_graph(*args)

    def _call_cached_op(self, *args):
        size = size_of(args[0].shape)
        if size != self._size:
            wanted = self._others.pop(size, ((), None, []))
            if self._cached_op:
                graph = self._cached_graph, self._cached_op, self._cached_op_args
                self._others[self._size] = graph
                if len(self._others) == KEPT:
                    del self._others[next(iter(self._others))]
            self._cached_graph, self._cached_op, self._cached_op_args = wanted
            self._size = size
        return super()._call_cached_op(*args)

    def _clear_cached_op(self):
        self._others.clear()
        super()._clear_cached_op()

    def export(self, *args, **kwargs):
        """As MXNet's, of a graph for images of every size."""
        traced = self._cached_graph
        try:
            if traced:  # otherwise MXNet says what it lacks
                self._cached_graph = ()
                with textbook():  # of the image only its kind of array is looked at
                    super()._get_graph(np.zeros((1,)))
            return super().export(*args, **kwargs)
        finally:
            self._cached_graph = traced


def size_of(shape) -> tuple[int, ...]:
    """The shape of images that a graph is made for, with the least of its batches."""
    batch = winograd.TRAINING.rows if shape[0] >= winograd.TRAINING.rows else 1
    return (batch, *shape[1:])
