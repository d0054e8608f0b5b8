"""`tf.raw_ops`: every op that is registered, as a function of keyword arguments.

>>> import tangraph as tf
>>> with tf.Graph().as_default():
...     tf.raw_ops.TopKV2(input=[1.0, 3.0, 2.0], k=2).indices.shape
TensorShape([Dimension(2)])
"""

from __future__ import annotations

from typing import Any

from tangraph.plugins import manager
from tangraph_compat.internals.raw_ops import keyword_function


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return globals().setdefault(name, keyword_function(name))


def __dir__() -> list[str]:
    return sorted(op_type for op_type in manager.current().registries.ops.entries if not op_type.startswith("_"))
