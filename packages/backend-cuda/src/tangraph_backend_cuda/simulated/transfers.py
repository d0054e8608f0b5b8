"""What crosses between host and simulated device, counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(slots=True)
class Transfers:
    """Counts of transfers, since the start or since :meth:`reset`.

    Attributes:
      to_device, to_host: how many arrays were moved.
      uploads: how many of `to_device` a kernel moved by itself (`xp.asarray(host array)`): its work was done on the host.
      reads: how often a kernel read a value back by itself (`bool(x)`, `x.item()`): each makes the host wait.
      bytes_to_device, bytes_to_host: how much was moved; reads count as moves to the host.
    """

    to_device: int = 0
    to_host: int = 0
    uploads: int = 0
    reads: int = 0
    bytes_to_device: int = 0
    bytes_to_host: int = 0
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    def count_to_device(self, size: int) -> None:
        """Notes a move to the device."""
        with self._lock:
            self.to_device += 1
            self.bytes_to_device += size

    def count_upload(self, size: int) -> None:
        """Notes that a kernel moved a host array to the device."""
        self.count_to_device(size)
        with self._lock:
            self.uploads += 1

    def count_to_host(self, size: int) -> None:
        """Notes a move to the host."""
        with self._lock:
            self.to_host += 1
            self.bytes_to_host += size

    def count_read(self, size: int) -> None:
        """Notes that a value was read back."""
        with self._lock:
            self.reads += 1
            self.bytes_to_host += size

    def reset(self) -> None:
        """Sets all counts to zero."""
        with self._lock:
            for name in _COUNTS:
                setattr(self, name, 0)

    @contextmanager
    def counted(self) -> Iterator[Transfers]:
        """Yields counts that hold, after the block, what was moved inside of it."""
        before = [getattr(self, name) for name in _COUNTS]
        found = Transfers()
        yield found
        for name, then in zip(_COUNTS, before, strict=True):
            setattr(found, name, getattr(self, name) - then)


_COUNTS: Final = ("to_device", "to_host", "uploads", "reads", "bytes_to_device", "bytes_to_host")
#: The counts of the one simulated device.
TRANSFERS: Final = Transfers()
