"""Draws from classes, permutations and random crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.ops.array.identity import unchanged
from tangraph.ops.random.seeding import SEEDS, seeds

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def multinomial_shape(c: ShapeContext) -> Raw:
    """[rows of the logits, number of samples]."""
    logits = c.with_rank(0, 2)
    c.with_rank(1, 0)
    samples = c.value(1)
    if samples is not None and samples < 0:
        raise ValueError(f"Dimension size, given by scalar input 1, must be non-negative but is {int(samples)}")
    return logits[0], None if samples is None else int(samples)


MULTINOMIAL = ops.define(
    "Multinomial",
    ["logits: T", "num_samples: int32"],
    ["output: output_dtype"],
    [*SEEDS, "T: realnumbertype", "output_dtype: {int32, int64} = DT_INT64"],
    shape=multinomial_shape,
    stateful=True,
    host_inputs=(1,),
)
RANDOM_SHUFFLE = ops.define(
    "RandomShuffle", ["value: T"], ["output: T"], [*SEEDS, "T: type"], shape=unchanged, stateful=True
)
ops.without_gradient("RandomShuffle")
ops.not_differentiable("Multinomial")


@export("multinomial", "random.multinomial")
def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:
    """Draws classes with the probabilities that unnormalised logarithms give.

    Args:
      logits: [batch_size, num_classes], log-probabilities up to a constant a row.
      num_samples: how many draws a row, a scalar.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.
      name: the name scope.
      output_dtype: int64 (default) or int32.

    Returns:
      [batch_size, num_samples], the classes drawn.
    """
    with name_scope(name, "multinomial", [logits]):
        return _draw(logits, num_samples, output_dtype, seed)


@export("random.categorical")
def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Draws classes with the probabilities that unnormalised logarithms give.

    Args:
      logits: [batch_size, num_classes], log-probabilities up to a constant a row.
      num_samples: how many draws a row, a scalar.
      dtype: of the result, int64 (default) or int32.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.
      name: the name scope.

    Returns:
      [batch_size, num_samples], the classes drawn.
    """
    with name_scope(name, "categorical", [logits]):
        return _draw(logits, num_samples, dtype, seed)


def _draw(logits: Any, num_samples: Any, dtype: Any, seed: Any) -> Tensor:
    logits = internal_convert_to_tensor(logits, None, "logits")
    attrs = seeds(seed)
    if dtype is not None:
        attrs["output_dtype"] = dtype
    result: Tensor = make_op(MULTINOMIAL, logits, num_samples, **attrs)
    return result


@export("random.shuffle", "random_shuffle")
def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """Returns the rows (along axis 0) of a tensor in random order.

    Args:
      value: a tensor of any type.
      seed: with the graph's seed, determines the order; see `tf.set_random_seed`.
      name: the operation's name.
    """
    result: Tensor = make_op(RANDOM_SHUFFLE, value, name=name, **seeds(seed))
    return result


@export("random_crop", "image.random_crop")
def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """Cuts a piece of a given size out of a tensor, at a random place.

    Args:
      value: the tensor.
      size: the size of the piece, one integer a dimension; where it is the whole dimension, nothing is cut.
      seed: with the graph's seed, determines the place; see `tf.set_random_seed`.
      name: the name scope.

    Raises (in the step):
      InvalidArgumentError: the piece is larger than `value`.
    """
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.control_flow.grouping import with_dependencies
    from tangraph.ops.logging_ops import Assert
    from tangraph.ops.math.reductions import reduce_all
    from tangraph.ops.random.uniform import random_uniform

    with name_scope(name, "random_crop", [value, size]) as scope:
        value = internal_convert_to_tensor(value, None, "value")
        size = internal_convert_to_tensor(size, dtypes.int32, "size")
        shape = shape_of(value)
        fits = reduce_all(shape >= size)
        check = Assert(fits, ["Need value.shape >= size, got ", shape, size], summarize=1000)
        shape = with_dependencies([check], shape)
        limit = shape - size + 1
        drawn = random_uniform(shape_of(shape), dtype=size.dtype, maxval=size.dtype.max, seed=seed)
        return slice_(value, drawn % limit, size, name=scope)
