"""Moving values between the host and the devices that have memory of their own.

A value says by its type where it is, so nothing is moved twice. `tangraph.plan.copies` decides what has to be moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plan.effects import argument_position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tangraph.backend import Backend
    from tangraph.plan.ir import Step

    Move = Callable[[Any], Any]

#: The host inputs of steps that exist in plans alone.
_HOST_INPUTS: Final = {"_SumToShape": frozenset({1})}


def shares_host_memory(backend: Backend) -> bool:
    """Says whether a backend's arrays are NumPy's."""
    return isinstance(backend.to_device(np.zeros(1, np.float32)), np.ndarray)


class Transfers:
    """Moves values between the host and the backends that have arrays of their own.

    Args:
      backends: those of a session.
    """

    def __init__(self, backends: Iterable[Backend]) -> None:
        self._to_host: dict[type, Move] = {}
        self._moves: dict[str, Move] = {}
        for backend in backends:
            if not shares_host_memory(backend):
                array_type = type(backend.to_device(np.zeros(1, np.float32)))
                self._to_host[array_type] = backend.to_host
                self._moves[backend.name] = self._mover(backend, array_type)

    def __bool__(self) -> bool:
        """Whether there is anything to move at all."""
        return bool(self._moves)

    def has_memory(self, backend: Backend | None) -> bool:
        """Says whether a backend has arrays of its own."""
        return backend is not None and backend.name in self._moves

    def to_host(self, value: Any) -> Any:
        """Returns a device array as NumPy's; anything else as it is."""
        move = self._to_host.get(type(value))
        return value if move is None else move(value)

    def to_device(self, backend: Backend) -> Move:
        """Returns the function that brings a value to a backend's device."""
        return self._moves[backend.name]

    def _mover(self, backend: Backend, array_type: type) -> Move:
        def to_device(value: Any) -> Any:
            if type(value) is array_type:
                return value
            value = self.to_host(value)  # of another device
            if isinstance(value, (np.ndarray, np.generic)) and value.dtype != object:
                return backend.to_device(np.asarray(value))
            return value  # strings

        return to_device


def is_host_input(step: Step, index: int) -> bool:
    """Says whether a kernel reads an input on the host."""
    if step.op_type in _HOST_INPUTS:
        return index in _HOST_INPUTS[step.op_type]
    return step.op_def is not None and argument_position(step, index) in step.op_def.host_inputs
