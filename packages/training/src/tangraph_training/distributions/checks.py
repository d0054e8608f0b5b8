"""Parameters that are given in one of two ways, and what the run checks of parameters and values."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import no_op
from tangraph.ops.array.shape import shape
from tangraph.ops.array.slicing import slice as cut
from tangraph.ops.array.where import where, where_v2
from tangraph.ops.check_ops import (
    assert_equal,
    assert_greater_equal,
    assert_less_equal,
    assert_near,
    assert_non_negative,
)
from tangraph.ops.check_shapes import assert_rank_at_least
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.cast import cast
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.math.special import lgamma
from tangraph.ops.math.unary import log, log1p, sigmoid
from tangraph.ops.nn.softmax import softmax

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.tensor import Tensor


def logits_and_probs(
    logits: Any = None,
    probs: Any = None,
    *,
    multidimensional: bool = False,
    validate_args: bool = False,
    name: str = "get_logits_and_probs",
) -> tuple[Tensor, Tensor]:
    """Returns logits and probabilities, of which one is given.

    Args:
      logits: logarithms of odds, or (multidimensional) logarithms of probabilities up to a constant.
      probs: the probabilities.
      multidimensional: whether the last axis holds the probabilities of several events.
      validate_args: whether the run checks the probabilities.
      name: the name scope.

    Raises:
      ValueError: both are given, or none.
      TypeError: they are no floats.
    """
    with name_scope(name, values=[probs, logits]):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        if probs is None:
            logits = convert_to_tensor(logits, name="logits")
            if not logits.dtype.is_floating:
                raise TypeError("logits must having floating type.")
            if not multidimensional:
                return logits, sigmoid(logits, name="probs")
            if validate_args:
                logits = check_event_size(logits)
            return logits, softmax(logits, name="probs")
        probs = convert_to_tensor(probs, name="probs")
        if not probs.dtype.is_floating:
            raise TypeError("probs must having floating type.")
        if validate_args:
            probs = _checked_probs(probs, multidimensional)
        with name_scope("logits"):
            if multidimensional:
                return log(probs), probs
            return log(probs) - log1p(-1.0 * probs), probs


def _checked_probs(probs: Tensor, multidimensional: bool) -> Tensor:
    with name_scope("validate_probs"):
        one = constant(1.0, probs.dtype)
        checks = [assert_non_negative(probs)]
        if multidimensional:
            probs = check_event_size(probs)
            checks.append(assert_near(reduce_sum(probs, -1), one, message="probs does not sum to 1."))
        else:
            checks.append(assert_less_equal(probs, one, message="probs has components greater than 1."))
        return with_dependencies(checks, probs)  # type: ignore[no-any-return]


def _greatest(dtype: DType) -> int:
    """The greatest integer up to which a type holds all integers."""
    if dtype.is_floating:
        return int(2 ** (np.finfo(dtype.np).nmant + 1))
    return 1 if dtype.is_bool else int(np.iinfo(dtype.np).max)


def check_event_size(x: Any, name: str = "embed_check_categorical_event_shape") -> Tensor:
    """Returns a tensor whose last axis has two elements at least; the run checks what is not known.

    Raises:
      ValueError: it has less, or more than the type can count.
    """
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="categorical_param")
        most, static = _greatest(x.dtype.base), x.raw_shape
        if static == ():
            raise ValueError("A categorical-distribution parameter must have at least 1 dimension.")
        size = None if static is None else static[-1]
        if size is not None:
            if size < 2:
                raise ValueError("A categorical-distribution parameter must have at least 2 events.")
            if size > most:
                raise ValueError(
                    f"Number of classes exceeds `dtype` precision, i.e., {x.dtype.name} implies shape ({size}) cannot "
                    f"exceed {most}."
                )
            return x  # type: ignore[no-any-return]
        found = shape(x, name="x_shape")[-1]
        checks = [
            assert_rank_at_least(x, 1, message="A categorical-distribution parameter must have at least 1 dimension."),
            assert_greater_equal(
                shape(x)[-1], 2, message="A categorical-distribution parameter must have at least 2 events."
            ),
            assert_less_equal(
                found,
                most,
                message=f"Number of classes exceeds `dtype` precision, i.e., {x.dtype.name} dtype cannot exceed {most} "
                "shape.",
            ),
        ]
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def _assert_whole(x: Tensor, message: str, int_dtype: Any = None) -> Any:
    with name_scope("assert_integer_form", values=[x, None]):
        if x.dtype.is_integer:
            return no_op()
        if int_dtype is None:
            int_dtype = {"float16": dtypes.int16, "float32": dtypes.int32, "float64": dtypes.int64}[x.dtype.base.name]
        rounded = cast(cast(x, int_dtype), x.dtype)
        return assert_equal(x, rounded, message=message, name="assert_integer_form")


def check_count(x: Any, name: str = "embed_check_nonnegative_integer_form") -> Tensor:
    """Returns numbers that the run checks to be whole and not negative."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        checks = [assert_non_negative(x, message=f"'{x}' must be non-negative.")]
        if not x.dtype.is_integer:
            checks.append(_assert_whole(x, f"'{x}' cannot contain fractional components."))
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def check_integer(x: Any, target: DType, name: str = "embed_check_casting_closed") -> Tensor:
    """Returns numbers that the run checks to be not negative, and of values that another type has too."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        checks = [assert_non_negative(x, message="Elements must be non-negative.")]
        if x.dtype.is_floating:
            checks.append(_assert_whole(x, f"Elements must be {target.name}-equivalent.", target))
        elif _greatest(x.dtype) > _greatest(target):
            most = _greatest(target)
            checks.append(assert_less_equal(x, most, message=f"Elements cannot exceed {most}."))
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def log_combinations(n: Any, counts: Any, name: str = "log_combinations") -> Tensor:
    """Returns the logarithms of multinomial coefficients: in how many orders `n` draws give certain counts."""
    with name_scope(name, values=[n, counts]):
        n = convert_to_tensor(n, name="n")
        counts = convert_to_tensor(counts, name="counts")
        total = lgamma(n + 1)
        each = lgamma(counts + 1)
        return total - reduce_sum(each, axis=[-1])


def next_seed(seed: int | None, salt: str) -> int | None:
    """Returns a seed that follows from another one and a text."""
    if seed is None:
        return None
    digest = hashlib.md5(f"{seed}{salt}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) & 0x7FFFFFFF


def pick_vector(condition: Any, first: Any, second: Any, name: str = "pick_vector") -> Any:
    """Returns one of two vectors, as a scalar says."""
    with name_scope(name, values=(condition, first, second)):
        condition = convert_to_tensor(condition, name="cond")
        known = constant_value(condition)
        if known is not None:
            return first if known else second
        first = convert_to_tensor(first, name="true_vector")
        second = convert_to_tensor(second, name="false_vector")
        count: Any = shape(first)[0]
        both = concat([first, second], 0)
        return cut(both, [where_v2(condition, 0, count)], [where(condition, count, -1)])
