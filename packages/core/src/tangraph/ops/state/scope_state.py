"""The variable scope that is open: its defaults for `get_variable`, and the scopes of each graph and thread."""

from __future__ import annotations

import threading
from typing import Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import get_collection, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.state.variable_store import VariableStore

STORE_KEY: Final = ("__variable_store",)
SCOPES_KEY: Final = ("__varscope",)


@export("no_regularizer")
def no_regularizer(_: Any) -> None:
    """Use this function to prevent regularization of variables."""


@export("VariableScope")
class VariableScope:
    """The defaults that `get_variable` uses inside a scope; see `tf.variable_scope` for their meaning.

    Attributes:
      name: the scope's full name, without a slash at its end.
      original_name_scope: the name scope that was opened with it, with a slash at its end.
      reuse, initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource, constraint: the
        defaults.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self.name = name
        self.original_name_scope = name_scope
        self.reuse = reuse
        self.initializer = initializer
        self.regularizer = regularizer
        self.caching_device = caching_device
        self.partitioner = partitioner
        self.custom_getter = custom_getter
        self.dtype = dtype
        self.use_resource = use_resource
        self.constraint = constraint

    def reuse_variables(self) -> None:
        """Makes `get_variable` share variables from here on, and raise for those that are not there."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Sets the default initializer."""
        self.initializer = initializer

    def set_dtype(self, dtype: Any) -> None:
        """Sets the default element type."""
        self.dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Sets whether variables are resource variables by default."""
        self.use_resource = use_resource

    def set_regularizer(self, regularizer: Any) -> None:
        """Sets the default regularizer."""
        self.regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Sets the default caching device."""
        self.caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Sets the default partitioner."""
        self.partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Sets the default custom getter."""
        self.custom_getter = custom_getter

    def get_collection(self, name: str) -> list[Any]:
        """Returns what of a collection has a name in this scope."""
        return get_collection(name, f"{self.name}/" if self.name else "")

    def trainable_variables(self) -> list[Any]:
        """Returns the trainable variables of this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """Returns the global variables of this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """Returns the local variables of this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(self, var_store: VariableStore, name: str, **options: Any) -> Any:
        """Makes or shares a variable in this scope; see `tf.get_variable` for the options."""
        for key in ("regularizer", "caching_device", "partitioner", "custom_getter", "reuse", "use_resource"):
            if options.get(key) is None:
                options[key] = getattr(self, key)
        full_name = f"{self.name}/{name}" if self.name else name
        # Variables are named by variable scopes alone.
        with name_scope(None):
            dtype, initializer = options.get("dtype"), options.get("initializer")
            if dtype is not None and initializer is not None and not callable(initializer):
                given = convert_to_tensor(initializer).dtype.base
                if given != dtype:
                    raise ValueError(f"Initializer type '{given}' and explicit dtype '{dtype}' don't match.")
            for key in ("initializer", "constraint", "dtype"):
                if options.get(key) is None:
                    options[key] = getattr(self, key)
            return var_store.get_variable(full_name, **options)

    def _get_partitioned_variable(self, var_store: VariableStore, name: str | None, **options: Any) -> Any:
        for key in (
            "initializer",
            "regularizer",
            "caching_device",
            "partitioner",
            "dtype",
            "use_resource",
            "constraint",
        ):
            if options.get(key) is None:
                options[key] = getattr(self, key)
        if self.custom_getter is not None:
            raise ValueError(
                "Private access to _get_partitioned_variable is not allowed when a custom getter is set.  Current custom "
                f"getter: {self.custom_getter}.  It is likely that you're using create_partitioned_variables.  If so, "
                "consider instead using get_variable with a non-empty partitioner parameter instead."
            )
        if options["partitioner"] is None:
            raise ValueError("No partitioner was specified")
        full_name = "/".join(part for part in (self.name, name) if part)
        how = {key: options.pop(key) for key in ("partitioner", "shape", "dtype", "initializer", "regularizer")}
        with name_scope(None):
            return var_store.get_partitioned_variable(full_name, **how, reuse=self.reuse, options=options)


class _Scopes(threading.local):
    """The open scope of each thread, and how often a name was opened."""

    def __init__(self) -> None:
        self.current_scope = VariableScope(False)
        self.counts: dict[str, int] = {}

    def open(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def close_below(self, name: str) -> None:
        for key in self.counts:
            if key.startswith(f"{name}/"):
                self.counts[key] = 0

    def unique(self, prefix: str) -> str:
        """Returns the prefix with a number that makes it a new scope name here."""
        full = f"{self.current_scope.name}/{prefix}" if self.current_scope.name else prefix
        if not self.counts.get(full, 0):
            return prefix
        number = 1
        while self.counts.get(f"{full}_{number}", 0):
            number += 1
        return f"{prefix}_{number}"


def _of_graph(key: Any, make: Any) -> Any:
    """Returns what the default graph keeps under a key, made on first use."""
    collection = stacks.get_default_graph().get_collection_ref(key)
    if not collection:
        collection.append(make())
    return collection[0]


def get_variable_scope_store() -> _Scopes:
    """Returns the scopes of the default graph."""
    return _of_graph(SCOPES_KEY, _Scopes)  # type: ignore[no-any-return]


def get_default_variable_store() -> VariableStore:
    """Returns the variables by name of the default graph."""
    return _of_graph(STORE_KEY, VariableStore)  # type: ignore[no-any-return]


@export("get_variable_scope")
def get_variable_scope() -> VariableScope:
    """Returns the variable scope that is open now."""
    return get_variable_scope_store().current_scope
