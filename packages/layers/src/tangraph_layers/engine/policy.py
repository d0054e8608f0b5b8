"""Which element types a layer computes in and has its variables in."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("keras.mixed_precision.experimental.Policy")
class Policy:
    """The element types of a layer.

    Args:
      name: the name of an element type, for both variables and computations; "mixed_float16", for variables of float32
        and computations in float16; or "infer", for the type of the first input.

    Raises:
      TypeError: it is no string.
      ValueError: it is another name.

    >>> Policy("float32").variable_dtype, Policy("infer").compute_dtype
    ('float32', None)
    """

    def __init__(self, name: str) -> None:
        if isinstance(name, tf.DType):
            raise TypeError(f"'name' must be a string, not a DType. Instead, pass DType.name. Got: {name.name}")
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, but got: {name}")
        self.name = name
        self.compute_dtype, self.variable_dtype = _dtypes(name)

    @property
    def should_cast_variables(self) -> bool:
        """Whether variables are cast before they are used."""
        return self.variable_dtype is not None and self.compute_dtype != self.variable_dtype

    def __repr__(self) -> str:
        return f'<Policy "{self.name}", loss_scale=None>'


def _dtypes(name: str) -> tuple[str | None, str | None]:
    if name in {"mixed_float16", "mixed_bfloat16"}:
        return name.removeprefix("mixed_"), "float32"
    if name == "infer":
        return None, None
    if name == "infer_with_float32_vars":
        return None, "float32"
    try:
        dtype = tf.as_dtype(name).name
    except TypeError:
        raise ValueError(
            f"Cannot convert value {name} to a mixed precision Policy. Valid policies include include those ending in "
            "'mixed_float16', 'mixed_bfloat16', and the name of any dtype such as 'float32'."
        ) from None
    return dtype, dtype


def policy_of(dtype: Any) -> Policy:
    """Returns the policy that the argument `dtype` of a layer stands for."""
    if isinstance(dtype, Policy):
        return dtype
    return Policy("infer") if dtype is None else Policy(tf.as_dtype(dtype).base_dtype.name)
