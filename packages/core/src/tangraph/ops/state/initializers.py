"""The initializers of variables: constants, random values, and those that keep the variance of what flows through."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.ops.state.initializer_base import (
    FloatInitializer,
    TypedInitializer,
    compute_fans,
)

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

#: The standard deviation of a normal distribution that is cut at two standard deviations.
TRUNCATED_STDDEV: Final = 0.87962566103423978


@export(
    "zeros_initializer",
    "initializers.zeros",
    "keras.initializers.Zeros",
    "keras.initializers.zeros",
)
class Zeros(TypedInitializer):
    """Zeros.

    Args:
      dtype: the element type when the call names none.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns zeros of a shape."""
        from tangraph.ops.array.fill import zeros

        return zeros(shape, self._wanted(dtype))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"dtype": self.dtype.name}


@export("ones_initializer", "initializers.ones", "keras.initializers.Ones", "keras.initializers.ones")
class Ones(TypedInitializer):
    """Ones.

    Args:
      dtype: the element type when the call names none.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns ones of a shape."""
        from tangraph.ops.array.fill import ones

        return ones(shape, self._wanted(dtype))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"dtype": self.dtype.name}


@export(
    "constant_initializer",
    "initializers.constant",
    "keras.initializers.Constant",
    "keras.initializers.constant",
)
class Constant(TypedInitializer):
    """A given value.

    Args:
      value: a number, or a list or array whose elements fill the variable; the last one is repeated.
      dtype: the element type when the call names none.
      verify_shape: whether the value must have exactly the variable's shape.

    Raises:
      TypeError: a value of another kind.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(tf.constant_initializer([1.0, 2.0])([4])).tolist()
    [1.0, 2.0, 2.0, 2.0]
    """

    def __init__(self, value: Any = 0, dtype: Any = dtypes.float32, verify_shape: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or tuple of values, or "
                "numpy.ndarray)."
            )
        super().__init__(dtype)
        self.value = value
        self._verify_shape = verify_shape

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None, verify_shape: bool | None = None
    ) -> Tensor:
        """Returns the value, repeated to a shape."""
        from tangraph.ops.array.constant import constant

        verify = self._verify_shape if verify_shape is None else verify_shape
        return constant(self.value, dtype=self._wanted(dtype), shape=shape, verify_shape=verify)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"value": self.value, "dtype": self.dtype.name}


@export("random_uniform_initializer", "initializers.random_uniform")
class RandomUniform(TypedInitializer):
    """Values from a uniform distribution.

    Args:
      minval: the lower bound, which may occur.
      maxval: the upper bound, which does not; 1 for floating types when None.
      seed: the operation's seed.
      dtype: the element type when the call names none.
    """

    def __init__(
        self, minval: Any = 0, maxval: Any = None, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(dtype)
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns random values of a shape."""
        from tangraph.ops.random.uniform import random_uniform

        return random_uniform(shape, self.minval, self.maxval, self._wanted(dtype), seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed, "dtype": self.dtype.name}


class _Normal(FloatInitializer):
    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(dtype)
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed, "dtype": self.dtype.name}


@export("random_normal_initializer", "initializers.random_normal")
class RandomNormal(_Normal):
    """Values from a normal distribution.

    Args:
      mean: the mean.
      stddev: the standard deviation.
      seed: the operation's seed.
      dtype: the element type, a floating-point one, when the call names none.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns random values of a shape."""
        from tangraph.ops.random.normal import random_normal

        return random_normal(shape, self.mean, self.stddev, self._wanted(dtype), seed=self.seed)


@export("truncated_normal_initializer", "initializers.truncated_normal")
class TruncatedNormal(_Normal):
    """Values from a normal distribution; those more than two standard deviations away are drawn again.

    Args:
      mean: the mean.
      stddev: the standard deviation before the cut.
      seed: the operation's seed.
      dtype: the element type, a floating-point one, when the call names none.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns random values of a shape."""
        from tangraph.ops.random.normal import truncated_normal

        return truncated_normal(shape, self.mean, self.stddev, self._wanted(dtype), seed=self.seed)


