"""Networks whose graphs may be made for the size of their images."""

from __future__ import annotations

from mxnet import np
from mxnet.gluon import nn

from gluon_nets.formulation import images_of, textbook


class Sized(nn.HybridSequential):
    """A sequence of blocks that traces its graph again for images of another size.

    Layers may then choose their operators by the size of their maps, see `small_maps`:
    such a graph computes nonsense, or fails, for images of another size.
    """

    def _get_graph(self, *args):
        """MXNet's own place to trace, with the images' shape known to the layers."""
        with images_of(args[0].shape):
            return super()._get_graph(*args)

    def _call_cached_op(self, *args):
        size = args[0].shape[2:]
        if size != getattr(self, "_size", size):
            self._clear_cached_op()
        self._size = size
        return super()._call_cached_op(*args)

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
