"""Bitcast, EnsureShape, BroadcastArgs, EditDistance, SparseToDense and what passes its input on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_shape import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("GuaranteeConst", "StopGradient", "PreventGradient", "PlaceholderWithDefault", "DebugGradientIdentity")
def pass_on(k: KernelContext) -> Callable[..., Any]:
    """The input itself."""
    del k
    return lambda x: x


@kernel("IdentityN")
def identity_n(k: KernelContext) -> Callable[..., Any]:
    """The inputs themselves."""
    if len(k.output_dtypes) == 1:
        return lambda x: x
    return lambda *values: values


@kernel("EnsureShape")
def ensure_shape(k: KernelContext) -> Callable[..., Any]:
    """The input, if it has the shape."""
    wanted = k.attr("shape")

    def checked(x: Any) -> Any:
        if not raw_shape.compatible(shape_of(x), wanted):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Shape of tensor {k.name} {raw_shape.to_str(shape_of(x))} is not compatible with expected shape "
                f"{raw_shape.to_str(wanted)}.",
            )
        return x

    return checked


@kernel("Bitcast")
def bitcast(k: KernelContext) -> Callable[..., Any]:
    """The input's bytes, read as another type."""
    xp, target = k.xp, k.output_dtypes[0].np
    source = k.input_dtypes[0].np

    def cast(x: Any) -> Any:
        x = xp.ascontiguousarray(x).reshape(np.shape(x))
        if source.itemsize == target.itemsize:
            return x.view(target)[()]
        if source.itemsize > target.itemsize:
            return x.reshape(*x.shape, 1).view(target)
        factor = target.itemsize // source.itemsize
        if x.ndim < 1 or x.shape[-1] != factor:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Cannot bitcast from {k.input_dtypes[0].name} to {k.output_dtypes[0].name}: shape "
                f"{raw_shape.to_str(x.shape)}",
            )
        return x.view(target)[..., 0]

    return cast


@kernel("BroadcastArgs")
def broadcast_args(k: KernelContext) -> Callable[..., Any]:
    """The shape that two shapes broadcast to."""
    dtype = k.output_dtypes[0].np

    def joined(a: Any, b: Any) -> Any:
        for i, s in enumerate((a, b)):
            if s.ndim != 1:
                raise errors.InvalidArgumentError(None, None, f"In[{i}] must be a vector.{raw_shape.to_str(s.shape)}")
        try:
            return np.array(np.broadcast_shapes(tuple(a.tolist()), tuple(b.tolist())), dtype)
        except ValueError:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Incompatible shapes: [{','.join(map(str, a.tolist()))}] vs. [{','.join(map(str, b.tolist()))}]",
            ) from None

    return joined


@kernel("SparseToDense")
def sparse_to_dense(k: KernelContext) -> Callable[..., Any]:
    """An array with values in given places."""
    dtype, validate = k.output_dtypes[0].np, k.attr("validate_indices")

    def made(indices: Any, shape: Any, values: Any, default: Any) -> Any:
        if indices.ndim > 2:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"sparse_indices should be a scalar, vector, or matrix, got shape {raw_shape.to_str(indices.shape)}",
            )
        rows = indices.reshape(1, 1) if indices.ndim == 0 else indices.reshape(-1, 1) if indices.ndim == 1 else indices
        size = tuple(shape.tolist())
        if rows.shape[1] != len(size):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"output_shape has incorrect number of elements: {len(size)} should be: {rows.shape[1]}",
            )
        if np.ndim(values) == 1 and values.shape[0] != rows.shape[0]:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"sparse_values has incorrect shape {raw_shape.to_str(values.shape)}, should be [] or "
                f"[{rows.shape[0]}]",
            )
        _check_indices(rows, size, in_order=validate)
        result = np.empty(size, dtype)
        result[...] = default
        result[tuple(rows.T)] = values
        return result

    return made


def _check_indices(rows: Any, size: tuple[int, ...], *, in_order: bool) -> None:
    before: tuple[int, ...] | None = None
    for i, row in enumerate(map(tuple, rows.tolist())):
        text = ",".join(map(str, row))
        if any(not 0 <= r < s for r, s in zip(row, size, strict=True)):
            raise errors.InvalidArgumentError(
                None, None, f"indices[{i}] = [{text}] is out of bounds: need 0 <= index < [{','.join(map(str, size))}]"
            )
        if in_order and before is not None and row <= before:
            why = "repeated" if row == before else "out of order. Many sparse ops require sorted indices."
            raise errors.InvalidArgumentError(None, None, f"indices[{i}] = [{text}] is {why}")
        before = row


@kernel("EditDistance")
def edit_distance(k: KernelContext) -> Callable[..., Any]:
    """The Levenshtein distances between sequences."""
    normalize = k.attr("normalize")

    def distances(hi: Any, hv: Any, hs: Any, ti: Any, tv: Any, ts: Any) -> Any:
        shape = tuple([max(a, b) for a, b in zip(hs.tolist()[:-1], ts.tolist()[:-1], strict=True)])
        hypotheses, truths = _sequences(hi, hv), _sequences(ti, tv)
        result = np.zeros(shape, np.float32)
        for place in hypotheses.keys() | truths.keys():
            guess, truth = hypotheses.get(place, []), truths.get(place, [])
            distance = float(_levenshtein(truth, guess))
            if normalize:
                distance = distance / len(truth) if truth else float("inf")
            result[place] = distance
        return result if shape else result[()]

    return distances


def _sequences(indices: Any, values: Any) -> dict[tuple[int, ...], list[Any]]:
    found: dict[tuple[int, ...], list[Any]] = {}
    for row, value in zip(indices.tolist(), values.tolist(), strict=True):
        found.setdefault(tuple(row[:-1]), []).append(value)
    return found


def _levenshtein(a: list[Any], b: list[Any]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


@kernel("UnravelIndex")
def unravel_index(k: KernelContext) -> Callable[..., Any]:
    """The coordinates of elements, one row a dimension."""
    dtype = k.output_dtypes[0].np

    def unraveled(indices: Any, dims: Any) -> Any:
        if np.size(indices) and np.max(indices) > np.prod(dims):
            raise errors.InvalidArgumentError(None, None, "index is out of bound as with dims")
        steps = np.append(np.cumprod(dims[:0:-1])[::-1], 1).astype(dtype)
        rows = np.asarray(indices) // steps.reshape(-1, *[1] * np.ndim(indices))
        return (rows % dims.reshape(-1, *[1] * np.ndim(indices))).astype(dtype)

    return unraveled
