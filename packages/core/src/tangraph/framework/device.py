"""Device strings: what ``tf.device`` takes, and how the devices of nested blocks are merged."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, Self

from tangraph.export import export


class _Parts(NamedTuple):
    """What a device string says, None where it says nothing."""

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    device_type: str | None = None
    device_index: int | None = None


@lru_cache(maxsize=1024)
def _parse(spec: str) -> _Parts:
    found: dict[str, Any] = {}
    for component in spec.split("/"):
        key, *values = component.split(":")
        if key in ("job", "replica", "task") and len(values) == 1:
            found[key] = values[0] if key == "job" else int(values[0])
        elif (key == "device" and len(values) == 2) or (key.upper() in ("CPU", "GPU") and len(values) <= 1):
            if "device_type" in found:
                raise ValueError(f"Cannot specify multiple device types: {spec}")
            if key != "device":
                values.insert(0, key)
            found["device_type"] = values[0].upper()
            found["device_index"] = int(values[1]) if len(values) == 2 and values[1] != "*" else None
        elif key or values:
            raise ValueError(f"Unknown attribute: '{key}' in '{spec}'")
    return _Parts(**found)


@lru_cache(maxsize=1024)
def _to_string(parts: _Parts) -> str:
    text = f"/job:{parts.job}" if parts.job else ""
    if parts.replica is not None:
        text += f"/replica:{parts.replica}"
    if parts.task is not None:
        text += f"/task:{parts.task}"
    if parts.device_type is not None:
        text += f"/device:{parts.device_type}:{'*' if parts.device_index is None else parts.device_index}"
    return text


@lru_cache(maxsize=1024)
def _merge(outer: _Parts, inner: _Parts) -> _Parts:
    said = {name: value for name, value in inner._asdict().items() if value is not None}
    return outer._replace(**said)


def _parts_of(device: Any) -> _Parts:
    if device is None or device == "":
        return _Parts()
    if isinstance(device, DeviceSpec):
        return device._parts
    if not isinstance(device, str):
        raise TypeError(f"A device must be a string, a DeviceSpec or None. Received: {device!r}")
    return _parse(device)


@export("DeviceSpec")
class DeviceSpec:
    """Where an operation is to run; what is None may be any.

    Attributes:
      job: the name of a job of a cluster.
      replica: the number of a replica.
      task: the number of a task of the job.
      device_type: "CPU", "GPU" or another.
      device_index: the number of the device among those of its type.

    >>> spec = DeviceSpec.from_string("/job:ps/gpu:1")
    >>> spec.device_type, spec.device_index, spec.to_string()
    ('GPU', 1, '/job:ps/device:GPU:1')
    """

    __slots__ = ("_parts",)

    def __init__(
        self,
        job: Any = None,
        replica: Any = None,
        task: Any = None,
        device_type: Any = None,
        device_index: Any = None,
    ) -> None:
        self._parts = _Parts(
            None if job is None else str(job),
            None if replica is None else int(replica),
            None if task is None else int(task),
            None if device_type is None else str(device_type).upper(),
            None if device_index is None else int(device_index),
        )

    @property
    def job(self) -> str | None:
        """The name of the job."""
        return self._parts.job

    @job.setter
    def job(self, job: Any) -> None:
        self._parts = self._parts._replace(job=None if job is None else str(job))

    @property
    def replica(self) -> int | None:
        """The number of the replica."""
        return self._parts.replica

    @replica.setter
    def replica(self, replica: Any) -> None:
        self._parts = self._parts._replace(replica=None if replica is None else int(replica))

    @property
    def task(self) -> int | None:
        """The number of the task."""
        return self._parts.task

    @task.setter
    def task(self, task: Any) -> None:
        self._parts = self._parts._replace(task=None if task is None else int(task))

    @property
    def device_type(self) -> str | None:
        """The type of the device, in capitals."""
        return self._parts.device_type

    @device_type.setter
    def device_type(self, device_type: Any) -> None:
        self._parts = self._parts._replace(device_type=None if device_type is None else str(device_type).upper())

    @property
    def device_index(self) -> int | None:
        """The number of the device."""
        return self._parts.device_index

    @device_index.setter
    def device_index(self, device_index: Any) -> None:
        self._parts = self._parts._replace(device_index=None if device_index is None else int(device_index))

    @classmethod
    def _of(cls, parts: _Parts) -> Self:
        spec = cls.__new__(cls)
        spec._parts = parts
        return spec

    @classmethod
    def from_string(cls, spec: str | None) -> Self:
        """Returns what a string such as "/job:ps/task:0/device:GPU:1", "/cpu:0" or "" says.

        Raises:
          ValueError: it is no device string.
        """
        return cls._of(_parts_of(spec))

    def parse_from_string(self, spec: str | None) -> Self:
        """Becomes what a string says, and returns itself.

        Raises:
          ValueError: it is no device string.
        """
        self._parts = _parts_of(spec)
        return self

    def merge_from(self, dev: DeviceSpec) -> None:
        """Takes over what another spec says."""
        self._parts = _merge(self._parts, dev._parts)

    def make_merged_spec(self, dev: DeviceSpec) -> Self:
        """Returns a new spec that says what another says, and what this one says where the other says nothing."""
        return self._of(_merge(self._parts, dev._parts))

    def replace(self, **fields: Any) -> Self:
        """Returns a new spec with some attributes replaced."""
        return type(self)(**{**self._parts._asdict(), **fields})

    def to_string(self) -> str:
        """Returns the spec as a string in the form that all are compared in."""
        return _to_string(self._parts)

    def __eq__(self, other: object) -> bool:
        return self.to_string() == other.to_string() if isinstance(other, DeviceSpec) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_string())


def is_device_spec(obj: object) -> bool:
    """Returns whether ``obj`` is a DeviceSpec."""
    return isinstance(obj, DeviceSpec)


def check_valid(spec: str) -> None:
    """Raises ValueError unless ``spec`` is a device string."""
    _parse(spec)


def canonical(device: Any) -> str:
    """Returns a device string, a DeviceSpec or None as a device string of the form that all are compared in.

    Raises:
      ValueError: the string is no device string.
      TypeError: ``device`` is none of these.

    >>> canonical("/cpu:0"), canonical("/job:ps/gpu:*"), canonical(None)
    ('/device:CPU:0', '/job:ps/device:GPU:*', '')
    """
    return _to_string(_parts_of(device))


canonical_name = canonical


class MergeDevice:
    """A device function that gives an operation what a spec says, where nothing was said about it before."""

    __slots__ = ("_parts",)

    def __init__(self, device: Any) -> None:
        self._parts = _parts_of(device)

    def __call__(self, node: Any) -> DeviceSpec:
        """Returns the merged spec of an operation or NodeDef."""
        return DeviceSpec._of(_merge(self._parts, _parts_of(node.device)))

    def __repr__(self) -> str:
        return f"<MergeDevice {_to_string(self._parts)!r}>"


def merge_device(spec: Any) -> MergeDevice:
    """Returns the device function that ``tf.device(spec)`` stands for: inner blocks go before outer ones.

    Raises:
      ValueError: the string is no device string.
    """
    return MergeDevice(spec)


def applier(device_name_or_function: Any) -> Callable[[Any], None] | None:
    """Returns what a ``tf.device`` block does to each operation made in it; None when it ends the search outwards.

    The blocks are to be applied from the innermost to the outermost. A string or DeviceSpec fills in what is not said
    yet; what a function returns is taken as it stands.

    Raises:
      ValueError: the string is no device string.
    """
    if device_name_or_function is None:
        return None
    function = device_name_or_function if callable(device_name_or_function) else MergeDevice(device_name_or_function)

    def apply(op: Any) -> None:
        device = function(op)
        if isinstance(device, DeviceSpec):
            device = device.to_string()
        elif not isinstance(device, str):
            raise TypeError(f"Expected binary or unicode string, got {device!r}")
        op._device = device

    apply.decides = callable(device_name_or_function)  # type: ignore[attr-defined]
    return apply


def decides(applied: Any) -> bool:
    """Says whether what `applier` returned asks a function of the user's."""
    return bool(getattr(applied, "decides", False))
