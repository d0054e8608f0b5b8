"""`tensorflow.python.training.saver`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tangraph_compat.internals import names_of, public

_names, __dir__ = names_of(__name__)


def __getattr__(name: str) -> Any:
    """The public names, and the class under which TensorFlow has what a Saver saves."""
    if name not in {"BaseSaverBuilder", "BulkSaverBuilder"}:
        return _names(name)
    saveables = import_module(public("train.Saver").__module__.replace(".saver", ".saveables"))
    kinds = {"SaveSpec": saveables.SaveSpec, "SaveableObject": saveables.SaveableObject}
    return type(name, (), {"__doc__": "The kinds of what a Saver saves.", **kinds})
