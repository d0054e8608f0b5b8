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

#: The modules of `tf.contrib.data`, with the public names that each holds.
CONTRIB_DATA: Final = {
    "batching": (
        "dense_to_sparse_batch unbatch batch_and_drop_remainder padded_batch_and_drop_remainder "
        "assert_element_shape map_and_batch"
    ),
    "counter": "Counter",
    "enumerate_ops": "enumerate_dataset",
    "error_ops": "ignore_errors",
    "get_single_element": "get_single_element reduce_dataset",
    "grouping": "group_by_reducer group_by_window bucket_by_sequence_length Reducer",
    "interleave_ops": "parallel_interleave sloppy_interleave sample_from_datasets choose_from_datasets",
    "parsing_ops": "parse_example_dataset",
    "prefetching_ops": "prefetch_to_device copy_to_device",
    "random_ops": "RandomDataset",
    "readers": "make_csv_dataset CsvDataset make_batched_features_dataset read_batch_features SqlDataset",
    "resampling": "rejection_resample",
    "scan_ops": "scan",
    "shuffle_ops": "shuffle_and_repeat",
    "sliding": "sliding_window_batch",
    "unique": "unique",
    "writers": "TFRecordWriter",
}
#: What TensorFlow's own modules of `tf.data` hold and nothing public does: module -> (our module, names).
INTERNALS: Final = {
    "python.data.util.nest": (
        "nest",
        (
            "assert_same_structure assert_shallow_structure flatten flatten_up_to is_sequence map_structure "
            "map_structure_up_to pack_sequence_as"
        ),
    ),
    "python.data.util.structure": (
        "structure",
        (
            "are_compatible from_compatible_tensor_list from_tensor_list get_flat_tensor_shapes get_flat_tensor_specs "
            "get_flat_tensor_types normalize_element to_batched_tensor_list to_tensor_list type_spec_from_value"
        ),
    ),
    "python.data.ops.dataset_ops": ("dataset", "AUTOTUNE DatasetV1Adapter DatasetV2 DatasetSource UnaryDataset"),
}


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_datasets._index import NAMES

    registry.add_index(NAMES)
    for module, names in CONTRIB_DATA.items():
        leaves = {name: NAMES[f"contrib.data.{name}"] for name in names.split()}
        registry.add(f"contrib.data.python.ops.{module}", leaves)
    for module, (own, names) in INTERNALS.items():
        registry.add(module, {name: f"tangraph_datasets.data.{own}:{name}" for name in names.split()})
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
