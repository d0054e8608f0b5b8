"""`tensorflow.python.ops.lookup_ops`: tables of words, under the names of arguments that this module has."""

from __future__ import annotations

from typing import Any

from tangraph_compat.internals import names_of, public

__getattr__, __dir__ = names_of(__name__)


def index_table_from_tensor(vocabulary_list: Any, *args: Any, **kwargs: Any) -> Any:
    """`tf.contrib.lookup.index_table_from_tensor`, whose first argument is `mapping`."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    return public("contrib.lookup.index_table_from_tensor")(vocabulary_list, *args, **kwargs)


def index_to_string_table_from_tensor(vocabulary_list: Any, default_value: Any = "UNK", name: Any = None) -> Any:
    """`tf.contrib.lookup.index_to_string_table_from_tensor`, whose first argument is `mapping`."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    return public("contrib.lookup.index_to_string_table_from_tensor")(vocabulary_list, default_value, name)
