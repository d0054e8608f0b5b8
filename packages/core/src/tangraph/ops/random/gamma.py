"""Gamma and Poisson distributed random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.ops.math.broadcast import broadcast_shape
from tangraph.ops.random.seeding import SEEDS, seeds, shape_from_input

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _samples_shape(c: ShapeContext) -> Raw:
    return raw_shape.concatenate(shape_from_input(c), c.shapes[1])


RANDOM_GAMMA = ops.define(
    "RandomGamma",
    ["shape: S", "alpha: T"],
    ["output: T"],
    [*SEEDS, "S: {int32, int64}", "T: {half, float, double}"],
    shape=_samples_shape,
    stateful=True,
    host_inputs=(0, 1),
)
RANDOM_GAMMA_GRAD = ops.define(
    "RandomGammaGrad",
    ["alpha: T", "sample: T"],
    ["output: T"],
    ["T: {float, double}"],
    shape=broadcast_shape,
    elementwise=True,
)
RANDOM_POISSON_V2 = ops.define(
    "RandomPoissonV2",
    ["shape: S", "rate: R"],
    ["output: dtype"],
    [
        *SEEDS,
        "S: {int32, int64}",
        "R: {half, float, double, int32, int64} = DT_DOUBLE",
        "dtype: {half, float, double, int32, int64} = DT_INT64",
    ],
    shape=_samples_shape,
    stateful=True,
    host_inputs=(0, 1),
)
ops.without_gradient("RandomGammaGrad", "RandomPoissonV2")


@ops.gradient("RandomGamma")
def _random_gamma_grad(op: Operation, grad: Tensor) -> tuple[None, Tensor]:
    """Implicit reparameterisation (Figurnov, Mohamed, Mnih, 2018): each sample moves along its quantile."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_sum

    sizes, alpha = op.inputs[0], op.inputs[1]
    with control_dependencies([grad]):
        sample_rank = shape(sizes)[0]
        # Unit dimensions in front make alpha broadcast against the samples.
        wide = concat([ones([sample_rank], dtypes.int32), shape(alpha)], axis=0)
        slope = make_op(RANDOM_GAMMA_GRAD, reshape(alpha, wide), op.outputs[0])
        return None, reduce_sum(grad * slope, axis=range_(sample_rank))


@export("random.gamma", "random_gamma")
def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draws from gamma distributions.

    Args:
      shape: how many samples of each distribution, a vector of integers.
      alpha: the shape parameters of the distributions.
      beta: their inverse scales, broadcast against `alpha`; 1 by default.
      dtype: of alpha, beta and the result: float16, float32 or float64.
      seed: with the graph's seed, determines the samples; see `tf.set_random_seed`.
      name: the name scope.

    Returns:
      Samples of shape `shape` followed by that of ``alpha + beta``, not below the smallest positive number. They have
      gradients with respect to alpha and beta.
    """
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.math.extremes import maximum

    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = internal_convert_to_tensor(shape, dtypes.int32, "shape")
        alpha = internal_convert_to_tensor(alpha, dtype, "alpha")
        beta = internal_convert_to_tensor(1 if beta is None else beta, dtype, "beta")
        broadcast = alpha + zeros_like(beta)
        drawn = make_op(RANDOM_GAMMA, shape, broadcast, **seeds(seed))
        return maximum(np.finfo(alpha.dtype.np).tiny, drawn / beta)


@export("random_poisson", "random.poisson")
def random_poisson(
    lam: Any, shape: Any, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Draws from Poisson distributions.

    Args:
      lam: the rates of the distributions.
      shape: how many samples of each distribution, a vector of integers.
      dtype: of the result: float16, float32, float64, int32 or int64.
      seed: with the graph's seed, determines the samples; see `tf.set_random_seed`.
      name: the name scope.

    Returns:
      Samples of shape `shape` followed by that of `lam`.
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        shape = internal_convert_to_tensor(shape, dtypes.int32, "shape")
        result: Tensor = make_op(RANDOM_POISSON_V2, shape, lam, dtype=dtype, **seeds(seed))
        return result
