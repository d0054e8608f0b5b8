"""Gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.ops.math.cast import cast
from tangraph.ops.state.scatter import resource_scatter
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("train.GradientDescentOptimizer")
class GradientDescentOptimizer(UpdateRule):
    """Gradient descent: ``var -= learning_rate * gradient``.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(3.0)
    ...     step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w))
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(f"{sess.run(w):.1f}")
    2.4
    """

    hyper = (Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),)

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._learning_rate_tensor: Any = None

    def _update(self, var: Any) -> Update:
        return Update("GradientDescent", (), (self._learning_rate_tensor, GRADIENT))

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        # A sum of steps is a step of the sum: rows that occur several times need no adding up.
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        return var.scatter_sub(IndexedSlices(grad.values * rate, grad.indices, grad.dense_shape), self._use_locking)

    def _resource_apply_sparse_duplicate_indices(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        return resource_scatter("Add", handle, indices, -grad * self._learning_rate, None)
