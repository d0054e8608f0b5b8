"""Parts of variables: gathers from a resource variable, and assignment to a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.framework.strided_index import numpy_index, strided_slice_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_gather import on_host, outside
from tangraph_backend_cpu.kernels.state_scatter import check_rows_in_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.client.resources import Cell
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("ResourceGather")
def resource_gather(k: KernelContext) -> Callable[..., Any]:
    """Rows of the variable; with batch dimensions, those of each batch."""
    xp, batch_dims = k.xp, k.attr("batch_dims")

    def gather(cell: Cell, indices: Any) -> Any:
        live = cell.value
        if not np.ndim(live):
            raise errors.InvalidArgumentError(None, None, "params must be at least 1 dimensional")
        check_rows_in_range(indices, live.shape[batch_dims])
        if not batch_dims:
            return xp.take(live, indices, axis=0)
        grid = [
            xp.arange(size).reshape(-1, *[1] * (indices.ndim - axis - 1))
            for axis, size in enumerate(indices.shape[:batch_dims])
        ]
        return live[(*grid, indices)]

    return gather


@kernel("ResourceGatherNd")
def resource_gather_nd(k: KernelContext) -> Callable[..., Any]:
    """The slices that vectors of coordinates name."""
    xp = k.xp

    def gather(cell: Cell, indices: Any) -> Any:
        live = cell.value
        depth = indices.shape[-1]
        wrong = outside(indices, live.shape[:depth]) if depth and on_host(indices) else np.False_
        if wrong.any():
            bad = int(wrong.ravel().nonzero()[0][0])
            vector = indices.reshape(-1, depth)[bad].tolist()
            place = ",".join(str(int(p)) for p in np.unravel_index(bad, wrong.shape)) if wrong.ndim else ""
            raise errors.InvalidArgumentError(
                None,
                None,
                f"indices{f'[{place}]' if place else ''} = [{', '.join(map(str, vector))}] does not index into param shape "
                f"{raw_shape.to_str(live.shape)}",
            )
        taken = live[tuple([indices[..., axis] for axis in range(depth)])]
        return taken.copy() if taken.ndim and xp.may_share_memory(taken, live) else taken

    return gather


@kernel("StridedSliceAssign", "ResourceStridedSliceAssign")
def strided_slice_assign(k: KernelContext) -> Callable[..., Any]:
    """Writes a value into the part that a strided slice takes."""
    attrs, on_reference = k.attrs, k.op_type == "StridedSliceAssign"

    def assign(cell: Cell, begin: Any, end: Any, strides: Any, value: Any) -> Cell | None:
        with cell.lock:
            live = cell.value
            bounds = begin.tolist(), end.tolist(), strides.tolist()
            try:
                shape = strided_slice_shape(live.shape, *bounds, attrs)
            except ValueError as error:
                raise errors.InvalidArgumentError(None, None, str(error)) from None
            given = np.shape(value)
            if given != shape:
                raise errors.UnimplementedError(
                    None,
                    None,
                    f"sliced l-value shape {raw_shape.to_str(shape)} does not match r-value shape "
                    f"{raw_shape.to_str(given)}. Automatic broadcasting not yet implemented.",
                )
            if live.shape:
                live[numpy_index(attrs, *bounds)] = value
            else:
                cell.store(value)
        return cell if on_reference else None

    return assign
