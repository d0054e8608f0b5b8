"""The base class of the optimizers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import colocate_with, control_dependencies, get_collection, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, convert_to_tensor_or_indexed_slices
from tangraph.ops.control_flow.grouping import group, tuple_
from tangraph.ops.gradients.gradients import gradients
from tangraph.ops.state.resource_variable import BaseResourceVariable, is_resource_variable
from tangraph.ops.state.variable_ops import assign_add
from tangraph.ops.state.variables import Variable, trainable_variables
from tangraph.util import nest
from tangraph_training import slots
from tangraph_training.processors import processor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.tensor_shape import TensorShape

_VALID_DTYPES: Final = (dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16)


def _var_key(variable: Any) -> tuple[Graph, str]:
    return variable.op.graph, variable.op.name


@export("train.Optimizer")
class Optimizer:
    """Computes gradients of a loss and applies them to variables.

    A subclass says how in `_apply_dense`, `_apply_sparse` (reference variables), `_resource_apply_dense` and
    `_resource_apply_sparse` (resource variables); it makes its slots in `_create_slots`, its constants in `_prepare`, and
    what comes after all updates in `_finish`.

    Args:
      use_locking: kept for subclasses; updates of a variable always exclude each other here.
      name: the name scope of the update, and the base of the slots' names.

    Raises:
      ValueError: the name is empty.
    """

    GATE_NONE: Final = 0
    GATE_OP: Final = 1
    GATE_GRAPH: Final = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Any, Any]] = {}
        self._non_slot_dict: dict[Any, Any] = {}

    def get_name(self) -> str:
        """Returns the optimizer's name."""
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """Adds the operations that make one step down the gradient of a loss.

        Args:
          loss: a tensor; the sum of its elements is minimized. Or a function that returns it.
          global_step: a variable to be incremented after the update.
          var_list: the variables to be updated; the trainable ones when None.
          gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH, how gradients wait for each other.
          aggregation_method: see `tf.AggregationMethod`.
          colocate_gradients_with_ops: whether gradients are placed with the operations that they are gradients of.
          name: the returned operation's name; the optimizer's when None.
          grad_loss: the gradient that the loss receives, ones when None.

        Returns:
          The operation to run.

        Raises:
          ValueError: no variable has a gradient; see `compute_gradients` and `apply_gradients` for others.
        """
        grads_and_vars = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        if all(g is None for g, _ in grads_and_vars):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, between "
                f"variables {[str(v) for _, v in grads_and_vars]} and loss {loss}."
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Computes the gradients of a loss, the first half of `minimize`, which see for the arguments.

        Returns:
          A list of (gradient, variable); a gradient is a tensor, an IndexedSlices or None.

        Raises:
          ValueError: there are no variables, `gate_gradients` is unknown, or an element type is no real floating one.
          TypeError: `var_list` holds something that is no variable.
        """
        if callable(loss) and not isinstance(loss, (Tensor, Variable)):
            loss = loss()
        if gate_gradients not in {Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH}:
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  Not "
                f"{gate_gradients}"
            )
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            self._assert_valid_dtypes([grad_loss])
        if var_list is None:
            var_list = trainable_variables() + get_collection(GraphKeys.TRAINABLE_RESOURCE_VARIABLES)
        else:
            var_list = nest.flatten(var_list)
        var_list = var_list + get_collection(GraphKeys._STREAMING_MODEL_PORTS)  # noqa: SLF001  TensorFlow's name
        targets = [processor_of(v).target() for v in var_list]
        if not var_list:
            raise ValueError("No variables to optimize.")
        grads = gradients(
            loss,
            targets,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == Optimizer.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == Optimizer.GATE_GRAPH:
            grads = tuple_(grads)
        grads_and_vars = list(zip(grads, var_list, strict=True))
        self._assert_valid_dtypes([v for g, v in grads_and_vars if g is not None and v.dtype is not dtypes.resource])
        return grads_and_vars

    def apply_gradients(
        self, grads_and_vars: Iterable[tuple[Any, Any]], global_step: Any = None, name: str | None = None
    ) -> Any:
        """Applies gradients to variables, the second half of `minimize`.

        Args:
          grads_and_vars: (gradient, variable) pairs, as `compute_gradients` returns them.
          global_step: a variable to be incremented after the update.
          name: the returned operation's name; the optimizer's when None.

        Returns:
          The operation to run. It is added to the collection TRAIN_OP.

        Raises:
          TypeError: a gradient is no tensor, IndexedSlices or None.
          ValueError: there are no variables, or no gradient is other than None.
        """
        pairs = [(_converted(g), v, processor_of(v)) for g, v in tuple(grads_and_vars)]
        if not pairs:
            raise ValueError("No variables provided.")
        updated = [v for g, v, _ in pairs if g is not None]
        if not updated:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v, _ in pairs]}.")
        with init_scope():
            self._create_slots(updated)
        updates = []
        with name_scope(name, self._name) as scope:
            self._prepare()
            for gradient, variable, processor in pairs:
                if gradient is not None:
                    with name_scope(f"update_{variable.op.name}"), colocate_with(variable):
                        updates.append(processor.update_op(self, gradient))
            applied = self._finish(updates, scope) if global_step is None else self._step(updates, global_step, scope)
        if isinstance(applied, Tensor):
            applied = applied.op
        train_ops = stacks.get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
        if applied not in train_ops:
            train_ops.append(applied)
        return applied

    def _step(self, updates: list[Any], global_step: Any, name: str) -> Any:
        """Adds the increment of the global step, behind all updates."""
        with control_dependencies([self._finish(updates, "update")]), colocate_with(global_step):
            if not isinstance(global_step, BaseResourceVariable):
                return assign_add(global_step, 1, name=name)
            one = convert_to_tensor(1, dtype=global_step.dtype)
            return global_step.assign_add(one, name=name, read_value=False)

    # -- slots -----------------------------------------------------------------------------------------------------

    def get_slot(self, var: Any, name: str) -> Any:
        """Returns the slot of that name of a variable; None when there is none."""
        return self._slots.get(name, {}).get(_var_key(var))

    def get_slot_names(self) -> list[str]:
        """Returns the names of the slots, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """Returns the variables that hold the optimizer's state in the default graph, by name."""
        graph = stacks.get_default_graph()
        of_slots = [v for by_variable in self._slots.values() for v in by_variable.values()]
        found = [v for v in [*self._non_slot_variables(), *of_slots] if v.op.graph is graph]
        return sorted(found, key=lambda v: v.name)

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        """Returns the variable of that name that belongs to no other, made at the first call in a graph."""
        key = name, colocate_with.graph
        found = self._non_slot_dict.get(key)
        if found is None:
            with stacks.get_default_graph().colocate_with(colocate_with.op):
                make: Any = Variable
                found = make(
                    initial_value, name=name, trainable=False, use_resource=is_resource_variable(colocate_with)
                )
            self._non_slot_dict[key] = found
        return found

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Any:
        return self._non_slot_dict.get((name, graph))

    def _non_slot_variables(self) -> Iterable[Any]:
        return self._non_slot_dict.values()

    def _slot_dict(self, slot_name: str) -> dict[Any, Any]:
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(self, var: Any, val: Any, slot_name: str, op_name: str) -> Any:
        """Returns a slot, made to start with a tensor's value when there is none."""
        named = self._slot_dict(slot_name)
        key = _var_key(var)
        if key not in named:
            named[key] = slots.create_slot(var, val, op_name)
        return named[key]

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: TensorShape, dtype: Any, slot_name: str, op_name: str
    ) -> Any:
        """Returns a slot, made with an initializer when there is none."""
        named = self._slot_dict(slot_name)
        key = _var_key(var)
        if key not in named:
            named[key] = slots.create_slot_with_initializer(var, initializer, shape, dtype, op_name)
        return named[key]

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Any:
        """Returns a slot, made of zeros when there is none."""
        named = self._slot_dict(slot_name)
        key = _var_key(var)
        if key not in named:
            named[key] = slots.create_zeros_slot(var, op_name)
        return named[key]

    # -- what subclasses give --------------------------------------------------------------------------------------

    def _valid_dtypes(self) -> Sequence[DType]:
        return _VALID_DTYPES

    def _assert_valid_dtypes(self, tensors: Iterable[Any]) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            base = tensor.dtype.base_dtype
            if base not in valid:
                raise ValueError(f"Invalid type {base!r} for {tensor.name}, expected: {list(valid)}.")

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Makes the slots of the variables that will be updated."""

    def _prepare(self) -> None:
        """Makes the tensors that all updates share."""

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        """Returns the operation that updates a reference variable by a gradient."""
        raise NotImplementedError

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        """Returns the operation that updates a resource variable by a gradient."""
        raise NotImplementedError

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        """Returns the operation that updates rows of a reference variable; no row occurs twice."""
        raise NotImplementedError

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        """Returns the operation that updates rows of a resource variable; no row occurs twice."""
        raise NotImplementedError

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        """As `_apply_sparse`, for rows that may occur several times: their gradients are added up before."""
        values, indices = _without_duplicates(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(values, indices, grad.dense_shape), var)

    def _resource_apply_sparse_duplicate_indices(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        """As `_resource_apply_sparse`, for rows that may occur several times."""
        values, unique_indices = _without_duplicates(grad, indices)
        return self._resource_apply_sparse(values, handle, unique_indices)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Any:
        """Returns the operation that is done when all updates are."""
        return group(*update_ops, name=name_scope)

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param


def _converted(gradient: Any) -> Any:
    if gradient is None:
        return None
    try:
        converted = convert_to_tensor_or_indexed_slices(gradient)
    except TypeError:
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {gradient}") from None
    if not isinstance(converted, (Tensor, IndexedSlices)):
        raise TypeError(f"Gradient must be a Tensor, IndexedSlices, or None: {converted}")
    return converted


def _without_duplicates(values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Returns (values, indices) in which every index stands once, with the sum of its values."""
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.unique import unique
    from tangraph.ops.math.segment import unsorted_segment_sum

    unique_indices, positions = unique(indices)
    return unsorted_segment_sum(values, positions, shape(unique_indices)[0]), unique_indices
