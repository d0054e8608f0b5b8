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
      reads: how often a kernel read a value back by itself (`bool(x)`, `x.item()`): each makes the host wait.
      bytes_to_device, bytes_to_host: how much was moved; reads count as moves to the host.
    """

    to_device: int = 0
    to_host: int = 0
    reads: int = 0
    bytes_to_device: int = 0
    bytes_to_host: int = 0
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    def count_to_device(self, size: int) -> None:
        """Notes a move to the device."""
        with self._lock:
            self.to_device += 1
            self.bytes_to_device += size

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
            self.to_device = self.to_host = self.reads = self.bytes_to_device = self.bytes_to_host = 0

    @contextmanager
    def counted(self) -> Iterator[Transfers]:
        """Yields counts that hold, after the block, what was moved inside of it."""
        before = (self.to_device, self.to_host, self.reads, self.bytes_to_device, self.bytes_to_host)
        found = Transfers()
        yield found
        after = (self.to_device, self.to_host, self.reads, self.bytes_to_device, self.bytes_to_host)
        names = ("to_device", "to_host", "reads", "bytes_to_device", "bytes_to_host")
        for name, then, now in zip(names, before, after, strict=True):
            setattr(found, name, now - then)


#: The counts of the one simulated device.
TRANSFERS: Final = Transfers()
