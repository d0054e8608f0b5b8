"""A product of which some columns are wanted is made of those columns alone.

The gradient of ``concat([x, h]) @ w`` is a product with w transposed, cut into the parts for x and h; often the inputs x
need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import raw_shape
from tangraph_backend_cpu import products
from tangraph_backend_cpu.passes.editing import Users, new_step, regions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.ir import Program, Step


def slice_products(program: Program, backend: Any) -> None:
    """Replaces a Slice of columns of a MatMul that nobody else uses."""
    users = Users(program)
    for region, _ in regions(program):
        for step in list(region.steps):
            if step.op_type != "Slice" or step.backend is not backend:
                continue
            product = step.inputs[0].step
            columns = _columns(step)
            if columns is None or product.op_type != "MatMul" or product.guard != step.guard:
                continue
            if product.backend is not backend or users.only(product.outputs[0]) is not step:
                continue
            if not all(raw_shape.is_fully_defined(v.shape) for v in product.inputs):
                continue
            fused = new_step("_SlicedMatMul", product, list(product.inputs), _kernel(product, columns, program.threads))
            fused.op_def, fused.attrs = product.op_def, product.attrs  # its inputs may be variables
            out = step.outputs[0]
            out.step, fused.outputs = fused, [out]
            # Where the product stood: a variable among its inputs may be written between the two.
            region.steps[region.steps.index(product)] = fused
            region.steps.remove(step)


def _columns(step: Step) -> slice | None:
    """Returns the columns that a Slice takes of all rows, where they are known."""
    whole, begin, size = step.inputs[0].shape, step.inputs[1].constant, step.inputs[2].constant
    if whole is None or len(whole) != 2 or begin is None or size is None or None in whole:
        return None
    if begin[0] != 0 or size[0] not in (-1, whole[0]) or begin[1] < 0:
        return None
    end = (whole[1] or 0) if size[1] == -1 else int(begin[1] + size[1])
    return slice(int(begin[1]), end) if end <= (whole[1] or 0) else None


def _kernel(product: Step, columns: slice, wanted: int) -> Callable[..., Any]:
    dot: Callable[[Any, Any], Any] = np.dot
    if products.is_large([v.shape for v in product.inputs], product.outputs[0].shape):
        dot = products.product(product.outputs[0].dtype.np, wanted)
    transpose_a = product.attrs["transpose_a"]
    if product.attrs["transpose_b"]:
        if transpose_a:
            return lambda a, b: dot(a.T, b[columns].T)
        return lambda a, b: dot(a, b[columns].T)
    index = (slice(None), columns)
    if transpose_a:
        return lambda a, b: dot(a.T, b[index])
    return lambda a, b: dot(a, b[index])
