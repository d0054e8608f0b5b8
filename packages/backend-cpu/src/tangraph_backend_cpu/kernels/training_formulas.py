"""The formulas of the optimizers, on flat pieces of the buffers, in place.

A formula is two functions. The first turns the scalar inputs into the constants that it needs, once a step. The second
updates a piece: it takes the buffers (the variable first), the gradient, scratch arrays of the gradient's size, and those
constants. The order of the operations is that of TensorFlow's CPU kernels, so that results agree to the last bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Arrays = Sequence[Any]


class Formula(NamedTuple):
    """One optimizer's update.

    Attributes:
      prepare: ``(xp, attrs, scalars by name)`` -> constants.
      update: ``(xp, buffers, gradient, scratch, constants)``; writes to the buffers and to scratch alone.
      scratch: how many scratch arrays it takes.
    """

    prepare: Callable[[Any, Any, dict[str, Any]], Arrays]
    update: Callable[[Any, Arrays, Any, Arrays, Arrays], None]
    scratch: int


def _one(scalar: Any) -> Any:
    """The number 1 in the type of a scalar, so that constants are rounded as the type is."""
    return scalar.dtype.type(1)


# -- gradient descent ----------------------------------------------------------------------------------------------


def _descent_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    return (s["alpha"],)


def _descent(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var,), (t,) = buffers, scratch
    xp.multiply(g, constants[0], out=t)
    xp.subtract(var, t, out=var)


def _proximal_descent_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    alpha = s["alpha"]
    return alpha, s["l1"] > 0, alpha * s["l1"], _one(alpha) + s["l2"] * alpha


def _proximal_descent(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var,), (t,) = buffers, scratch
    alpha, shrinks, threshold, divisor = constants
    xp.multiply(g, alpha, out=t)
    xp.subtract(var, t, out=var)
    if shrinks:
        _soft_threshold(xp, var, t, threshold)
    xp.divide(var, divisor, out=var)


def _soft_threshold(xp: Any, var: Any, t: Any, threshold: Any) -> None:
    """Moves values towards zero by a threshold: sign(var) * max(|var| - threshold, 0)."""
    xp.abs(var, out=t)
    xp.subtract(t, threshold, out=t)
    xp.maximum(t, t.dtype.type(0), out=t)
    xp.sign(var, out=var)
    xp.multiply(var, t, out=var)


# -- Adagrad and its kin -------------------------------------------------------------------------------------------


def _adagrad_constants(_: Any, attrs: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], attrs.get("update_slots", True), s.get("epsilon")


def _adagrad(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, accum), (t, u) = buffers, scratch
    lr, update_slots, epsilon = constants
    if update_slots:
        xp.multiply(g, g, out=t)
        xp.add(accum, t, out=accum)
    xp.multiply(g, lr, out=t)
    xp.sqrt(accum, out=u)
    if epsilon is not None:
        xp.add(u, epsilon, out=u)
    xp.divide(t, u, out=t)
    xp.subtract(var, t, out=var)


def _proximal_adagrad_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], s["l1"], s["l1"] > 0, s["l2"], _one(s["lr"])


def _proximal_adagrad(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, accum), (rate, t, u) = buffers, scratch
    lr, l1, shrinks, l2, one = constants
    xp.multiply(g, g, out=t)
    xp.add(accum, t, out=accum)
    xp.sqrt(accum, out=rate)
    xp.divide(lr, rate, out=rate)
    xp.multiply(g, rate, out=t)
    xp.subtract(var, t, out=var)
    if shrinks:
        xp.multiply(rate, l1, out=u)
        _soft_threshold(xp, var, t, u)
    xp.multiply(rate, l2, out=rate)
    xp.add(rate, one, out=rate)
    xp.divide(var, rate, out=var)


def _adagrad_da_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    lr = s["lr"]
    step = s["global_step"].astype(lr.dtype)
    return -lr, s["l1"] > 0, s["l1"] * step, s["l2"] * step * lr


def _adagrad_da(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, total, squares), (t, u) = buffers, scratch
    negative_lr, shrinks, threshold, damping = constants
    xp.add(total, g, out=total)
    xp.multiply(g, g, out=t)
    xp.add(squares, t, out=squares)
    xp.copyto(var, total)
    if shrinks:
        _soft_threshold(xp, var, t, threshold)
    xp.multiply(var, negative_lr, out=var)
    xp.sqrt(squares, out=u)
    xp.add(u, damping, out=u)
    xp.divide(var, u, out=var)


def _adadelta_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], s["rho"], _one(s["rho"]) - s["rho"], s["epsilon"]


def _adadelta(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, accum, accum_update), (t, u) = buffers, scratch
    lr, rho, rest, epsilon = constants
    _decay(xp, accum, g, t, rho, rest)
    xp.add(accum_update, epsilon, out=t)
    xp.sqrt(t, out=t)
    xp.add(accum, epsilon, out=u)
    xp.sqrt(u, out=u)
    xp.divide(t, u, out=t)
    xp.multiply(t, g, out=t)
    _decay(xp, accum_update, t, u, rho, rest)
    xp.multiply(t, lr, out=t)
    xp.subtract(var, t, out=var)


def _decay(xp: Any, average: Any, value: Any, t: Any, rho: Any, rest: Any) -> None:
    """Average = average * rho + value^2 * (1 - rho)."""
    xp.multiply(average, rho, out=average)
    xp.multiply(value, value, out=t)
    xp.multiply(t, rest, out=t)
    xp.add(average, t, out=average)


# -- Ftrl ----------------------------------------------------------------------------------------------------------


def _ftrl_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    lr, kind = s["lr"], s["lr"].dtype.type
    shrinkage = s.get("l2_shrinkage")
    power = s["lr_power"]
    return (
        lr,
        s["l1"],
        kind(2) * s["l2"],
        None if shrinkage is None else kind(2) * shrinkage,
        power == kind(-0.5),
        -power,
    )


def _ftrl(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, accum, linear), (t, u, new) = buffers, scratch
    lr, l1, two_l2, two_shrinkage, is_square_root, power = constants
    xp.add(linear, g, out=linear)
    if two_shrinkage is not None:
        xp.multiply(var, two_shrinkage, out=t)
        xp.add(linear, t, out=linear)
    xp.multiply(g, g, out=new)
    xp.add(accum, new, out=new)
    if is_square_root:
        xp.sqrt(new, out=t)
        xp.sqrt(accum, out=u)
    else:
        xp.power(new, power, out=t)
        xp.power(accum, power, out=u)
    xp.subtract(t, u, out=u)
    xp.divide(u, lr, out=u)
    xp.multiply(u, var, out=u)
    xp.subtract(linear, u, out=linear)
    xp.copyto(accum, new)
    xp.divide(t, lr, out=t)
    xp.add(t, two_l2, out=t)
    xp.sign(linear, out=u)
    xp.multiply(u, l1, out=u)
    xp.subtract(u, linear, out=u)
    xp.divide(u, t, out=u)
    xp.abs(linear, out=t)
    # A comparison, and no clipping: what is not a number becomes 0, as in TensorFlow.
    xp.copyto(var, xp.where(t > l1, u, u.dtype.type(0)))


# -- momentum ------------------------------------------------------------------------------------------------------


def _momentum_constants(_: Any, attrs: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], s["momentum"], attrs["use_nesterov"]


def _momentum(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, accum), (t, u) = buffers, scratch
    lr, momentum, nesterov = constants
    xp.multiply(accum, momentum, out=accum)
    xp.add(accum, g, out=accum)
    if nesterov:
        xp.multiply(g, lr, out=t)
        xp.multiply(accum, momentum, out=u)
        xp.multiply(u, lr, out=u)
        xp.add(t, u, out=t)
    else:
        xp.multiply(accum, lr, out=t)
    xp.subtract(var, t, out=var)


def _keras_momentum(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, accum), (t, u) = buffers, scratch
    lr, momentum, nesterov = constants
    xp.multiply(g, lr, out=t)
    xp.multiply(accum, momentum, out=accum)
    xp.subtract(accum, t, out=accum)
    if nesterov:
        xp.multiply(accum, momentum, out=u)
        xp.subtract(u, t, out=u)
        xp.add(var, u, out=var)
    else:
        xp.add(var, accum, out=var)


# -- Adam and its kin ----------------------------------------------------------------------------------------------


def _adam_constants(xp: Any, attrs: Any, s: dict[str, Any]) -> Arrays:
    one = _one(s["lr"])
    alpha = s["lr"] * xp.sqrt(one - s["beta2_power"]) / (one - s["beta1_power"])
    return alpha, s["beta1"], one - s["beta1"], one - s["beta2"], s["epsilon"], attrs.get("use_nesterov", False)


def _adam(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, m, v), (t, u) = buffers[:3], scratch
    alpha, beta1, rest1, rest2, epsilon, nesterov = constants
    _approach(xp, m, g, t, rest1)
    xp.multiply(g, g, out=u)
    _approach(xp, v, u, u, rest2)
    if len(buffers) > 3:
        v = xp.maximum(buffers[3], v, out=buffers[3])
    if nesterov:
        xp.multiply(g, rest1, out=t)
        xp.multiply(m, beta1, out=u)
        xp.add(t, u, out=t)
        xp.multiply(t, alpha, out=t)
    else:
        xp.multiply(m, alpha, out=t)
    xp.sqrt(v, out=u)
    xp.add(u, epsilon, out=u)
    xp.divide(t, u, out=t)
    xp.subtract(var, t, out=var)


def _approach(xp: Any, average: Any, value: Any, t: Any, rest: Any) -> None:
    """Average += (value - average) * (1 - beta)."""
    xp.subtract(value, average, out=t)
    xp.multiply(t, rest, out=t)
    xp.add(average, t, out=average)


def _ada_max_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    one = _one(s["lr"])
    return s["lr"] / (one - s["beta1_power"]), one - s["beta1"], s["beta2"], s["epsilon"]


def _ada_max(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, m, v), (t,) = buffers, scratch
    rate, rest1, beta2, epsilon = constants
    _approach(xp, m, g, t, rest1)
    xp.multiply(v, beta2, out=v)
    xp.abs(g, out=t)
    xp.maximum(v, t, out=v)
    xp.add(v, epsilon, out=t)
    xp.divide(m, t, out=t)
    xp.multiply(t, rate, out=t)
    xp.subtract(var, t, out=var)


def _rms_prop_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], _one(s["rho"]) - s["rho"], s["momentum"], s["epsilon"]


def _rms_prop(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, ms, mom), (t, u) = buffers, scratch
    lr, rest, momentum, epsilon = constants
    xp.multiply(g, g, out=t)
    _approach(xp, ms, t, t, rest)
    xp.add(ms, epsilon, out=u)
    _descend_with_momentum(xp, (var, mom), g, (t, u), (lr, momentum))


def _centered_rms_prop(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, mg, ms, mom), (t, u) = buffers, scratch
    lr, rest, momentum, epsilon = constants
    xp.multiply(g, g, out=t)
    _approach(xp, ms, t, t, rest)
    _approach(xp, mg, g, t, rest)
    xp.multiply(mg, mg, out=u)
    xp.subtract(ms, u, out=u)
    xp.add(u, epsilon, out=u)
    _descend_with_momentum(xp, (var, mom), g, (t, u), (lr, momentum))


def _descend_with_momentum(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    """Mom = mom * momentum + g * lr / sqrt(u); var -= mom."""
    (var, mom), (t, u), (lr, momentum) = buffers, scratch, constants
    xp.multiply(mom, momentum, out=mom)
    xp.multiply(g, lr, out=t)
    xp.sqrt(u, out=u)
    xp.divide(t, u, out=t)
    xp.add(mom, t, out=mom)
    xp.subtract(var, mom, out=var)


# -- sign-based ----------------------------------------------------------------------------------------------------


def _add_sign_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], s["alpha"], s["sign_decay"], s["beta"], _one(s["beta"]) - s["beta"]


def _power_sign_constants(_: Any, __: Any, s: dict[str, Any]) -> Arrays:
    return s["lr"], None, s["logbase"] * s["sign_decay"], s["beta"], _one(s["beta"]) - s["beta"]


def _sign(xp: Any, buffers: Arrays, g: Any, scratch: Arrays, constants: Arrays) -> None:
    (var, m), (t, u) = buffers, scratch
    lr, alpha, factor, beta, rest = constants
    xp.multiply(m, beta, out=m)
    xp.multiply(g, rest, out=t)
    xp.add(m, t, out=m)
    xp.sign(g, out=t)
    xp.sign(m, out=u)
    xp.multiply(t, u, out=t)
    xp.multiply(t, factor, out=t)
    if alpha is None:
        xp.exp(t, out=t)
    else:
        xp.add(t, alpha, out=t)
    xp.multiply(t, lr, out=t)
    xp.multiply(t, g, out=t)
    xp.subtract(var, t, out=var)


FORMULAS = {
    "GradientDescent": Formula(_descent_constants, _descent, 1),
    "ProximalGradientDescent": Formula(_proximal_descent_constants, _proximal_descent, 1),
    "Adadelta": Formula(_adadelta_constants, _adadelta, 2),
    "Adagrad": Formula(_adagrad_constants, _adagrad, 2),
    "AdagradV2": Formula(_adagrad_constants, _adagrad, 2),
    "ProximalAdagrad": Formula(_proximal_adagrad_constants, _proximal_adagrad, 3),
    "AdagradDA": Formula(_adagrad_da_constants, _adagrad_da, 2),
    "Ftrl": Formula(_ftrl_constants, _ftrl, 3),
    "FtrlV2": Formula(_ftrl_constants, _ftrl, 3),
    "Momentum": Formula(_momentum_constants, _momentum, 2),
    "KerasMomentum": Formula(_momentum_constants, _keras_momentum, 2),
    "Adam": Formula(_adam_constants, _adam, 2),
    "AdamWithAmsgrad": Formula(_adam_constants, _adam, 2),
    "AdaMax": Formula(_ada_max_constants, _ada_max, 1),
    "RMSProp": Formula(_rms_prop_constants, _rms_prop, 2),
    "CenteredRMSProp": Formula(_rms_prop_constants, _centered_rms_prop, 2),
    "AddSign": Formula(_add_sign_constants, _sign, 2),
    "PowerSign": Formula(_power_sign_constants, _sign, 2),
}
