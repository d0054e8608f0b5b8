"""What reference and resource variables have in common: the class `tf.Variable`, and how its call makes either."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.tensor import OVERLOADABLE_OPERATORS, Tensor
from tangraph.ops.state import save_slice_info

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor_shape import TensorShape

MUTUALLY_EXCLUSIVE: Final = "variable_def and initial_value are mutually exclusive."


@export("VariableSynchronization")
class VariableSynchronization(enum.Enum):
    """When the copies of a distributed variable are brought together; here there is one copy."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


@export("VariableAggregation")
class VariableAggregation(enum.Enum):
    """How the updates of a distributed variable's copies are combined; here there is one copy."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # noqa: PIE796  the old name

    def __hash__(self) -> int:
        return hash(self.value)


def validate_modes(
    synchronization: Any, aggregation: Any, trainable: bool | None, name: str | None
) -> tuple[VariableSynchronization, VariableAggregation, bool]:
    """Returns the three with their defaults filled in.

    Raises:
      ValueError: one of the modes does not exist.
    """
    try:
        aggregation = VariableAggregation.NONE if aggregation is None else VariableAggregation(aggregation)
    except ValueError:
        raise ValueError(f"Invalid variable aggregation mode: {aggregation} for variable: {name}") from None
    try:
        synchronization = VariableSynchronization(synchronization or VariableSynchronization.AUTO)
    except ValueError:
        raise ValueError(f"Invalid variable synchronization mode: {synchronization} for variable: {name}") from None
    if trainable is None:
        trainable = synchronization is not VariableSynchronization.ON_READ
    return synchronization, aggregation, trainable


def check_arguments(initial_value: Any, collections: Any, constraint: Any) -> list[Any]:
    """Returns the collections that a new variable goes to, but for that of the trainable ones.

    Raises:
      ValueError: no initial value, or an argument of the wrong kind.
    """
    from tangraph.framework.graph_keys import GraphKeys

    if initial_value is None:
        raise ValueError("initial_value must be specified.")
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    if not isinstance(collections, (list, tuple, set)):
        raise ValueError(
            f"collections argument to Variable constructor must be a list, tuple, or set. Got {collections} of type "
            f"{type(collections)}"
        )
    if constraint is not None and not callable(constraint):
        raise ValueError("The `constraint` argument must be a callable.")
    return list(collections)


def raise_from_control_flow(name: str) -> None:
    """Raises the error for an initial value that is computed inside a loop or conditional."""
    raise ValueError(
        f"Initializer for variable {name} is from inside a control-flow construct, such as a loop or conditional. When "
        "creating a variable inside a loop or conditional, use a lambda as the initializer."
    )


class VariableMetaclass(type):
    """Makes a call of `tf.Variable` pass through the creators of `tf.variable_creator_scope`."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Returns a new variable, of the kind that `tf.Variable`'s arguments ask for."""
        if cls is not Variable:
            return super().__call__(*args, **kwargs)
        return _create(*args, **kwargs)


def _create(
    initial_value: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    validate_shape: bool = True,
    caching_device: Any = None,
    name: str | None = None,
    variable_def: Any = None,
    dtype: Any = None,
    expected_shape: Any = None,
    import_scope: str | None = None,
    constraint: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    shape: Any = None,
) -> Variable:
    create: Callable[..., Variable] = default_creator
    for _, creator in stacks.get_default_graph()._variable_creator_stack:
        create = _before(creator, create)
    return create(
        initial_value=initial_value,
        trainable=trainable,
        collections=collections,
        validate_shape=validate_shape,
        caching_device=caching_device,
        name=name,
        variable_def=variable_def,
        dtype=dtype,
        expected_shape=expected_shape,
        import_scope=import_scope,
        constraint=constraint,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=VariableAggregation.NONE if aggregation is None else aggregation,
        shape=shape,
    )


