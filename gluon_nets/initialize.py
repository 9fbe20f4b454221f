"""Xavier initialization that depends on a seed and on nothing else."""

from __future__ import annotations

import zlib

import mxnet as mx
import numpy as np

from gluon_nets.checks import check_count


class SeededXavier(mx.init.Initializer):
    """Uniform in ±√(6 / (fan_in + fan_out)), drawn by an own generator.

    The same law as ``mx.init.Xavier()``. MXNet's own draws from a global stream, so
    that what a parameter gets depends on every draw before it; here it is a function of
    (seed, key).

    Parameters
    ----------
    seed : int
        The network's seed.
    key : str
        The parameter's place in the network, as in ``save_parameters``.

    Source: Glorot & Bengio 2010, equation 16.
    """

    def __init__(self, seed: int, key: str):
        super().__init__(seed=seed, key=key)
        self._seed, self._key = seed, key

    def _init_weight(self, _, arr):
        """Fill a weight of shape (out, in, ...) in place."""
        taps = int(np.prod(arr.shape[2:]))
        bound = np.sqrt(6 / ((arr.shape[0] + arr.shape[1]) * taps))
        generator = np.random.default_rng([self._seed, zlib.crc32(self._key.encode())])
        values = generator.random(arr.shape, dtype=np.float32)
        arr[:] = (2 * values - 1) * np.float32(bound)


def initialize(net, seed: int = 0):
    """Initialize a network: Xavier weights, the layers' own rule elsewhere.

    Parameters
    ----------
    net : HybridBlock
        A network without parameters yet, or whose parameters are to be drawn anew.
    seed : int
        Seed, 0 or more.

    Returns
    -------
    HybridBlock
        The network itself. Parameters whose shapes the first batch decides are drawn
        then, to the same values.

    Raises
    ------
    ValueError
        Where the seed is no whole number, or below 0.
    """
    check_count("seed", seed, least=0)
    for key, parameter in net._collect_params_with_prefix().items():
        # gamma, beta, biases and running statistics name their own constant
        rule = SeededXavier(int(seed), key) if parameter.init is None else None
        parameter.initialize(init=rule, force_reinit=True)
    return net
