"""Templates: functions that make their variables once and share them between calls."""

from __future__ import annotations

import functools
import traceback
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import get_collection, get_collection_ref
from tangraph.ops.state.variable_scope import (
    PureVariableScope,
    VariableScope,
    get_variable_scope_store,
    variable_scope,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@export("make_template")
def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """Returns a function like `func_` that makes its variables in the first call and shares them in later ones.

    Args:
      name_: the variable scope, made unique.
      func_: a function that gets its variables from `get_variable`.
      create_scope_now_: whether the scope's name is taken now, and not in the first call.
      unique_name_: the scope's name as it is, in place of `name_`.
      custom_getter_: see `variable_scope`.
      **kwargs: arguments to hand to every call.

    Raises:
      ValueError: `name_` is None; when called again, a call that makes a trainable variable.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     scale = tf.make_template("scale", lambda x: x * tf.get_variable("w", initializer=2.0))
    ...     results = scale(1.0), scale(3.0)
    ...     [v.name for v in scale.variables]
    ['scale/w:0']
    """
    if kwargs:
        func_ = functools.partial(func_, **kwargs)
    return Template(name_, func_, create_scope_now_, unique_name_, custom_getter_)


class Template:
    """What `make_template` returns; see there."""

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool = False,
        unique_name: str | None = None,
        custom_getter: Any = None,
    ) -> None:
        if name is None:
            raise ValueError("name cannot be None.")
        self._func = func
        self._name = name
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._defined_at = "".join(traceback.format_stack(limit=4)[:-2])
        self._variable_scope: VariableScope | None = None
        self._variables_created = False
        self._first_call = True
        if create_scope_now:
            scope_name = unique_name or get_variable_scope_store().unique(name)
            with PureVariableScope(scope_name, custom_getter=custom_getter) as scope:
                self._variable_scope = scope

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function in the template's variable scope."""
        if self._variable_scope is not None:
            with variable_scope(self._variable_scope, reuse=not self._first_call):
                return self._call(args, kwargs)
        # The scope is kept before the call, so that a function that calls its own template shares it.
        with variable_scope(self._unique_name, self._name, custom_getter=self._custom_getter) as scope:
            self._variable_scope = scope
            return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            if self._variables_created:
                return self._call_again(args, kwargs)
            if not self._first_call:
                return self._func(*args, **kwargs)
            self._first_call = False
            try:
                result = self._func(*args, **kwargs)
            except BaseException:
                self._first_call = True
                raise
            self._variables_created = True
        except Exception as error:
            first = error.args[0] if error.args else ""
            error.args = (f"{first}\n\noriginally defined at:\n{self._defined_at}", *error.args[1:])
            raise
        return result

    def _call_again(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        before = len(get_collection_ref(GraphKeys.TRAINABLE_VARIABLES))
        result = self._func(*args, **kwargs)
        new = get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)[before:]
        if new:
            raise ValueError(
                "Trainable variable created when calling a template after the first time, perhaps you used tf.Variable "
                f"when you meant tf.get_variable: {new}"
            )
        return result

    @property
    def name(self) -> str:
        """The name that the template was made with."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function that it calls."""
        return self._func

    @property
    def variable_scope(self) -> VariableScope | None:
        """The scope of its variables; None before it is made."""
        return self._variable_scope

    @property
    def var_scope(self) -> VariableScope | None:
        """The old name of `variable_scope`."""
        return self._variable_scope

    @property
    def variable_scope_name(self) -> str | None:
        """The name of the scope with a slash at its end; None before it is made."""
        if self._variable_scope is None:
            return None
        name = self._variable_scope.name
        return name if not name or name[-1] == "/" else f"{name}/"

    def _collection(self, key: str) -> list[Any]:
        return get_collection(key, self.variable_scope_name) if self._variables_created else []

    @property
    def global_variables(self) -> list[Any]:
        """The global variables of the scope."""
        return self._collection(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        """The local variables of the scope."""
        return self._collection(GraphKeys.LOCAL_VARIABLES)

    @property
    def variables(self) -> list[Any]:
        """The global and local variables of the scope."""
        return self.global_variables + self.local_variables

    @property
    def trainable_variables(self) -> list[Any]:
        """The trainable variables of the scope."""
        return self._collection(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The global variables of the scope that are not trainable."""
        trainable = set(self.trainable_variables)
        return [v for v in self.global_variables if v not in trainable]

    weights = variables
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables
