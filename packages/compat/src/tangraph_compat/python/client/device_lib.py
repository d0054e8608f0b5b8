"""`tensorflow.python.client.device_lib`."""

from __future__ import annotations

from typing import Any

from tangraph import registry
from tangraph.client.device_attributes import DeviceAttributes


class LocalDevice:
    """A device: what TensorFlow keeps in a DeviceAttributes message, under the same names."""

    def __init__(self, name: str, attributes: DeviceAttributes) -> None:
        self.name = name
        self.device_type = attributes.device_type
        self.memory_limit = attributes.memory_limit
        self.incarnation = attributes.incarnation
        self.physical_device_desc = attributes.physical_device_desc
        self.locality: Any = attributes.locality

    def __repr__(self) -> str:
        return (
            f'name: "{self.name}"\ndevice_type: "{self.device_type}"\nmemory_limit: {self.memory_limit}\n'
            f"locality {{\n}}\nincarnation: {self.incarnation}\n"
        )


def list_local_devices(session_config: Any = None) -> list[LocalDevice]:
    """Returns the devices of this machine that an installed backend runs on.

    >>> [device.name for device in list_local_devices()]
    ['/device:CPU:0']
    """
    from tangraph.client.device_attributes import attributes_of

    names = [name for backend in registry.backends().values() for name in backend.devices()]
    return [LocalDevice(name, attributes_of(name)) for name in names]
