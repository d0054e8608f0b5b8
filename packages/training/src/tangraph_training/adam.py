"""Adam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import colocate_with, control_dependencies
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.math.cast import cast
from tangraph.ops.state.scatter import resource_scatter, scatter_add
from tangraph.ops.state.variable_ops import assign, assign_sub
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.framework.tensor import Tensor


@export("train.AdamOptimizer")
class AdamOptimizer(UpdateRule):
    """Adam (Kingma and Ba, 2014): steps scaled by running averages of the gradient and of its square.

    The form is the one just before section 2.1 of the paper (https://arxiv.org/abs/1412.6980), where epsilon is "epsilon
    hat". Rows without a gradient move, too, when a gradient is sparse, since their averages decay.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      beta1: the decay rate of the gradients' average; as above.
      beta2: the decay rate of the squares' average; as above.
      epsilon: keeps the division away from zero; as above.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     w = tf.Variable([1.0, 2.0], name="w")
    ...     step = tf.train.AdamOptimizer().minimize(tf.reduce_sum(tf.square(w)))
    ...     [v.name for v in tf.global_variables()]
    ['w:0', 'beta1_power:0', 'beta2_power:0', 'w/Adam:0', 'w/Adam_1:0']
    """

    hyper = (
        Hyper("_lr", "_lr_t", "learning_rate"),
        Hyper("_beta1", "_beta1_t", "beta1"),
        Hyper("_beta2", "_beta2_t", "beta2"),
        Hyper("_epsilon", "_epsilon_t", "epsilon"),
    )

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._beta1_t: Any = None
        self._beta2_t: Any = None
        self._epsilon_t: Any = None

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        with init_scope():
            graph = stacks.get_default_graph()
            return self._get_non_slot_variable("beta1_power", graph), self._get_non_slot_variable("beta2_power", graph)

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        # The powers stand with the first variable by name, so that every run of a program places them equally.
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._beta1, "beta1_power", first)
        self._create_non_slot_variable(self._beta2, "beta2_power", first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _update(self, var: Any) -> Update:
        return Update(
            "Adam",
            (self.get_slot(var, "m"), self.get_slot(var, "v")),
            (
                *self._get_beta_accumulators(),
                self._lr_t,
                self._beta1_t,
                self._beta2_t,
                self._epsilon_t,
                GRADIENT,
            ),
        )

    def _apply_sparse_shared(
        self, grad: Tensor, var: Any, indices: Tensor, add_rows: Callable[[Any, Tensor, Tensor], Any]
    ) -> Any:
        from tangraph.ops.math.unary import sqrt

        dtype = var.dtype.base_dtype
        power1, power2 = (cast(p, dtype) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = (
            cast(t, dtype) for t in (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        )
        step = rate * sqrt(1 - power2) / (1 - power1)
        m = self._decay_and_add(self.get_slot(var, "m"), beta1, grad * (1 - beta1), indices, add_rows)
        v = self._decay_and_add(self.get_slot(var, "v"), beta2, grad * grad * (1 - beta2), indices, add_rows)
        root = sqrt(v)
        update = assign_sub(var, step * m / (root + epsilon), use_locking=self._use_locking)
        return group(update, m, v)

    def _decay_and_add(self, slot: Any, beta: Tensor, rows: Tensor, indices: Tensor, add_rows: Any) -> Any:
        decayed = assign(slot, slot * beta, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            return add_rows(slot, indices, rows)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        def add_rows(slot: Any, indices: Tensor, rows: Tensor) -> Any:
            return scatter_add(slot, indices, rows, use_locking=self._use_locking)

        return self._apply_sparse_shared(grad.values, var, grad.indices, add_rows)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        def add_rows(slot: Any, indices: Tensor, rows: Tensor) -> Any:
            with control_dependencies([resource_scatter("Add", slot, indices, rows, None)]):
                return slot.value()

        return self._apply_sparse_shared(grad, handle, indices, add_rows)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Any:
        with control_dependencies(update_ops):
            power1, power2 = self._get_beta_accumulators()
            with colocate_with(power1):
                update1 = power1.assign(power1 * self._beta1_t, use_locking=self._use_locking)
                update2 = power2.assign(power2 * self._beta2_t, use_locking=self._use_locking)
        return group(*update_ops, update1, update2, name=name_scope)
