"""Normally distributed random numbers, whole and truncated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef, OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.ops.math.arithmetic import add
from tangraph.ops.random.seeding import FLOATS, SEEDS, seeds, shape_from_input, shape_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _define(name: str) -> OpDef:
    return ops.define(
        name,
        ["shape: T"],
        ["output: dtype"],
        [*SEEDS, f"dtype: {{{FLOATS}}}", "T: {int32, int64}"],
        shape=shape_from_input,
        stateful=True,
        host_inputs=(0,),
    )


def _parameterized_shape(c: ShapeContext) -> Raw:
    for index in range(1, 5):
        shape = c.shapes[index]
        if shape is not None and len(shape) > 1:
            raise ValueError(f"Shape must be at most rank 1 but is rank {len(shape)}")
    return shape_from_input(c)


RANDOM_STANDARD_NORMAL = _define("RandomStandardNormal")
TRUNCATED_NORMAL = _define("TruncatedNormal")
PARAMETERIZED_TRUNCATED_NORMAL = ops.define(
    "ParameterizedTruncatedNormal",
    ["shape: T", "means: dtype", "stdevs: dtype", "minvals: dtype", "maxvals: dtype"],
    ["output: dtype"],
    [*SEEDS, f"dtype: {{{FLOATS}}}", "T: {int32, int64}"],
    shape=_parameterized_shape,
    stateful=True,
    host_inputs=(0,),
)
ops.not_differentiable("RandomStandardNormal", "TruncatedNormal", "ParameterizedTruncatedNormal")


def _scaled(
    op: OpDef, default_name: str, shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any, name: str | None
) -> Tensor:
    with name_scope(name, default_name, [shape, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        center = internal_convert_to_tensor(mean, dtype, "mean")
        deviation = internal_convert_to_tensor(stddev, dtype, "stddev")
        drawn = make_op(op, shape, dtype=dtype, **seeds(seed))
        return add(drawn * deviation, center, name=scope)


@export("random.normal", "random_normal")
def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns normally distributed random numbers.

    Args:
      shape: a vector of integers.
      mean: the mean, of type `dtype`.
      stddev: the standard deviation, of type `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      seed: with the graph's seed, determines the numbers; see `tf.set_random_seed`.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.random_normal([2], seed=1))
    array([-0.8113182,  1.4845988], dtype=float32)
    """
    return _scaled(RANDOM_STANDARD_NORMAL, "random_normal", shape, mean, stddev, dtype, seed, name)


@export("random.truncated_normal", "truncated_normal")
def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns normally distributed random numbers, drawn again where they are two deviations or more from the mean.

    Args:
      shape: a vector of integers.
      mean: the mean, of type `dtype`.
      stddev: the standard deviation before truncation, of type `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      seed: with the graph's seed, determines the numbers; see `tf.set_random_seed`.
      name: the operation's name.
    """
    return _scaled(TRUNCATED_NORMAL, "truncated_normal", shape, mean, stddev, dtype, seed, name)


def parameterized_truncated_normal(
    shape: Any,
    means: Any = 0.0,
    stddevs: Any = 1.0,
    minvals: Any = -2.0,
    maxvals: Any = 2.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns normally distributed random numbers within given bounds.

    Args:
      shape: a vector of integers; the first size is the number of batches.
      means: a scalar, or one mean a batch.
      stddevs: the standard deviations before truncation, likewise.
      minvals: the lower bounds, likewise.
      maxvals: the upper bounds, likewise.
      dtype: float16, float32 or float64.
      seed: with the graph's seed, determines the numbers; see `tf.set_random_seed`.
      name: the operation's name.
    """
    with name_scope(name, "parameterized_truncated_normal", [shape, means, stddevs, minvals, maxvals]):
        shape = shape_tensor(shape)
        values = (("means", means), ("stddevs", stddevs), ("minvals", minvals), ("maxvals", maxvals))
        parameters = [internal_convert_to_tensor(value, dtype, key) for key, value in values]
        result: Tensor = make_op(PARAMETERIZED_TRUNCATED_NORMAL, shape, *parameters, **seeds(seed))
        return result
