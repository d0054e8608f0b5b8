"""Variable scopes: names, defaults and sharing for `get_variable`."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import graph_from_inputs, name_scope
from tangraph.ops.state.scope_state import (
    VariableScope,
    get_default_variable_store,
    get_variable_scope,
    get_variable_scope_store,
)
from tangraph.ops.state.variable_base import VariableAggregation, VariableSynchronization
from tangraph.ops.state.variable_store import AUTO_REUSE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = [
    "PureVariableScope",
    "VariableScope",
    "get_default_variable_store",
    "get_local_variable",
    "get_partitioned_variable",
    "get_variable",
    "get_variable_scope",
    "get_variable_scope_store",
    "variable_creator_scope",
    "variable_op_scope",
    "variable_scope",
]


@export("get_variable")
def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """Makes a variable, or returns the one of that name where the variable scope shares variables.

    Args:
      name: the name, to which the scope's name is added.
      shape: the shape; None when `initializer` is a value.
      dtype: the element type; the scope's (float32) when None.
      initializer: a value, or a function ``f(shape, dtype, partition_info)`` that returns one. By default the scope's;
        when that is None, `glorot_uniform_initializer` for floating types and zeros for others.
      regularizer: a function from the variable to a scalar, which goes to the collection REGULARIZATION_LOSSES.
      trainable, collections, caching_device, validate_shape, use_resource, constraint, synchronization, aggregation: see
        `tf.Variable`.
      partitioner: a function from shape and dtype to the number of slices along each axis.
      custom_getter: a function ``f(getter, name, *args, **kwargs)`` to call in place of this one.

    Returns:
      A variable; a PartitionedVariable when there is a partitioner.

    Raises:
      ValueError: there is a variable of that name and the scope does not share, or the other way round; a shape or type
        that is not the shared variable's; no shape.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
    ...         w, again = tf.get_variable("w", [2]), tf.get_variable("w", [2])
    ...     w.name, w is again
    ('layer/w:0', True)
    """
    return get_variable_scope().get_variable(
        get_default_variable_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


@export("get_local_variable")
def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = False,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """As `get_variable`, for a variable in LOCAL_VARIABLES that is not trained."""
    del trainable
    return get_variable(
        name,
        shape,
        dtype,
        initializer,
        regularizer,
        trainable=False,
        collections=[*(collections or ()), GraphKeys.LOCAL_VARIABLES],
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def get_partitioned_variable(
    name: str | None,
    *,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = True,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Any:
    """Makes or shares a partitioned variable, whose name is the scope's when `name` is None."""
    return get_variable_scope()._get_partitioned_variable(
        get_default_variable_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        constraint=constraint,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
    )


# -- opening scopes ----------------------------------------------------------------------------------------------

_SETTINGS: Final = (
    "initializer",
    "regularizer",
    "caching_device",
    "partitioner",
    "custom_getter",
    "dtype",
    "use_resource",
)


class PureVariableScope:
    """A variable scope without a name scope.

    Args:
      name_or_scope: the name to add to that of the scope around, or a scope to open again as it is.
      reuse: what the scope is to do about variables that exist; see `tf.variable_scope`.
      old_name_scope: the name scope that goes with it.
      constraint: the default constraint; it is not inherited.
      **settings: the defaults that are not to be inherited.
    """

    def __init__(
        self,
        name_or_scope: Any,
        reuse: Any = None,
        old_name_scope: str | None = None,
        constraint: Any = None,
        **settings: Any,
    ) -> None:
        self._name_or_scope = name_or_scope
        self._reuse = reuse
        self._old_name_scope = old_name_scope
        self._constraint = constraint
        self._settings = {key: value for key, value in settings.items() if value is not None}
        get_default_variable_store()
        self._scopes = get_variable_scope_store()
        self._old: VariableScope | None = None
        self._opened: VariableScope | None = None
        self._old_counts: dict[str, int] = {}
        self._reopened: VariableScope | None = None
        if isinstance(name_or_scope, VariableScope):
            # Made once: what is set on it inside one block holds in the next block of the same object.
            self._reopened = self._derived(
                name_or_scope, name_or_scope.name, reuse or name_or_scope.reuse, name_or_scope.original_name_scope
            )

    def _derived(self, parent: VariableScope, name: str, reuse: Any, scope_name: str) -> VariableScope:
        settings = {key: getattr(parent, key) for key in _SETTINGS}
        settings.update(self._settings)
        if "custom_getter" in self._settings and parent.custom_getter is not None:
            settings["custom_getter"] = _chained(self._settings["custom_getter"], parent.custom_getter)
        return VariableScope(reuse, name=name, name_scope=scope_name, constraint=self._constraint, **settings)

    def __enter__(self) -> VariableScope:
        self._old = old = self._scopes.current_scope
        if self._reopened is not None:
            self._scopes.open(self._reopened.name)
            self._old_counts = dict(self._scopes.counts)
            opened = self._reopened
        else:
            name = f"{old.name}/{self._name_or_scope}" if old.name else self._name_or_scope
            self._reuse = self._reuse or old.reuse
            scope_name = self._name_or_scope if self._old_name_scope is None else self._old_name_scope
            opened = self._derived(old, name, self._reuse, scope_name)
            self._scopes.open(name)
        self._scopes.current_scope = self._opened = opened
        return opened

    def __exit__(self, *_: object) -> None:
        if self._scopes.current_scope is not self._opened:
            raise RuntimeError("Improper nesting of variable_scope.")
        assert self._opened is not None
        assert self._old is not None
        if self._reopened is not None:
            self._scopes.counts = self._old_counts
        else:
            self._scopes.close_below(self._opened.name)
        self._scopes.current_scope = self._old


