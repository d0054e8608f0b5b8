"""What the C library does with the memory of arrays that are freed.

A training step makes the same arrays again and again. The C library of GNU gives memory back to the system as soon as there
is a little of it at the end of the heap, and takes large blocks from the system in the first place; each page then costs a
page fault in every step: a third of the time of a recurrent network with batches of 64. Told once, it keeps what is freed for
the next step.
"""

from __future__ import annotations

import ctypes
import functools
import os
from typing import Final

#: Bytes of free memory at the end of the heap beyond which the system gets it back.
TRIM: Final = 1 << 28
#: Bytes of a block beyond which it is the system's own; the largest number that glibc takes.
MMAP: Final = 1 << 25
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


@functools.cache
def keep() -> bool:
    """Has freed memory kept for the next step; says whether it is.

    It is not where the C library is another one than glibc, or where the environment says already what glibc is to do
    (``MALLOC_TRIM_THRESHOLD_``, ``MALLOC_MMAP_THRESHOLD_``, ``GLIBC_TUNABLES``).
    """
    given = os.environ
    if any(name.startswith("MALLOC_") for name in given) or "glibc.malloc" in given.get("GLIBC_TUNABLES", ""):
        return False
    mallopt = _mallopt()
    return mallopt is not None and bool(mallopt(_M_MMAP_THRESHOLD, MMAP) and mallopt(_M_TRIM_THRESHOLD, TRIM))


def _mallopt() -> ctypes._NamedFuncPointer | None:
    try:
        is_glibc = (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # Windows; another C library
        return None
    return getattr(ctypes.CDLL(None), "mallopt", None) if is_glibc else None
