"""How the arguments of a call are bound to the parameters of a Python function, for `tf.function`."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.ops.array.constant import constant
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable


def validate_signature(signature: Any) -> None:
    """Raises TypeError unless a signature is a structure of TensorSpecs."""
    if any(not isinstance(spec, TensorSpec) for spec in nest.flatten(signature, expand_composites=True)):
        raise TypeError(
            f"Invalid input_signature {signature}; input_signature must be a possibly nested sequence of TensorSpec objects."
        )


class FunctionSpec:
    """The parameters of a Python function.

    Args:
      python_function: the function.
      input_signature: TensorSpecs of its arguments, to which all calls have to conform; None for any.
      is_bound: whether its first parameter is given already, as that of a method is.

    Attributes:
      arg_names: the names of the positional parameters.
      vararg_name: the name of the parameter for further ones, or None.
      input_signature, flat_input_signature: the signature, and its TensorSpecs in a row.

    Raises:
      ValueError: a signature, and parameters that can only be given by name.
      TypeError: the signature is no sequence.
    """

    def __init__(self, python_function: Callable[..., Any], input_signature: Any, *, is_bound: bool = False) -> None:
        spec = inspect.getfullargspec(python_function)
        self.is_method = inspect.ismethod(python_function)
        names = spec.args[1:] if self.is_method or is_bound else spec.args
        defaults = list(spec.defaults or ())
        target = inspect.unwrap(python_function)
        if isinstance(target, functools.partial):
            # What a partial gives by name is no parameter any more.
            known = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
            names = [name for name in names if name not in target.keywords]
            defaults = [known[name] for name in names if name in known]
        self.arg_names = names
        self.vararg_name = spec.varargs
        self._places = {name: place for place, name in enumerate(names)}
        first = len(names) - len(defaults)
        self._defaults = {first + index: value for index, value in enumerate(defaults)}
        self.input_signature: tuple[Any, ...] | None = None
        self.flat_input_signature: tuple[TensorSpec, ...] | None = None
        if input_signature is not None:
            if spec.kwonlyargs:
                raise ValueError(
                    "Cannot define a TensorFlow function from a Python function with keyword arguments when "
                    "input_signature is provided."
                )
            if not isinstance(input_signature, (tuple, list)):
                raise TypeError(f"input_signature must be either a tuple or a list, received {type(input_signature)}")
            self.input_signature = tuple(input_signature)
            self.flat_input_signature = tuple(nest.flatten(input_signature, expand_composites=True))

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Returns (positional arguments, defaults included; what can only be given by name).

        Raises:
          TypeError: an argument that the signature does not cover.
          ValueError: arguments that do not conform to the signature.
        """
        if self.input_signature is not None:
            self._check_covered(args, kwargs)
        values = {place: value for place, value in self._defaults.items() if place >= len(args)}
        rest = {}
        for name, value in kwargs.items():
            place = self._places.get(name)
            if place is not None:
                values[place] = value
            elif self.input_signature is not None:
                raise ValueError(
                    "Cannot define a TensorFlow function from a Python function with keyword arguments when "
                    "input_signature is provided."
                )
            else:
                rest[name] = value
        inputs = (*args, *(values[place] for place in sorted(values)))
        if self.input_signature is None:
            return _with_tensors(inputs), rest
        return self._conforming(inputs), {}

    def _check_covered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        count = len(self.input_signature or ())
        if len(args) > count:
            raise TypeError(
                "When input_signature is provided, only pass arguments covered by it. "
                f"Received {len(args)} argument(s)."
            )
        for name in kwargs:
            place = self._places.get(name)
            if place is None:
                raise TypeError(f"Function got an unexpected keyword argument {name}")
            if place >= count:
                raise TypeError(
                    f"When input_signature is provided, only pass arguments covered by it. Received argument {name}."
                )

    def _conforming(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments as tensors of the signature."""
        signature, specs = self.input_signature or (), self.flat_input_signature or ()
        try:
            flat = nest.flatten_up_to(signature, inputs[: len(signature)], expand_composites=True)
        except ValueError:
            raise ValueError(
                f"Structure of Python function inputs does not match input_signature:\n{self._described(inputs)}"
            ) from None
        tensors = []
        for value, spec in zip(flat, specs, strict=True):
            if isinstance(value, Tensor):
                tensors.append(value)
                continue
            try:
                tensors.append(_converted(value, spec))
            except (ValueError, TypeError):
                raise ValueError(
                    "When input_signature is provided, all inputs to the Python function must be convertible to "
                    f"tensors:\n{self._described(inputs)}"
                ) from None
        if any(not spec.is_compatible_with(tensor) for spec, tensor in zip(specs, tensors, strict=True)):
            raise ValueError(f"Python inputs incompatible with input_signature:\n{self._described(inputs)}")
        return tuple(nest.pack_sequence_as(signature, tensors, expand_composites=True))

    def _described(self, inputs: tuple[Any, ...]) -> str:
        given = ",\n    ".join(str(value) for value in inputs)
        wanted = ",\n    ".join(str(spec) for spec in self.input_signature or ())
        return f"  inputs: (\n    {given})\n  input_signature: (\n    {wanted})"


def _converted(value: Any, spec: TensorSpec) -> Tensor:
    try:
        return convert_to_tensor(value, spec.dtype)
    except (ValueError, TypeError):
        return convert_to_tensor(value)


def _with_tensors(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with constants in the place of arrays."""
    flat = nest.flatten(inputs)
    if not any(type(value) is np.ndarray for value in flat):
        return inputs
    made = [constant(value) if type(value) is np.ndarray else value for value in flat]
    return tuple(nest.pack_sequence_as(inputs, made))