def _chained(custom_getter: Any, old_getter: Any) -> Any:
    """Returns a custom getter whose `getter` is the one of the scope around."""

    def wrapped(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return custom_getter(functools.partial(old_getter, getter), *args, **kwargs)

    return wrapped


@export("variable_scope")
class variable_scope:
    """Opens a scope for variables made by `get_variable`, and a name scope with it.

    Args:
      name_or_scope: a name, added to that of the scope around; or a VariableScope to open again: its variables keep their
        names, while operations get a name scope of their own.
      default_name: when `name_or_scope` is None, the name, made unique.
      values: tensors from which the graph is taken.
      initializer, regularizer, caching_device, partitioner, dtype, use_resource, constraint: defaults for `get_variable`;
        those that are None are inherited (but for `constraint`).
      custom_getter: a function that `get_variable` calls; its `getter` argument goes on to the scopes around.
      reuse: True to share the variables that are there; tf.AUTO_REUSE to make them when they are not; otherwise inherited.
      auxiliary_name_scope: whether to open a name scope.

    Raises:
      TypeError, ValueError: an argument of the wrong kind.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     with tf.variable_scope("a") as scope:
    ...         v = tf.get_variable("v", [1])
    ...     with tf.variable_scope(scope, reuse=True):
    ...         tf.get_variable("v", [1]) is v, tf.constant(1.0).name
    (True, 'a_1/Const:0')
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        self._reuse = None if reuse is False else reuse
        if not (self._reuse is True or self._reuse is None or self._reuse is AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        self._graph = graph_from_inputs([] if values is None else values)
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        self._auxiliary_name_scope = auxiliary_name_scope
        self._pure: PureVariableScope | None = None
        self._name_scope: name_scope | None = None
        self._graph_context: Any = None

    def __enter__(self) -> VariableScope:
        if not stacks.get_default_graph().building_function:
            self._graph_context = self._graph.as_default()
            self._graph_context.__enter__()
        try:
            if self._pure is None:
                return self._open()
            if self._name_scope is not None:
                self._name_scope.__enter__()
            return self._pure.__enter__()
        except BaseException:
            self._leave_graph()
            raise

    def _open(self) -> VariableScope:
        name: str | None
        given = self._name_or_scope
        if given is None:
            if self._reuse:
                raise ValueError("reuse=True cannot be used without a name_or_scope")
            name = self._default_name
        elif isinstance(given, VariableScope):
            name = given.name.split("/")[-1]
        elif isinstance(given, str):
            name = given
        else:
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        entered: str | None = None
        if name or not self._auxiliary_name_scope or given is None:
            self._name_scope = self._make_name_scope(name)
            entered = self._name_scope.__enter__()
        try:
            if given is None:
                assert self._default_name is not None
                unique = get_variable_scope_store().unique(self._default_name)
                self._pure = PureVariableScope(unique, old_name_scope=entered, **self._settings)
            else:
                self._pure = PureVariableScope(given, self._reuse, entered, **self._settings)
            return self._pure.__enter__()
        except BaseException:
            if self._name_scope is not None:
                self._name_scope.__exit__(None, None, None)
            raise

    def _make_name_scope(self, name: str | None) -> name_scope:
        if self._auxiliary_name_scope:
            return name_scope(name)
        here = stacks.get_default_graph().get_name_scope()
        return name_scope(f"{here}/" if here else None)

    def _leave_graph(self) -> None:
        if self._graph_context is not None:
            self._graph_context.__exit__(None, None, None)
            self._graph_context = None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._pure is not None
        try:
            self._pure.__exit__(kind, value, trace)
        finally:
            if self._name_scope is not None:
                self._name_scope.__exit__(kind, value, trace)
            self._leave_graph()


@export("variable_op_scope")
@contextmanager
def variable_op_scope(
    values: Any,
    name_or_scope: Any,
    default_name: str | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: Any = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Iterator[VariableScope]:
    """The old form of `variable_scope(name_or_scope, default_name, values, ...)`."""
    with variable_scope(
        name_or_scope,
        default_name,
        values,
        initializer=initializer,
        regularizer=regularizer,
        caching_device=caching_device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        reuse=reuse,
        dtype=dtype,
        use_resource=use_resource,
        constraint=constraint,
    ) as scope:
        yield scope


@export("variable_creator_scope")
@contextmanager
def variable_creator_scope(variable_creator: Any) -> Iterator[None]:
    """Makes `tf.Variable` call a function inside the block.

    Args:
      variable_creator: ``f(next_creator, **kwargs)``, which returns a variable, usually ``next_creator(**kwargs)``. Inner
        scopes are called first.

    Raises:
      RuntimeError: the blocks do not nest.
    """
    graph = stacks.get_default_graph()
    old = graph._variable_creator_stack
    new = sorted([*old, (100, variable_creator)], key=lambda entry: entry[0])
    graph._variable_creator_stack = new
    try:
        yield
    finally:
        if graph._variable_creator_stack is not new:
            raise RuntimeError("Exiting variable_creator_scope without proper nesting.")
        graph._variable_creator_stack = old
