"""Updates by index. As in TensorFlow's GPU kernels, an index that does not exist is ignored.

Where an update can be one that changes nothing, that is what it becomes; elsewhere the valid ones are picked, and the
host waits to hear how many they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels import array_gather, state_scatter
from tangraph_backend_cpu.kernels.array_gather import outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_ROWS: Final = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Update")
_SLICES: Final = ("Add", "Sub", "Update")


def _identity(kind: str, dtype: np.dtype[Any]) -> Any:
    """Returns the update that changes nothing; None where there is none, or where updates are not made at once."""
    if kind in {"Add", "Sub"}:
        return dtype.type(0)
    if kind not in {"Max", "Min"}:
        return None
    if dtype.kind == "f":
        return dtype.type(-np.inf if kind == "Max" else np.inf)
    return dtype.type(np.iinfo(dtype).min if kind == "Max" else np.iinfo(dtype).max)


def kept(xp: Any, vectors: Any, updates: Any, shape: tuple[int, ...], identity: Any) -> tuple[Any, Any]:
    """Returns index vectors that exist, and their updates.

    Args:
      xp: the array module.
      vectors: [*batch, depth].
      updates: [*batch, *inner], or a number.
      shape: what the vectors index.
      identity: the update that changes nothing, or None.
    """
    valid = ~outside(vectors, shape)
    if identity is None:
        return vectors[valid], updates[valid] if updates.ndim else updates
    lead = valid.ndim
    inner = max(updates.ndim - lead, 0)
    return xp.where(valid[..., None], vectors, 0), xp.where(
        valid.reshape((*valid.shape, *[1] * inner)), updates, identity
    )


@kernel("ScatterNd", "TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "ScatterNdNonAliasingAdd")
def scatter_nd(k: KernelContext) -> Callable[..., Any]:
    """Updates added into zeros, or written, added to or subtracted from a copy."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    identity = None if k.op_type == "TensorScatterUpdate" else dtype.type(0)
    if k.op_type == "ScatterNd":
        into_zeros = array_gather.scatter_nd(k)

        def scatter(indices: Any, updates: Any, shape: Any) -> Any:
            return into_zeros(*_checked(xp, indices, updates, tuple(shape.tolist()), identity), shape)

        return scatter
    into_copy = array_gather.tensor_scatter(k)
    return lambda x, indices, updates: into_copy(x, *_checked(xp, indices, updates, x.shape, identity))


def _checked(xp: Any, indices: Any, updates: Any, shape: tuple[int, ...], identity: Any) -> tuple[Any, Any]:
    """As `kept`, of what fits; what does not is left to the kernel's own checks."""
    depth = indices.shape[-1] if indices.ndim else 0
    fits = 0 < depth <= len(shape) and updates.shape == (*indices.shape[:-1], *shape[depth:]) and 0 not in shape
    return kept(xp, indices, updates, shape[:depth], identity) if fits else (indices, updates)


def _rows(kind: str, factory: Callable[[KernelContext], Any]) -> Callable[[KernelContext], Any]:
    def make(k: KernelContext) -> Any:
        xp, plain, identity = k.xp, factory(k), _identity(kind, k.input_dtypes[-1].np)

        def run(cell: Any, indices: Any, updates: Any) -> Any:
            live = cell.value
            given = tuple(updates.shape)
            if not live.ndim or not indices.size or (given and given != (*indices.shape, *live.shape[1:])):
                return plain(cell, indices, updates)
            vectors, updates = kept(xp, indices[..., None], updates, live.shape[:1], identity)
            return plain(cell, vectors[..., 0], updates)

        return run

    return make


def _slices(kind: str, factory: Callable[[KernelContext], Any]) -> Callable[[KernelContext], Any]:
    def make(k: KernelContext) -> Any:
        xp, plain, identity = k.xp, factory(k), _identity(kind, k.input_dtypes[-1].np)

        def run(cell: Any, indices: Any, updates: Any) -> Any:
            live = cell.value
            vectors = indices[:, None] if indices.ndim == 1 else indices
            depth = vectors.shape[-1] if vectors.ndim else 0
            expected = (*vectors.shape[:-1], *live.shape[depth:])
            if not 0 < depth <= live.ndim or not vectors.size or tuple(updates.shape) != expected:
                return plain(cell, indices, updates)
            return plain(cell, *kept(xp, vectors, updates, live.shape[:depth], identity))

        return run

    return make


for _kind in _ROWS:
    for _name in (f"Scatter{_kind}", f"ResourceScatter{_kind}"):
        kernel.add(_name, _rows(_kind, state_scatter.kernel[_name]))
for _kind in _SLICES:
    for _name in (f"ScatterNd{_kind}", f"ResourceScatterNd{_kind}"):
        kernel.add(_name, _slices(_kind, state_scatter.kernel[_name]))
