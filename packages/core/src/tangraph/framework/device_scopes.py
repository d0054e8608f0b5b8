"""What a ``with tf.device(...)`` block does to an operation created inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation


def device_string(device: Any) -> str:
    """Returns what an operation asks for: a string as it is, a DeviceSpec in its canonical form."""
    return str(device.to_string()) if hasattr(device, "to_string") else str(device or "")


def applier(device: Any) -> Callable[[Operation], None] | None:
    """Returns the function that a device block applies to operations; None for ``tf.device(None)``.

    Args:
      device: a string or DeviceSpec, which inner blocks override field by field; a function from an operation to such a
        string; None.
    """
    from tangraph.framework.device import DeviceSpec

    if device is None:
        return None
    if callable(device):
        return lambda op: op._set_device(device(op))
    outer = device if hasattr(device, "to_string") else DeviceSpec.from_string(device)

    def merge(op: Operation) -> None:
        merged = DeviceSpec.from_string(outer.to_string())
        merged.merge_from(DeviceSpec.from_string(op._device))
        op._device = merged.to_string()

    return merge
