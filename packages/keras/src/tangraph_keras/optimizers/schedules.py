"""Learning rates that follow the count of steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import tangraph as tf
from tangraph.export import export
from tangraph.framework.tensor_conversion import internal_convert_n_to_tensor
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object


@export("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule:
    """A function from the count of steps to a learning rate, which can be made from a config."""

    _arguments: ClassVar[tuple[str, ...]] = ()
    name: str | None

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        raise NotImplementedError("Learning rate schedule must override __call__")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        if not self._arguments:
            raise NotImplementedError("Learning rate schedule must override get_config")
        return {name: getattr(self, name) for name in (*self._arguments, "name")}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Returns a schedule with the arguments in a config."""
        return cls(**config)


def _start(rate: Any) -> tuple[Any, Any]:
    """Returns the rate to start from, and its type."""
    rate = tf.convert_to_tensor(rate, name="initial_learning_rate")
    return rate, rate.dtype


@export("keras.optimizers.schedules.ExponentialDecay")
class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: after how many steps it is multiplied by the decay rate.
      decay_rate: that factor.
      staircase: whether it stays the same in between.
      name: the name scope.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     float(sess.run(ExponentialDecay(1.0, 10, 0.5)(20)))
    0.25
    """

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "ExponentialDecay") as name:
            rate, dtype = _start(self.initial_learning_rate)
            steps = tf.cast(self.decay_steps, dtype)
            factor = tf.cast(self.decay_rate, dtype)
            power = tf.cast(step, dtype) / steps
            if self.staircase:
                power = tf.floor(power)
            return tf.multiply(rate, tf.pow(factor, power), name=name)


@export("keras.optimizers.schedules.PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[0]`` up to the first boundary, ``values[1]`` up to the second, and so on.

    Args:
      boundaries: counts of steps, increasing.
      values: learning rates, one more.
      name: the name scope.

    Raises:
      ValueError: lengths that do not fit.
    """

    _arguments = ("boundaries", "values")

    def __init__(self, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values")
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "PiecewiseConstant"):
            limits = internal_convert_n_to_tensor(self.boundaries)
            values = internal_convert_n_to_tensor(self.values)
            step = tf.convert_to_tensor(step)
            base = step.dtype.base_dtype
            limits = [limit if limit.dtype.base_dtype is base else tf.cast(limit, base) for limit in limits]
            cases = [(step <= limits[0], lambda: values[0]), (step > limits[-1], lambda: values[-1])]
            for low, high, value in zip(limits[:-1], limits[1:], values[1:-1], strict=True):
                cases.append(((step > low) & (step <= high), lambda value=value: value))  # type: ignore[misc]
            return tf.case(cases, lambda: values[0], exclusive=True)


@export("keras.optimizers.schedules.PolynomialDecay")
class PolynomialDecay(LearningRateSchedule):
    """Falls from one rate to another, by a power of the share of steps that are left.

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: after how many steps the end is reached.
      end_learning_rate: the rate at the end.
      power: the power; 1 for a straight line.
      cycle: whether to start anew after the end, over more and more steps.
      name: the name scope.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: Any = 0.0001,
        power: Any = 1.0,
        cycle: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "PolynomialDecay") as name:
            rate, dtype = _start(self.initial_learning_rate)
            end = tf.cast(self.end_learning_rate, dtype)
            power = tf.cast(self.power, dtype)
            now = tf.cast(step, dtype)
            steps = tf.cast(self.decay_steps, dtype)
            if self.cycle:
                factor = tf.cond(tf.equal(now, 0), lambda: 1.0, lambda: tf.ceil(now / self.decay_steps))
                steps = tf.multiply(steps, factor)
            else:
                now = tf.minimum(now, self.decay_steps)
            share = tf.divide(now, steps)
            return tf.add(tf.multiply(rate - end, tf.pow(1 - share, power)), end, name=name)


@export("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps); see `ExponentialDecay` for the arguments."""

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "InverseTimeDecay") as name:
            rate, dtype = _start(self.initial_learning_rate)
            steps = tf.cast(self.decay_steps, dtype)
            factor = tf.cast(self.decay_rate, dtype)
            power = tf.cast(step, dtype) / steps
            if self.staircase:
                power = tf.floor(power)
            one = tf.cast(tf.constant(1), dtype)
            return tf.divide(rate, tf.add(one, tf.multiply(factor, power)), name=name)


def _cosine(share: Any) -> Any:
    return 1.0 + tf.cos(tf.constant(math.pi) * share)


