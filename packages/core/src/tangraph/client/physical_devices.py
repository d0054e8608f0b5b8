"""`tf.config.experimental` and `tf.test.is_gpu_available`'s source: the devices that the backends report."""

from __future__ import annotations

from typing import NamedTuple

from tangraph import registry
from tangraph.export import export
from tangraph.framework.device import DeviceSpec


class PhysicalDevice(NamedTuple):
    """A device of this machine."""

    name: str
    device_type: str


@export("config.experimental.list_physical_devices", "config.list_physical_devices")
def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """Returns the devices that the installed backends can run on.

    Args:
      device_type: "CPU" or "GPU"; None for all.

    >>> import tangraph as tf
    >>> tf.config.experimental.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    found = []
    for backend in registry.backends().values():
        for device in backend.devices():
            spec = DeviceSpec.from_string(device)
            found.append(
                PhysicalDevice(f"/physical_device:{spec.device_type}:{spec.device_index}", backend.device_type)
            )
    return [d for d in found if device_type in (None, d.device_type)]
