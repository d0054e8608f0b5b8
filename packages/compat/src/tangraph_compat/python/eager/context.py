"""`tensorflow.python.eager.context`: what library code asks; the answer is that graphs are built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tangraph.framework.stacks import get_default_graph
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)

GRAPH_MODE = 0
EAGER_MODE = 1


def in_eager_mode() -> bool:
    """Returns False: programs of TensorFlow 1 build graphs."""
    return False


@contextmanager
def graph_mode() -> Iterator[None]:
    """Builds graphs in the block, as outside of it."""
    with get_default_graph().as_default():
        yield


def num_gpus() -> int:
    """Returns the number of GPUs that an installed backend runs on."""
    from tangraph_compat.python.client.device_lib import list_local_devices

    return sum(device.device_type == "GPU" for device in list_local_devices())
