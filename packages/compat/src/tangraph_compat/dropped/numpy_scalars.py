"""Arrays of one element as numbers: `float(np.ones(1))`, `"%.2f" % np.ones((1, 1))`, `a[0] = np.ones(1)`.

NumPy 1 took them, whatever their rank; NumPy 2.4 takes arrays of rank 0 alone. Programs print what `Session.run` gave
them in this way. How an array becomes a number is decided by slots of its type, which only CPython's own structure
reaches. Elsewhere, and where the slots are not what they are expected to be, nothing is changed.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from tangraph_compat.dropped import asked_by_library, used

# The places, counted in pointers, of `tp_as_number` in a type and of two slots in the table that it leads to. They have
# been the same since Python 3.5.
_AS_NUMBER: Final = 12
_SLOTS: Final = {"int": 16, "float": 18}
_Slot: Final = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)
#: What the slots hold; they are never freed.
_kept: Final[list[Any]] = []


def print_plainly(module: ModuleType) -> None:
    """Has numbers in lists print as they did: `[0.5]`, and not `[np.float32(0.5)]`. A program may say otherwise."""
    if int(module.__version__.partition(".")[0]) >= 2:
        module.set_printoptions(legacy="1.25")


def complete(module: ModuleType) -> None:
    """Has arrays of one element convert, if they do not."""
    if sys.implementation.name != "cpython" or struct.calcsize("P") != 8:
        return
    array = module.ones(1)
    try:
        float(array)
    except TypeError:
        pass
    else:
        return
    table = ctypes.cast(id(module.ndarray), ctypes.POINTER(ctypes.c_void_p))[_AS_NUMBER]
    if not table:
        return
    slots = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))
    for kind, place in _SLOTS.items():
        own = slots[place]
        if not own:
            continue
        function = _Slot(_converter(kind, _Slot(own)))
        _kept.append(function)
        slots[place] = ctypes.cast(function, ctypes.c_void_p).value


def _converter(kind: str, own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Returns what takes the place of a slot.

    It must not raise: an error cannot leave it. So it returns what is no number instead, and Python raises a TypeError
    that names the type of that.
    """
    number = {"int": int, "float": float}[kind]

    def convert(array: Any) -> Any:
        try:
            if array.ndim == 0:
                return own(array)
            if array.size == 1 and not asked_by_library():
                used.add(f"{kind}() of an array of one element")
                return number(array.item())
        except (TypeError, ValueError, OverflowError):
            pass
        return _NotANumber()

    return convert


class _NotANumber:
    """An array that is no number; its type's name is in the TypeError that Python raises."""


_NotANumber.__name__ = "array; only length-1 arrays convert"
