"""Fashion-MNIST: found, verified, and turned into batches on the device.

Importing this package imports neither MXNet nor Matplotlib nor requests; each is
loaded when a function that needs it is first called.
"""

from gluon_nets.data.download import fetch
from gluon_nets.data.fashion_mnist import FashionMNIST
from gluon_nets.data.idx import DataError, read_idx
from gluon_nets.data.sources import Place, status
from gluon_nets.data.split import Split

__all__ = [
    "DataError",
    "FashionMNIST",
    "Place",
    "Split",
    "fetch",
    "read_idx",
    "status",
]
