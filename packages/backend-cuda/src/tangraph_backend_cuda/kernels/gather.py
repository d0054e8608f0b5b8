"""Rows and elements by index. As in TensorFlow's GPU kernels, an index that does not exist gives zeros and no error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels import array_gather, state_reads
from tangraph_backend_cpu.kernels.array_gather import outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.client.resources import Cell
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _over(mask: Any, before: int, between: int, after: int) -> Any:
    """Returns a mask with `between` axes of size one put in after its first `before`, and `after` behind its last."""
    return mask.reshape((*mask.shape[:before], *[1] * between, *mask.shape[before:], *[1] * after))


@kernel("Gather", "GatherV2", "ResourceGather")
def gather(k: KernelContext) -> Callable[..., Any]:
    """Slices along an axis."""
    xp, zero, batch_dims = k.xp, k.output_dtypes[0].np.type(0), k.attrs.get("batch_dims", 0)
    on_resource = k.op_type == "ResourceGather"
    plain = state_reads.resource_gather(k) if on_resource else array_gather.gather(k)

    def run(source: Any, indices: Any, *axes: Any) -> Any:
        params = source.value if on_resource else source
        if params.ndim < 1:
            return plain(source, indices, *axes)  # which raises
        batch = batch_dims % indices.ndim if batch_dims < 0 else batch_dims
        axis = int(axes[0]) % params.ndim if axes else batch
        size = params.shape[axis]
        valid = (indices >= 0) & (indices < size)
        if not size:
            return xp.zeros((*params.shape[:axis], *indices.shape[batch:], *params.shape[axis + 1 :]), zero.dtype)
        taken = plain(source, xp.where(valid, indices, 0), *axes)
        return xp.where(_over(valid, batch, axis - batch, params.ndim - axis - 1), taken, zero)

    return run


def _nd(plain: Callable[..., Any], k: KernelContext, params_of: Callable[[Any], Any]) -> Callable[..., Any]:
    xp, zero = k.xp, k.output_dtypes[0].np.type(0)

    def run(source: Any, indices: Any) -> Any:
        params = params_of(source)
        depth = indices.shape[-1] if indices.ndim else 0
        if not depth or depth > params.ndim:
            return plain(source, indices)
        if 0 in params.shape[:depth]:
            return xp.zeros((*indices.shape[:-1], *params.shape[depth:]), zero.dtype)
        valid = ~outside(indices, params.shape[:depth])
        taken = plain(source, xp.where(valid[..., None], indices, 0))
        return xp.where(_over(valid, 0, 0, params.ndim - depth), taken, zero)

    return run


@kernel("GatherNd")
def gather_nd(k: KernelContext) -> Callable[..., Any]:
    """Elements or slices that index vectors name."""
    return _nd(array_gather.gather_nd(k), k, lambda params: params)


@kernel("ResourceGatherNd")
def resource_gather_nd(k: KernelContext) -> Callable[..., Any]:
    """The same of a variable."""

    def params_of(cell: Cell) -> Any:
        return cell.value

    return _nd(state_reads.resource_gather_nd(k), k, params_of)