def _before(creator: Callable[..., Any], following: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **kwargs: creator(following, **kwargs)


def default_creator(*, use_resource: bool | None = None, expected_shape: Any = None, **kwargs: Any) -> Variable:
    """Makes a reference or a resource variable, as `use_resource`, the variable scope and the global default say."""
    from tangraph.ops.state import use_resource as defaults
    from tangraph.ops.state.variable_scope import get_variable_scope

    if use_resource is None:
        use_resource = get_variable_scope().use_resource
    if use_resource is None:
        use_resource = defaults.resource_variables_enabled()
    if use_resource:
        from tangraph.ops.state.resource_variable import ResourceVariable

        return ResourceVariable(**kwargs)
    from tangraph.ops.state.ref_variable import RefVariable

    return RefVariable(expected_shape=expected_shape, **kwargs)


@export("Variable")
class Variable(metaclass=VariableMetaclass):
    """A tensor whose value a session keeps from run to run.

    Args:
      initial_value: what converts to a tensor, or a function without arguments that returns such a value. Its shape must
        be known, unless `validate_shape` is False.
      trainable: whether optimizers update the variable by default (the collection TRAINABLE_VARIABLES). True when None.
      collections: the collections to add it to; [GLOBAL_VARIABLES] when None.
      validate_shape: whether the shape is fixed.
      caching_device: the device on which reads are cached.
      name: "Variable" when None; made unique.
      variable_def: a VariableDef message to make the object from, in place of `initial_value`.
      dtype: the element type; that of `initial_value` when None.
      expected_shape: accepted, without effect.
      import_scope: a name scope for the names in `variable_def`.
      constraint: a function that optimizers apply to the value after each update.
      use_resource: whether to make a resource variable, whose reads and writes happen in order. By default the variable
        scope says so.
      synchronization, aggregation: see the enums; for distributed training.
      shape: the shape, in place of that of `initial_value`.

    Raises:
      ValueError: both or neither of `initial_value` and `variable_def`, or an initial value of unknown shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable([1.0, 2.0], name="w")
    ...     sess.run(tf.global_variables_initializer())
    ...     w, sess.run(w * 3.0).tolist()
    (<tf.Variable 'w:0' shape=(2,) dtype=float32_ref>, [3.0, 6.0])
    """

    SaveSliceInfo = save_slice_info.SaveSliceInfo

    # NumPy leaves `array + variable` to the variable.
    __array_priority__: Final = 100

    _trainable: bool
    _synchronization: VariableSynchronization
    _aggregation: VariableAggregation
    _constraint: Any
    _initial_value: Tensor | None
    _initializer_op: Operation
    _save_slice_info: save_slice_info.SaveSliceInfo | None

    # -- what the two kinds do differently -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """``"<operation>:0"``."""
        raise NotImplementedError

    @property
    def dtype(self) -> DType:
        """The element type; for a reference variable a ``_ref`` type."""
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        raise NotImplementedError

    @property
    def op(self) -> Operation:
        """The operation that makes the reference or handle."""
        raise NotImplementedError

    @property
    def graph(self) -> Graph:
        """The graph that holds the variable."""
        return self.op.graph

    @property
    def device(self) -> str:
        """The device string of the buffer."""
        raise NotImplementedError

    def value(self) -> Tensor:
        """Returns a tensor with the variable's value."""
        raise NotImplementedError

    def read_value(self) -> Tensor:
        """Returns a new read of the variable, which waits for the control dependencies that are open."""
        raise NotImplementedError

    def _as_graph_element(self) -> Tensor:
        raise NotImplementedError

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a VariableDef message; None for a variable outside of `export_scope`."""
        raise NotImplementedError

    # -- what they share -----------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.get_shape()} dtype={self.dtype.name}>"

    def get_shape(self) -> TensorShape:
        """Returns the static shape."""
        return self.shape

    @property
    def _shared_name(self) -> str:
        return self.name[: self.name.index(":")]

    @property
    def trainable(self) -> bool:
        """Whether optimizers update the variable by default."""
        return self._trainable

    @property
    def synchronization(self) -> VariableSynchronization:
        """See :class:`VariableSynchronization`."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """See :class:`VariableAggregation`."""
        return self._aggregation

    @property
    def constraint(self) -> Any:
        """The function that optimizers apply to the value after an update, or None."""
        return self._constraint

    @property
    def initializer(self) -> Operation:
        """The operation that assigns the initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Any:
        """The tensor that the initializer assigns."""
        return self._initial_value

    def initialized_value(self) -> Tensor:
        """Returns the variable's value when it was assigned, else its initial value, for initializers of others."""
        from tangraph.framework.init_scope import init_scope
        from tangraph.ops.control_flow.cond import cond
        from tangraph.ops.state.variable_ops import is_variable_initialized

        with init_scope():
            result: Tensor = cond(is_variable_initialized(self), self.read_value, lambda: self.initial_value)
            return result

    def eval(self, session: Any = None) -> Any:
        """Runs the graph for the variable's value.

        Args:
          session: the session to run in; the default session when None.
        """
        return self._as_graph_element().eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Writes a value into the variable without adding to the graph.

        Args:
          value: an array, or what converts to one.
          session: the session that keeps the variable; the default session when None.

        Raises:
          ValueError: there is no session.
        """
        session = session or stacks.get_default_session()
        if session is None:
            raise ValueError("Either session argument should be provided or default session should be established")
        session.run(self.initializer, {self.initializer.inputs[1]: value})

    def _set_save_slice_info(self, info: save_slice_info.SaveSliceInfo | None) -> None:
        self._save_slice_info = info

    def _get_save_slice_info(self) -> save_slice_info.SaveSliceInfo | None:
        return self._save_slice_info

    def _gather_saveables_for_checkpoint(self) -> dict[str, Variable]:
        return {"VARIABLE_VALUE": self}

    @property
    def _distribute_strategy(self) -> None:
        return None

    def _check_dtype(self, dtype: DType | None) -> None:
        """Raises ValueError unless the variable may be converted to a type."""
        if dtype is not None and not dtype.is_compatible_with(self.dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
                f"'{self.dtype.name}'"
            )

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Variable:
        """Returns the variable that a VariableDef message describes, whose nodes the graph must hold."""
        if variable_def.is_resource:
            from tangraph.ops.state.resource_variable import ResourceVariable

            return ResourceVariable(variable_def=variable_def, import_scope=import_scope)
        from tangraph.ops.state.ref_variable import RefVariable

        return RefVariable(variable_def=variable_def, import_scope=import_scope)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("'Variable' object is not iterable.")

    def __getitem__(self, key: Any) -> Tensor:
        from tangraph.ops.array.slicing import slice_helper

        return slice_helper(self.value(), key, self)


def _operator(name: str) -> Callable[..., Any]:
    def operator(self: Variable, *args: Any) -> Any:
        return getattr(Tensor, name)(self.value(), *args)

    operator.__name__ = name
    operator.__doc__ = getattr(Tensor, name).__doc__
    return operator


for _name in OVERLOADABLE_OPERATORS:
    if _name != "__getitem__":
        setattr(Variable, _name, _operator(_name))
