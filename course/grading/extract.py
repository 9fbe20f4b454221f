"""A student's network as the JSON of its symbol: plain or hybrid, initialized or not.

Runs where the student's code runs. Nothing of what it returns is trusted elsewhere.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import Iterator, Sequence

import mxnet as mx
from mxnet import autograd
from mxnet.gluon import Block, HybridBlock, SymbolBlock

from course.grading.in_place import recordable
from course.grading.messages import ANSWERS
from course.grading.shapes import BATCH
from gluon_nets.formulation import textbook
from gluon_nets.messages import line_of


def graph_text(net, image: Sequence[int]) -> str:
    """The JSON of a network's symbol; `course.grading.graph.read_graph` reads it.

    A hybrid network is traced without being run. One of plain blocks is run on two
    images, as if for evaluation. The network stays as it was: its parameters, also
    those that have no shape yet, and whether it is hybridized.

    Parameters
    ----------
    net : Block
    image : sequence of int
        Shape of an image, (channels, height, width).

    Raises
    ------
    ValueError
        With a sentence for a student: it is no network, or cannot be computed.
    """
    if not isinstance(net, Block):
        kind = net.__name__ if isinstance(net, type) else type(net).__name__
        what = f"the class {kind} itself" if isinstance(net, type) else f"a {kind}"
        raise ValueError(ANSWERS["no_block"].format(found=what))
    if isinstance(net, SymbolBlock):  # MXNet's own forward fails with a symbol
        return net._cached_graph[1].tojson()
    errors: list[Exception] = []
    for way, is_np in WAYS:
        if way is _traced and not isinstance(net, HybridBlock):
            continue
        try:
            with textbook(), _arrays(is_np), _own_variables(net):
                return way(net, tuple(image), is_np)
        except _Refused as refusal:
            raise ValueError(str(refusal)) from None
        except Exception as error:  # a student's code may raise anything
            errors.append(error)
    error = errors[-2]  # of the run on NumPy's arrays: that of a student's own forward
    writes = ANSWERS["writes"]
    reason = writes if "AGInfo" in str(error) else line_of(error, type(error).__name__)
    shape = "×".join(map(str, image))
    said = ANSWERS["fails"].format(shape=shape, reason=reason)
    raise ValueError(said) from error


@contextlib.contextmanager
def _arrays(is_np: bool) -> Iterator[None]:
    """Within it arrays are NumPy's, or those of before, as of the model zoos."""
    scopes = [mx.util.np_array(is_np), mx.util.np_shape(is_np)]
    with contextlib.ExitStack() as stack:
        # MXNet refuses NumPy's arrays without NumPy's shapes, also for a moment
        for scope in reversed(scopes) if is_np else scopes:
            stack.enter_context(scope)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


def _traced(net, image, is_np: bool) -> str:
    """What a hybrid network makes of a symbol."""
    data = mx.sym.var("data")
    symbol = net(data.as_np_ndarray() if is_np else data)
    _check_output(symbol)
    return symbol.tojson()


def _recorded(net, image, is_np: bool) -> str:
    """What autograd saw."""
    zeros = mx.np.zeros if is_np else mx.nd.zeros
    x = zeros((BATCH, *image), ctx=_device(net))
    x.attach_grad()
    with _unhybridized(net), _initialized(net), recordable():
        with autograd.record(train_mode=False):
            y = net(x)
        _check_output(y)
        try:
            return autograd.get_symbol(y).tojson()
        except mx.MXNetError:
            raise _Refused(ANSWERS["not_computed"]) from None


WAYS = ((_traced, True), (_traced, False), (_recorded, True), (_recorded, False))


class _Refused(ValueError):
    """The network runs, but what it gives does not fit."""


def _check_output(y) -> None:
    if isinstance(y, (list, tuple)):
        raise _Refused(ANSWERS["several_outputs"].format(found=len(y)))
    if not isinstance(y, (mx.nd.NDArray, mx.sym.Symbol)):
        kind = f"{type(y).__module__}.{type(y).__name__}".replace("builtins.", "")
        raise _Refused(ANSWERS["no_array"].format(found=kind))


def _blocks(net: Block) -> list[Block]:
    """The network and all that is in it, each once."""
    found = {id(net): net}
    todo = [net]
    while todo:
        for child in todo.pop()._children.values():
            if id(child) not in found:
                found[id(child)] = child
                todo.append(child)
    return list(found.values())


@contextlib.contextmanager
def _unhybridized(net: Block) -> Iterator[None]:
    """Within it every layer runs by itself: autograd does not look into a whole."""
    hybrid = [
        block
        for block in _blocks(net)
        if isinstance(block, HybridBlock) and not isinstance(block, SymbolBlock)
    ]
    before = [(block, block._active, block._cached_graph) for block in hybrid]
    for block in hybrid:
        block._active, block._cached_graph = False, ()
    try:
        yield
    finally:
        for block, active, graph in before:
            block._active, block._cached_graph = active, graph


@contextlib.contextmanager
def _initialized(net: Block) -> Iterator[None]:
    """Within it all parameters have values; those without are without them again."""
    parameters = net.collect_params().values()
    empty = [parameter for parameter in parameters if parameter._data is None]
    before = [dict(vars(parameter)) for parameter in empty]
    device = _device(net)
    try:
        for parameter in empty:
            zero = mx.init.Zero()
            parameter.initialize(default_init=zero, ctx=device, force_reinit=True)
        yield
    finally:
        for parameter, attributes in zip(empty, before):
            vars(parameter).clear()
            vars(parameter).update(attributes)


@contextlib.contextmanager
def _own_variables(net: Block) -> Iterator[None]:
    """Within it symbols are made of variables of this kind of arrays."""
    parameters = net.collect_params().values()
    before = [(parameter, parameter._var) for parameter in parameters]
    for parameter in parameters:
        parameter._var = None
    try:
        yield
    finally:
        for parameter, variable in before:
            parameter._var = variable


def _device(net: Block):
    """Where the network's parameters are."""
    for parameter in net.collect_params().values():
        if parameter._data is not None:
            return parameter.list_ctx()[0]
    return mx.cpu()
