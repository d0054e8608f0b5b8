"""Moving averages of variables and tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.math.cast import cast
from tangraph.ops.state.variable_base import Variable
from tangraph.ops.state.variable_ops import assign, assign_sub
from tangraph.ops.state.variable_scope import get_variable, get_variable_scope, variable_scope
from tangraph.ops.state.variables import global_variables, moving_average_variables, trainable_variables
from tangraph_training.slots import create_slot, create_zeros_slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation

_AVERAGED: Final = (dtypes.float16, dtypes.float32, dtypes.float64)
_IN_BUFFERS: Final = frozenset({"Variable", "VariableV2", "VarHandleOp"})


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Any:
    """Moves a variable towards a value: ``variable = variable * decay + value * (1 - decay)``.

    Args:
      variable: the average.
      value: a tensor of its shape.
      decay: a number or scalar tensor, between 0 and 1.
      zero_debias: whether the average started with zeros, which is then made up for, as Adam does (Kingma and Ba, 2014).
      name: the name of the assignment.

    Returns:
      What the assignment returns: the reference, for a reference variable.
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        rest = convert_to_tensor(1.0 - decay, name="decay")
        if rest.dtype is not variable.dtype.base_dtype:
            rest = cast(rest, variable.dtype.base_dtype)
        if zero_debias:
            return _assign_debiased(variable, value, rest)
        return assign_sub(variable, (variable - value) * rest, name=scope)


def _assign_debiased(average: Any, value: Any, rest: Any) -> Any:
    """Moves the biased average that starts with zeros, and assigns it divided by the weight that it has had by then."""
    from tangraph.ops.math.power import pow as power
    from tangraph.ops.state.initializers import Zeros

    dtype = average.dtype
    with variable_scope(average.name[: -len(":0")], values=[average, value, rest]), colocate_with(average):
        biased = get_variable(
            _unused_name("biased"), initializer=Zeros(), shape=average.get_shape(), dtype=dtype, trainable=False
        )
        step = get_variable(_unused_name("local_step"), shape=[], dtype=dtype, initializer=Zeros(), trainable=False)
    moved = assign_sub(biased, (biased - value) * rest)
    count = step.assign_add(1)
    weight = 1 - power(1.0 - rest, count)
    return assign(average, moved / weight, name=f"{stacks.get_default_graph().get_name_scope()}/")


def _unused_name(name: str) -> str:
    """Returns a name that no variable of the current scope has, unless the scope reuses its variables."""
    scope = get_variable_scope()
    if scope.reuse:
        return name
    used = {v.op.name for v in scope.global_variables()}
    full_name = f"{scope.name}/{name}"
    if full_name not in used:
        return name
    index = 1
    while f"{full_name}_{index}" in used:
        index += 1
    return f"{name}_{index}"


@export("train.ExponentialMovingAverage")
class ExponentialMovingAverage:
    """Keeps averages of variables, or tensors, that forget their past exponentially.

    Averages of the weights often evaluate better than the last weights. `apply` makes the averages and the operation
    that moves them; `variables_to_restore` says under which names a checkpoint has them.

    Args:
      decay: the weight of the past, close to 1.0.
      num_updates: the count of the updates so far; with it the decay is at most ``(1 + n) / (10 + n)``, so that averages
        move faster at first.
      zero_debias: whether averages of tensors make up for starting with zeros.
      name: the name of the operation, and of the averages: ``"<variable>/<name>"``.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     v = tf.Variable(1.0, name="v")
    ...     ema = tf.train.ExponentialMovingAverage(0.9)
    ...     update = ema.apply([v])
    ...     ema.average(v).name
    'v/ExponentialMovingAverage:0'
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Any] = {}

    @property
    def name(self) -> str:
        """The name of the object."""
        return self._name

    def apply(self, var_list: Iterable[Any] | None = None) -> Operation:
        """Makes averages where there are none yet, and the operation that moves them.

        Args:
          var_list: variables and tensors; the trainable variables when None.

        Returns:
          The operation to run after each step of training.

        Raises:
          TypeError: an element is not of type half, float or double.
        """
        averaged = trainable_variables() if var_list is None else list(var_list)
        debiased = set()
        for var in averaged:
            if var.dtype.base_dtype not in _AVERAGED:
                raise TypeError(f"The variables must be half, float, or double: {var.name}")
            if var not in self._averages:
                average = self._averages[var] = self._make(var)
                if self._zero_debias and not isinstance(var, Variable):
                    debiased.add(average)
        with name_scope(self.name) as scope:
            decay = convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                from tangraph.ops.math.extremes import minimum

                count = cast(self._num_updates, dtypes.float32, name="num_updates")
                decay = minimum(decay, (1.0 + count) / (10.0 + count))
            updates = [
                assign_moving_average(self._averages[var], var, decay, self._averages[var] in debiased)
                for var in averaged
            ]
            return group(*updates, name=scope)

    def _make(self, var: Any) -> Any:
        with init_scope():
            if not isinstance(var, Variable):
                return create_zeros_slot(var, self.name, colocate_with_primary=var.op.type in _IN_BUFFERS)
            average = create_slot(var, var.initialized_value(), self.name)
            stacks.get_default_graph().add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
            return average

    def average(self, var: Any) -> Any:
        """Returns the variable that holds the average of a variable or tensor; None when there is none."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """Returns the name of the average of a variable or tensor, made or not."""
        if var in self._averages:
            name: str = self._averages[var].op.name
            return name
        return stacks.get_default_graph().unique_name(f"{var.op.name}/{self.name}", mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables: Iterable[Any] | None = None) -> dict[str, Any]:
        """Returns the variables by the names under which a checkpoint holds their averages, to restore them from.

        Args:
          moving_avg_variables: the variables with an average; when None, the trainable ones and those in the collection
            MOVING_AVERAGE_VARIABLES.

        Returns:
          Name -> variable; variables without an average stand under their own names.
        """
        if moving_avg_variables is None:
            moving_avg_variables = trainable_variables() + moving_average_variables()
        averaged = dict.fromkeys(moving_avg_variables)
        by_name = {self.average_name(v): v for v in averaged}
        names = {v.name for v in averaged}
        for v in dict.fromkeys(global_variables()):
            if v.name not in names and v.op.name not in by_name:
                by_name[v.op.name] = v
        return by_name
