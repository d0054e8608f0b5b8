"""What is known of a device: `Session.list_devices` and `device_lib.list_local_devices`."""

from __future__ import annotations

from dataclasses import dataclass, field

from tangraph.client.servers import LOCAL_TASK
from tangraph.framework.device import DeviceSpec

_HOST_MEMORY = 256 << 20


@dataclass(frozen=True)
class DeviceAttributes:
    """A device of this process.

    Attributes:
      name: "/job:localhost/replica:0/task:0/device:CPU:0".
      device_type: "CPU" or "GPU".
      memory_limit_bytes: what TensorFlow reports for the host, or the device's memory.
      incarnation: a number that changes when the device is reset.
      physical_device_desc: a description.
    """

    name: str
    device_type: str
    memory_limit_bytes: int = _HOST_MEMORY
    incarnation: int = 1
    physical_device_desc: str = ""
    locality: dict[str, int] = field(default_factory=dict)

    @property
    def memory_limit(self) -> int:
        """The same number under the name that the message has."""
        return self.memory_limit_bytes


def attributes_of(device: str, task: str = LOCAL_TASK) -> DeviceAttributes:
    """Returns the attributes of a task's device given as "/device:CPU:0"."""
    kind = DeviceSpec.from_string(device).device_type or "CPU"
    return DeviceAttributes(f"{task}{device}", kind)