@export("keras.experimental.CosineDecay")
class CosineDecay(LearningRateSchedule):
    """Falls by half a cosine (Loshchilov and Hutter, arXiv:1608.03983).

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: after how many steps the end is reached.
      alpha: the rate at the end, as a share of that at the start.
      name: the name scope.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "alpha")

    def __init__(self, initial_learning_rate: Any, decay_steps: Any, alpha: Any = 0.0, name: str | None = None) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "CosineDecay"):
            rate, dtype = _start(self.initial_learning_rate)
            steps = tf.cast(self.decay_steps, dtype)
            share = tf.minimum(tf.cast(step, dtype), steps) / steps
            return tf.multiply(rate, (1 - self.alpha) * (0.5 * _cosine(share)) + self.alpha)


@export("keras.experimental.CosineDecayRestarts")
class CosineDecayRestarts(LearningRateSchedule):
    """Falls by half a cosine, again and again (Loshchilov and Hutter, arXiv:1608.03983).

    Args:
      initial_learning_rate: the rate at step 0.
      first_decay_steps: after how many steps it starts anew for the first time.
      t_mul: by how much each period is longer than the one before.
      m_mul: by how much each starts higher.
      alpha: the rate at the end of a period, as a share of that at the start.
      name: the name scope.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        first_decay_steps: Any,
        t_mul: Any = 2.0,
        m_mul: Any = 1.0,
        alpha: Any = 0.0,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "SGDRDecay") as name:
            rate, dtype = _start(self.initial_learning_rate)
            first = tf.cast(self.first_decay_steps, dtype)
            alpha = tf.cast(self.alpha, dtype)
            growth = tf.cast(self._t_mul, dtype)
            height = tf.cast(self._m_mul, dtype)
            share = tf.cast(step, dtype) / first

            def geometric() -> Any:
                period = tf.floor(tf.log(1.0 - share * (1.0 - growth)) / tf.log(growth))
                before = (1.0 - growth**period) / (1.0 - growth)
                return period, (share - before) / growth**period

            def regular() -> Any:
                period = tf.floor(share)
                return period, share - period

            period, share_of_period = tf.cond(tf.equal(growth, 1.0), regular, geometric)
            cosine = 0.5 * height**period * _cosine(share_of_period)
            return tf.multiply(rate, (1 - alpha) * cosine + alpha, name=name)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


@export("keras.experimental.LinearCosineDecay")
class LinearCosineDecay(LearningRateSchedule):
    """Falls by a line times a cosine (Bello et al., arXiv:1709.07417).

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: after how many steps the end is reached.
      num_periods: the periods of the cosine.
      alpha: what to add to the line.
      beta: what to add to the product.
      name: the name scope.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "num_periods", "alpha", "beta")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        num_periods: Any = 0.5,
        alpha: Any = 0.0,
        beta: Any = 0.001,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.num_periods = num_periods
        self.alpha = alpha
        self.beta = beta
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "LinearCosineDecay") as name:
            rate, dtype = _start(self.initial_learning_rate)
            steps = tf.cast(self.decay_steps, dtype)
            periods = tf.cast(self.num_periods, dtype)
            alpha = tf.cast(self.alpha, dtype)
            beta = tf.cast(self.beta, dtype)
            now = tf.minimum(tf.cast(step, dtype), steps)
            linear = (steps - now) / steps
            share = now / steps
            fraction = 2.0 * periods * share
            cosine = 0.5 * _cosine(fraction)
            return tf.multiply(rate, (alpha + linear) * cosine + beta, name=name)


@export("keras.experimental.NoisyLinearCosineDecay")
class NoisyLinearCosineDecay(LearningRateSchedule):
    """Falls by a line with noise times a cosine (Bello et al., arXiv:1709.07417).

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: after how many steps the end is reached.
      initial_variance: the variance of the noise at step 0.
      variance_decay: how it falls.
      num_periods: the periods of the cosine.
      alpha: what to add to the line.
      beta: what to add to the product.
      name: the name scope.
    """

    _arguments = (
        "initial_learning_rate",
        "decay_steps",
        "initial_variance",
        "variance_decay",
        "num_periods",
        "alpha",
        "beta",
    )

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        initial_variance: Any = 1.0,
        variance_decay: Any = 0.55,
        num_periods: Any = 0.5,
        alpha: Any = 0.0,
        beta: Any = 0.001,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.initial_variance = initial_variance
        self.variance_decay = variance_decay
        self.num_periods = num_periods
        self.alpha = alpha
        self.beta = beta
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate."""
        with tf.name_scope(self.name or "NoisyLinearCosineDecay") as name:
            rate, dtype = _start(self.initial_learning_rate)
            steps = tf.cast(self.decay_steps, dtype)
            variance = tf.cast(self.initial_variance, dtype)
            decay = tf.cast(self.variance_decay, dtype)
            periods = tf.cast(self.num_periods, dtype)
            alpha = tf.cast(self.alpha, dtype)
            beta = tf.cast(self.beta, dtype)
            now = tf.minimum(tf.cast(step, dtype), steps)
            linear = (steps - now) / steps
            deviation = tf.sqrt(variance / tf.pow(1.0 + now, decay))
            linear = linear + tf.random_normal(linear.shape, stddev=deviation)
            share = now / steps
            fraction = 2.0 * periods * share
            cosine = 0.5 * _cosine(fraction)
            return tf.multiply(rate, (alpha + linear) * cosine + beta, name=name)


_KNOWN: Final[dict[str, Any]] = {
    cls.__name__: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        LearningRateSchedule,
        LinearCosineDecay,
        NoisyLinearCosineDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}


@export("keras.optimizers.schedules.serialize")
def serialize(learning_rate_schedule: Any) -> Any:
    """Returns a schedule's class name and config."""
    return serialize_keras_object(learning_rate_schedule)


@export("keras.optimizers.schedules.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Returns the schedule of a config.

    Raises:
      ValueError: an unknown one.
    """
    return deserialize_keras_object(config, _KNOWN, custom_objects, "decay")
