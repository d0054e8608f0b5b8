"""`tf.contrib.<package>.python`, as attributes: the packages' inner modules, made when they are first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tangraph_compat.internals import ROOT

if TYPE_CHECKING:
    from types import ModuleType


def __getattr__(package: str) -> ModuleType:
    try:
        return import_module(f"{ROOT}.contrib.{package}.python")
    except ModuleNotFoundError as error:
        raise AttributeError(f"module {__name__!r} has no attribute {package!r}") from error
