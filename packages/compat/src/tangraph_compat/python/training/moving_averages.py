"""`tensorflow.python.training.moving_averages`."""

from typing import Any

from tangraph_compat.internals import names_of, public

_names, __dir__ = names_of(__name__)


def __getattr__(name: str) -> Any:
    """Takes what is not public from the module that has ExponentialMovingAverage."""
    try:
        return _names(name)
    except AttributeError:
        if name.startswith("_"):
            raise
    import importlib

    home = importlib.import_module(public("train.ExponentialMovingAverage").__module__)
    return getattr(home, name)