@export("uniform_unit_scaling_initializer", "initializers.uniform_unit_scaling")
class UniformUnitScaling(FloatInitializer):
    """Uniform values within ``factor * sqrt(3 / n)`` of zero, n the product of all dimensions but the last.

    Args:
      factor: what to multiply the bound by.
      seed: the operation's seed.
      dtype: the element type, a floating-point one, when the call names none.
    """

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype)
        self.factor = factor
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns random values of a shape."""
        from tangraph.ops.random.uniform import random_uniform

        whole = shape if partition_info is None else partition_info.full_shape
        count = max(math.prod(float(d) for d in whole[:-1]), 1.0)
        bound = math.sqrt(3 / count) * self.factor
        return random_uniform(shape, -bound, bound, self._wanted(dtype), seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


@export("variance_scaling_initializer", "initializers.variance_scaling", "keras.initializers.VarianceScaling")
class VarianceScaling(FloatInitializer):
    """Random values whose variance is ``scale / n``, n the number of units that the weight joins.

    Args:
      scale: a positive number.
      mode: "fan_in" for the inputs, "fan_out" for the outputs, "fan_avg" for their mean.
      distribution: "truncated_normal" (or "normal", its old name), "untruncated_normal" or "uniform".
      seed: the operation's seed.
      dtype: the element type, a floating-point one, when the call names none.

    Raises:
      ValueError: an argument out of range.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError("`scale` must be positive float.")
        if mode not in {"fan_in", "fan_out", "fan_avg"}:
            raise ValueError("Invalid `mode` argument:", mode)
        distribution = distribution.lower()
        if distribution not in {"normal", "uniform", "truncated_normal", "untruncated_normal"}:
            raise ValueError("Invalid `distribution` argument:", distribution)
        super().__init__(dtype)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns random values of a shape."""
        from tangraph.ops.random.normal import random_normal, truncated_normal
        from tangraph.ops.random.uniform import random_uniform

        dtype = self._wanted(dtype)
        fan_in, fan_out = compute_fans(shape if partition_info is None else partition_info.full_shape)
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        scale = self.scale / max(1.0, units)
        if self.distribution in {"normal", "truncated_normal"}:
            return truncated_normal(shape, 0.0, math.sqrt(scale) / TRUNCATED_STDDEV, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random_normal(shape, 0.0, math.sqrt(scale), dtype, seed=self.seed)
        limit = math.sqrt(3.0 * scale)
        return random_uniform(shape, -limit, limit, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class _Glorot(VarianceScaling):
    _distribution = ""

    def __init__(self, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        # TensorFlow does not hand the type on either; the variable's own type is what counts.
        del dtype
        super().__init__(scale=1.0, mode="fan_avg", distribution=self._distribution, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"seed": self.seed, "dtype": self.dtype.name}


@export("glorot_uniform_initializer", "initializers.glorot_uniform", "keras.initializers.glorot_uniform")
class GlorotUniform(_Glorot):
    """Uniform values within ``sqrt(6 / (fan_in + fan_out))`` of zero (Glorot and Bengio, 2010).

    Args:
      seed: the operation's seed.
      dtype: accepted; the variable's type counts.
    """

    _distribution = "uniform"


@export("glorot_normal_initializer", "initializers.glorot_normal", "keras.initializers.glorot_normal")
class GlorotNormal(_Glorot):
    """Truncated normal values with variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010).

    Args:
      seed: the operation's seed.
      dtype: accepted; the variable's type counts.
    """

    _distribution = "truncated_normal"


@export("initializers.lecun_normal", "keras.initializers.lecun_normal")
def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Returns the initializer of truncated normal values with variance ``1 / fan_in`` (LeCun et al., 1998)."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="truncated_normal", seed=seed)


@export("initializers.lecun_uniform", "keras.initializers.lecun_uniform")
def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Returns the initializer of uniform values within ``sqrt(3 / fan_in)`` of zero (LeCun et al., 1998)."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="uniform", seed=seed)


@export("initializers.he_normal", "keras.initializers.he_normal")
def he_normal(seed: int | None = None) -> VarianceScaling:
    """Returns the initializer of truncated normal values with variance ``2 / fan_in`` (He et al., 2015)."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="truncated_normal", seed=seed)


@export("initializers.he_uniform", "keras.initializers.he_uniform")
def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Returns the initializer of uniform values within ``sqrt(6 / fan_in)`` of zero (He et al., 2015)."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="uniform", seed=seed)
