"""Which devices there are, as far as it decides what is built."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.engine.session import get_session


class _Devices:
    """The devices of the process, once they have been asked for."""

    known: list[Any] | None = None


class _Probe:
    """What the device functions of a graph take for an operation that is being made."""

    type = name = ""

    def __init__(self) -> None:
        self.device = ""

    def _set_device(self, device: Any) -> None:
        self.device = device if isinstance(device, str) else device.to_string()


def available_gpus() -> list[str]:
    """Returns the names of the GPUs. The first call asks Keras' session, which initializes variables."""
    if _Devices.known is None:
        _Devices.known = get_session().list_devices()
    return [device.name for device in _Devices.known if device.device_type == "GPU"]


def current_device_type() -> str | None:
    """Returns the type of the device that `tf.device` blocks around ask for, "CPU" or "GPU"; None without any."""
    probe = _Probe()
    for function in reversed(tf.get_default_graph()._device_stack):
        if function is None:
            break
        function(probe)
    found: str | None = tf.DeviceSpec.from_string(probe.device).device_type
    return found


def has_nchw_support() -> bool:
    """Returns whether operations take channels before the dimensions of space: on a GPU they do."""
    on_cpu = current_device_type() == "CPU"
    return bool(available_gpus()) and not on_cpu
