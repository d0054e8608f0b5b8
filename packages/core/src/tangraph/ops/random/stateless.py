"""Random numbers that depend on nothing but a seed input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef, OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.ops.math.arithmetic import add
from tangraph.ops.random.discrete import multinomial_shape
from tangraph.ops.random.seeding import FLOATS, shape_from_input, shape_tensor, uniform_bounds

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _check_seed(c: ShapeContext, index: int) -> None:
    raw_shape.with_dim(c.with_rank(index, 1)[0], 2)


def _shape(c: ShapeContext) -> Raw:
    _check_seed(c, 1)
    return shape_from_input(c)


def _int_shape(c: ShapeContext) -> Raw:
    c.with_rank(2, 0)
    c.with_rank(3, 0)
    return _shape(c)


def _multinomial_shape(c: ShapeContext) -> Raw:
    _check_seed(c, 2)
    return multinomial_shape(c)


def _define(name: str) -> OpDef:
    return ops.define(
        name,
        ["shape: T", "seed: Tseed"],
        ["output: dtype"],
        [
            f"dtype: {{{FLOATS}}} = DT_FLOAT",
            "T: {int32, int64} = DT_INT32",
            "Tseed: {int32, int64} = DT_INT64",
        ],
        shape=_shape,
        host_inputs=(0, 1),
    )


STATELESS_UNIFORM = _define("StatelessRandomUniform")
STATELESS_NORMAL = _define("StatelessRandomNormal")
STATELESS_TRUNCATED_NORMAL = _define("StatelessTruncatedNormal")
STATELESS_UNIFORM_INT = ops.define(
    "StatelessRandomUniformInt",
    ["shape: T", "seed: Tseed", "minval: dtype", "maxval: dtype"],
    ["output: dtype"],
    ["dtype: {int32, int64}", "T: {int32, int64}", "Tseed: {int32, int64} = DT_INT64"],
    shape=_int_shape,
    host_inputs=(0, 1, 2, 3),
)
STATELESS_MULTINOMIAL = ops.define(
    "StatelessMultinomial",
    ["logits: T", "num_samples: int32", "seed: Tseed"],
    ["output: output_dtype"],
    ["T: realnumbertype", "Tseed: {int32, int64} = DT_INT64", "output_dtype: {int32, int64} = DT_INT64"],
    shape=_multinomial_shape,
    host_inputs=(1, 2),
)
ops.not_differentiable(*ops)


@export("random.stateless_uniform")
def stateless_random_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Returns the same uniform random numbers for the same seed, in every run.

    Args:
      shape: a vector of integers.
      seed: two integers.
      minval: the lower bound, included.
      maxval: the upper bound, excluded; 1 by default for floats, required for integers.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      name: the operation's name.

    Raises:
      ValueError: another dtype, or integers without `maxval`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.random.stateless_uniform([3], [1, 2], 1, 5, dtype=tf.int32))
    array([1, 2, 3], dtype=int32)
    """
    dtype, maxval = uniform_bounds(dtype, maxval)
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        low = internal_convert_to_tensor(minval, dtype, "min")
        high = internal_convert_to_tensor(maxval, dtype, "max")
        if dtype.is_integer:
            result: Tensor = make_op(STATELESS_UNIFORM_INT, shape, seed, low, high, name=scope)
            return result
        drawn = make_op(STATELESS_UNIFORM, shape, seed, dtype=dtype)
        return add(drawn * (high - low), low, name=scope)


def _scaled(
    op: OpDef, default_name: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any, name: str | None
) -> Tensor:
    with name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        center = internal_convert_to_tensor(mean, dtype, "mean")
        deviation = internal_convert_to_tensor(stddev, dtype, "stddev")
        drawn = make_op(op, shape, seed, dtype=dtype)
        return add(drawn * deviation, center, name=scope)


@export("random.stateless_normal")
def stateless_random_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Returns the same normally distributed random numbers for the same seed, in every run.

    Args:
      shape: a vector of integers.
      seed: two integers.
      mean: the mean, of type `dtype`.
      stddev: the standard deviation, of type `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      name: the operation's name.
    """
    return _scaled(STATELESS_NORMAL, "stateless_random_normal", shape, seed, mean, stddev, dtype, name)


@export("random.stateless_truncated_normal")
def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Returns the same truncated normal random numbers for the same seed, in every run; see `tf.truncated_normal`.

    Args:
      shape: a vector of integers.
      seed: two integers.
      mean: the mean, of type `dtype`.
      stddev: the standard deviation before truncation, of type `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      name: the operation's name.
    """
    return _scaled(STATELESS_TRUNCATED_NORMAL, "stateless_truncated_normal", shape, seed, mean, stddev, dtype, name)


def _draw(logits: Any, num_samples: Any, seed: Any, dtype: Any) -> Tensor:
    logits = internal_convert_to_tensor(logits, None, "logits")
    result: Tensor = make_op(STATELESS_MULTINOMIAL, logits, num_samples, seed, output_dtype=dtype)
    return result


@export("random.stateless_multinomial")
def stateless_multinomial(
    logits: Any, num_samples: Any, seed: Any, output_dtype: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """Draws the same classes for the same seed, in every run.

    Args:
      logits: [batch_size, num_classes], log-probabilities up to a constant a row.
      num_samples: how many draws a row, a scalar.
      seed: two integers.
      output_dtype: int64 or int32.
      name: the name scope.

    Returns:
      [batch_size, num_samples], the classes drawn.
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        return _draw(logits, num_samples, seed, output_dtype)


@export("random.stateless_categorical")
def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """Draws the same classes for the same seed, in every run.

    Args:
      logits: [batch_size, num_classes], log-probabilities up to a constant a row.
      num_samples: how many draws a row, a scalar.
      seed: two integers.
      dtype: int64 or int32.
      name: the name scope.

    Returns:
      [batch_size, num_samples], the classes drawn.
    """
    with name_scope(name, "stateless_categorical", [logits, seed]):
        return _draw(logits, num_samples, seed, dtype)
