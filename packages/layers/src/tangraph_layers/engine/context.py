"""The calls of layers that are under way, in each thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Call:
    """A call of a layer.

    Attributes:
      layer: the layer.
      inputs: what it was called on.
      frozen: whether it, or one that called it, is not trainable.
      training: what it was given as `training`.
    """

    layer: Any
    inputs: Any
    frozen: bool
    training: Any


class _Calls(threading.local):
    def __init__(self) -> None:
        self.stack: list[Call] = []


_calls: Final = _Calls()


def current_call() -> Call | None:
    """Returns the innermost call that is under way, or None."""
    return _calls.stack[-1] if _calls.stack else None


@contextmanager
def entered(layer: Any, inputs: Any, training: Any) -> Iterator[None]:
    """Notes that a layer is called, for what its `call` does."""
    outer = current_call()
    frozen = not layer.trainable or (outer is not None and outer.frozen)
    _calls.stack.append(Call(layer, inputs, frozen, training))
    try:
        yield
    finally:
        _calls.stack.pop()
