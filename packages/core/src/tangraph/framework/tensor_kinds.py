"""Questions about values and the mode of execution: `is_tensor`, `executing_eagerly`."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor


@export("is_tensor", "contrib.framework.is_tensor")
def is_tensor(x: Any) -> bool:
    """Says whether a value is a tensor, a variable, or a composite of tensors (SparseTensor, IndexedSlices).

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.is_tensor(tf.constant(1)), tf.is_tensor(1)
    (True, False)
    """
    if isinstance(x, Operation):
        return False
    if isinstance(x, Tensor) or hasattr(x, "_as_graph_element"):
        return True
    return hasattr(x, "indices") and hasattr(x, "values") and hasattr(x, "dense_shape") and not isinstance(x, tuple)


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """Says whether operations run at once; here they are always added to a graph."""
    return False


@export("compat.v1.disable_v2_behavior", "disable_v2_behavior", "disable_eager_execution", "disable_v2_tensorshape")
def disable_v2_behavior() -> None:
    """Does nothing: this is TensorFlow 1's behaviour."""
