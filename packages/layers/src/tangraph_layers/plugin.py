"""What the package registers: its public names, by the generated index, and those that are other names' aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.plugins.registries import NamespaceRegistry

_DATA_MODULES: Final = [
    "data_decoder",
    "data_provider",
    "dataset",
    "dataset_data_provider",
    "parallel_reader",
    "prefetch_queue",
    "tfexample_decoder",
]


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_layers._index import NAMES
    from tangraph_layers.contrib.aliases import ALIASES

    registry.add_index(NAMES)
    for namespace, leaves in ALIASES.items():
        registry.add(namespace, leaves)
    for namespace, leaves in _inner_homes(NAMES).items():
        registry.add(namespace, leaves)
    for name in ("layers", "legacy_seq2seq", "rnn", "seq2seq", "slim"):
        registry.add(f"contrib.{name}", {"python": f"tangraph_compat.internals.contrib:{name}"})


def _inner_homes(names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Returns the names of slim's modules where TensorFlow defines them, below `tf.contrib.slim.python.slim`."""
    homes: dict[str, dict[str, str]] = {}
    for name, target in names.items():
        module, _, leaf = name.rpartition(".")
        if module.startswith("contrib.slim."):
            below = module.removeprefix("contrib.slim.")
            inner = f"data.{below}" if below in _DATA_MODULES else below
            homes.setdefault(f"contrib.slim.python.slim.{inner}", {})[leaf] = target
    return homes
