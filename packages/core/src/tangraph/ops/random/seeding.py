"""What the public random functions share: seed attrs, the shape argument, the shape function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.random_seed import get_seed
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.framework.tensor_shape import Dimension

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

#: The attrs of every stateful random op.
SEEDS = ("seed: int = 0", "seed2: int = 0")
FLOATS = "half, bfloat16, float, double"


def seeds(op_seed: Any) -> dict[str, Any]:
    """Returns the seed attrs of a random op that is made now; zeros when it is not to be deterministic."""
    seed, seed2 = get_seed(op_seed)
    return {"seed": 0 if seed is None else seed, "seed2": 0 if seed2 is None else seed2}


def shape_tensor(shape: Any) -> Tensor:
    """Returns a shape argument as a tensor named ``shape``: int32 when it is empty, sizes taken out of Dimensions."""
    dtype = None
    if isinstance(shape, (list, tuple)):
        if not shape:
            dtype = dtypes.int32
        shape = raw_shape.sizes([size.value if isinstance(size, Dimension) else size for size in shape])
    return internal_convert_to_tensor(shape, dtype, "shape")


def shape_from_input(c: ShapeContext) -> Raw:
    """The shape that input 0 holds."""
    c.with_rank(0, 1)
    return c.shape_value(0)


def uniform_bounds(dtype: Any, maxval: Any) -> tuple[DType, Any]:
    """Returns the dtype and the upper bound of a uniform distribution, 1 where floats have none.

    Raises:
      ValueError: there is no such distribution, or integers without `maxval`.
    """
    dtype = dtypes.as_dtype(dtype)
    if dtype not in _UNIFORM:
        raise ValueError(f"Invalid dtype {dtype!r}")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    return dtype, maxval


_UNIFORM = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64)
