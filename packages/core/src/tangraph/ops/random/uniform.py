"""Uniform random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.ops.math.arithmetic import add
from tangraph.ops.random.seeding import FLOATS, SEEDS, seeds, shape_from_input, shape_tensor, uniform_bounds

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _int_shape(c: ShapeContext) -> Raw:
    c.with_rank(1, 0)
    c.with_rank(2, 0)
    return shape_from_input(c)


RANDOM_UNIFORM = ops.define(
    "RandomUniform",
    ["shape: T"],
    ["output: dtype"],
    [*SEEDS, f"dtype: {{{FLOATS}}}", "T: {int32, int64}"],
    shape=shape_from_input,
    stateful=True,
    host_inputs=(0,),
)
RANDOM_UNIFORM_INT = ops.define(
    "RandomUniformInt",
    ["shape: T", "minval: Tout", "maxval: Tout"],
    ["output: Tout"],
    [*SEEDS, "Tout: {int32, int64}", "T: {int32, int64}"],
    shape=_int_shape,
    stateful=True,
    host_inputs=(0, 1, 2),
)
ops.not_differentiable("RandomUniform")
ops.without_gradient("RandomUniformInt")


@export("random.uniform", "random_uniform")
def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns random numbers, uniform in [minval, maxval).

    Integers are slightly biased unless ``maxval - minval`` is a power of two.

    Args:
      shape: a vector of integers.
      minval: the lower bound, included.
      maxval: the upper bound, excluded; 1 by default for floats, required for integers.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: with the graph's seed, determines the numbers; see `tf.set_random_seed`.
      name: the operation's name.

    Raises:
      ValueError: another dtype, or integers without `maxval`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.random_uniform([2], 10, 20, dtype=tf.int32, seed=1))
    array([17, 19], dtype=int32)
    """
    dtype, maxval = uniform_bounds(dtype, maxval)
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        low = internal_convert_to_tensor(minval, dtype, "min")
        high = internal_convert_to_tensor(maxval, dtype, "max")
        attrs = seeds(seed)
        if dtype.is_integer:
            result: Tensor = make_op(RANDOM_UNIFORM_INT, shape, low, high, name=scope, **attrs)
            return result
        drawn = make_op(RANDOM_UNIFORM, shape, dtype=dtype, **attrs)
        return add(drawn * (high - low), low, name=scope)
