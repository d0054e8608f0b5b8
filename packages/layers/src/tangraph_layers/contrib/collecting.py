"""What the layers of `tf.contrib.layers` share: variables under other names, collections, known sizes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph.framework.constant_value import constant_value
from tangraph_compat.contrib.framework.variables import model_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


# -- collections ---------------------------------------------------------------------------------------------------


@export("contrib.layers.python.layers.utils.collect_named_outputs", "contrib.slim.utils.collect_named_outputs")
def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Adds outputs to collections under an alias (`tensor.aliases`), and returns them."""
    if collections:
        outputs.aliases = [*getattr(outputs, "aliases", []), alias.removesuffix("/")]
        tf.add_to_collections(collections, outputs)
    return outputs


@export("contrib.layers.python.layers.utils.get_tensor_aliases", "contrib.slim.utils.get_tensor_aliases")
def get_tensor_aliases(tensor: Any) -> list[str]:
    """Returns the aliases of a tensor; its name when it has none."""
    if hasattr(tensor, "aliases"):
        return list(tensor.aliases)
    return [tensor.op.name if tensor.name.endswith(":0") else tensor.name]


@export(
    "contrib.layers.python.layers.utils.convert_collection_to_dict", "contrib.slim.utils.convert_collection_to_dict"
)
def convert_collection_to_dict(collection: Any, clear_collection: bool = False) -> OrderedDict[str, Any]:
    """Returns the tensors of a collection by their aliases.

    Args:
      collection: its name.
      clear_collection: whether to empty it.
    """
    found = OrderedDict((alias, t) for t in tf.get_collection(collection) for alias in get_tensor_aliases(t))
    if clear_collection:
        tf.get_default_graph().clear_collection(collection)
    return found


def variable_collections(collections: Any, name: str) -> Any:
    """Returns the collections for one kind of variable: `collections` may be a dictionary of them."""
    return collections.get(name) if isinstance(collections, dict) else collections


def add_to_variable_collections(variable: Any, collections: Any, name: str) -> None:
    """Adds a layer's variable to the collections for its kind."""
    from tangraph.ops.state.partitioned_variable import PartitionedVariable

    parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
    for collection in variable_collections(collections, name) or []:
        for part in parts:
            if not any(part is other for other in tf.get_collection(collection)):
                tf.add_to_collection(collection, part)


# -- variables -----------------------------------------------------------------------------------------------------


def model_variable_getter(rename: Mapping[str, str] | None = None) -> Callable[..., Any]:
    """Returns a custom getter that makes model variables, with other last parts of their names."""

    def get(getter: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        front, slash, last = name.rpartition("/")
        if rename and last in rename:
            name = f"{front}{slash}{rename[last]}"
        for key in ("reuse", "validate_shape", "constraint"):
            kwargs.pop(key, None)
        return model_variable(name, *args, custom_getter=getter, **kwargs)

    return get


def parameter(
    name: str, shape: Any, dtype: Any, initializer: Any, collections: Any, trainable: bool, regularizer: Any = None
) -> Any:
    """Makes or shares a model variable of a layer."""
    return model_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        collections=variable_collections(collections, name),
        trainable=trainable,
    )


# -- what is known -------------------------------------------------------------------------------------------------


def known_bool(value: Any) -> Any:
    """Returns the value of a bool or a tensor when it is known while the graph is built, else None.

    Raises:
      ValueError: it is None.
    """
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if isinstance(value, tf.Variable):
        return None
    return constant_value(value) if isinstance(value, tf.Tensor) else value


def static_or_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Returns what one of two functions gives, or `tf.cond` of them when the predicate is not known."""
    value = known_bool(pred)
    if value is None:
        return tf.cond(pred, true_fn, false_fn)
    return true_fn() if value else false_fn()


def check_format(data_format: str | None, *allowed: str) -> str:
    """Returns "channels_first" or "channels_last" for a format of ops.

    Raises:
      ValueError: it is not one of those allowed.
    """
    if data_format not in allowed:
        raise ValueError(f"data_format has to be either {' or '.join(allowed)}.")
    return "channels_first" if data_format.startswith("NC") else "channels_last"


def known_size(shape: Any, axis: int, min_rank: int = 1) -> int:
    """Returns the size of an axis.

    Raises:
      ValueError: it is not known, or the rank is less than `min_rank`.
    """
    dims = shape.dims
    if dims is None:
        raise ValueError("dims of shape must be known but is None")
    if len(dims) < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {len(dims)}")
    if dims[axis].value is None:
        raise ValueError(f"dimension {axis} of shape must be known but is None: {shape}")
    return int(dims[axis].value)


def two_elements(value: Any) -> tuple[int, int]:
    """Returns two integers from one or two.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError(f"Must be a list with 2 elements: {value}")
        return int(value[0]), int(value[1])
    if isinstance(value, int):
        return value, value
    raise ValueError("Must be an int, a list with 2 elements or a TensorShape of length 2")
