"""What the package registers: its public names, ops and kernels, by the generated index, and its data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import (
        DatasetRegistry,
        KernelRegistry,
        NamespaceRegistry,
        OpRegistry,
        RewriteRegistry,
    )

#: What `tf.contrib.learn.datasets` holds.
LEARN: Final = {
    "base": "tangraph_datasets.learn.base",
    "mnist": "tangraph_datasets.mnist",
    "synthetic": "tangraph_datasets.learn.synthetic",
    "DATASETS": "tangraph_datasets.learn.loading:DATASETS",
    "SYNTHETIC": "tangraph_datasets.learn.loading:SYNTHETIC",
    "load_boston": "tangraph_datasets.learn.base:load_boston",
    "load_dataset": "tangraph_datasets.learn.loading:load_dataset",
    "load_iris": "tangraph_datasets.learn.base:load_iris",
    "make_dataset": "tangraph_datasets.learn.loading:make_dataset",
}


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_datasets._index import NAMES

    registry.add_index(NAMES)
    registry.add("examples.tutorials.mnist", {"input_data": "tangraph_datasets.mnist"})
    for namespace in ("contrib.learn.datasets", "contrib.learn.python.learn.datasets"):
        registry.add(namespace, LEARN)


@hookimpl
def tangraph_register_ops(registry: OpRegistry) -> None:
    """The ops of queues, readers and records."""
    from tangraph_datasets._index import OPS

    registry.add_index(OPS)


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """Their kernels, which run on the host whatever the backend."""
    from tangraph_datasets._index import KERNELS

    registry.add_index("*", KERNELS)


@hookimpl
def tangraph_register_rewrites(registry: RewriteRegistry) -> None:
    """What lets operations on queues wait at the end of a run."""
    registry.add("queue_deferral", "tangraph_datasets.queues.deferral:rewrite")


@hookimpl
def tangraph_register_datasets(registry: DatasetRegistry) -> None:
    """The data sets that are loaded by their name."""
    registry.add("digits", "tangraph_datasets.digits:load")
    registry.add("cifar10", "tangraph_datasets.cifar:load")
