"""Arithmetic of a SparseTensor with a dense tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


@kernel("SparseTensorDenseAdd")
def sparse_tensor_dense_add(k: KernelContext) -> Any:
    """Adds each value to the element where it stands; places may repeat."""

    def run(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
        if len(shape) != dense.ndim:
            raise _invalid(f"Two operands have different ranks; received: {len(shape)} and {dense.ndim}")
        for axis, (sparse_size, size) in enumerate(zip(shape.tolist(), dense.shape, strict=True)):
            if sparse_size != size:
                raise _invalid(
                    f"Dimension {axis} does not equal (no broadcasting is supported): sparse side {sparse_size} vs dense "
                    f"side {size}"
                )
        outside = (indices < 0) | (indices >= np.array(dense.shape, indices.dtype))
        if outside.any():
            raise _invalid(
                f"Sparse tensor has some invalid index on dimension {np.argwhere(outside)[0][1]}; dense tensor shape: "
                f"{raw_shape.to_str(dense.shape)}"
            )
        result = np.array(dense)
        k.xp.add.at(result, tuple(indices.T), values)
        return result

    return run


def _by_dense(k: KernelContext) -> Any:
    function = {"SparseDenseCwiseMul": k.xp.multiply, "SparseDenseCwiseDiv": k.xp.true_divide}.get(k.op_type, k.xp.add)
    if k.op_type == "SparseDenseCwiseDiv" and k.input_dtypes[1].is_integer:
        function = k.xp.floor_divide

    def run(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
        whole = tuple(shape.tolist())
        try:
            spread = np.broadcast_to(dense, whole)
        except ValueError:
            raise _invalid(
                "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
                f"{raw_shape.to_str(whole)} vs. {raw_shape.to_str(dense.shape)}"
            ) from None
        return function(values, spread[tuple(indices.T)])

    return run


for _op_type in ("SparseDenseCwiseMul", "SparseDenseCwiseDiv", "SparseDenseCwiseAdd"):
    kernel.add(_op_type, _by_dense)
