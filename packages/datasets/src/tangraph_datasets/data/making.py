"""From a dataset to an iterator, and the functions of ``tf.compat.v1.data``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes, random_seed, stacks
from tangraph.framework.scopes import colocate_with
from tangraph.plugin import export, make_op
from tangraph_datasets.data import structure
from tangraph_datasets.data.dataset import DatasetV1Adapter, DatasetV2, ensure_same_graph
from tangraph_datasets.data.iterator import Iterator

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation

_LARGE: Final = 2**63 - 1
#: Operations that TensorFlow takes for functions of their inputs.
_READING: Final = frozenset({"MatchingFiles", "ReadFile"})


def _legacy(dataset: DatasetV2) -> tuple[Any, Any, Any]:
    spec = dataset.element_spec
    return structure.legacy_types(spec), structure.legacy_shapes(spec), structure.legacy_classes(spec)


def initializable_iterator(dataset: DatasetV2, shared_name: str | None) -> Iterator:
    """Returns an iterator with an initializer; see `Dataset.make_initializable_iterator`."""
    ensure_same_graph(dataset)
    prepared = dataset._apply_options()
    resource = make_op("IteratorV2", container="", shared_name=shared_name or "", **dataset._flat_structure)
    with colocate_with(resource):
        initializer = make_op("MakeIterator", prepared._variant_tensor, resource)
    return Iterator(resource, initializer, *_legacy(prepared))


def one_shot_iterator(dataset: DatasetV2) -> Iterator:
    """Returns an iterator whose dataset a function makes; see `Dataset.make_one_shot_iterator`.

    Raises:
      ValueError: the dataset depends on what cannot be copied into a function: a variable, a table.
    """
    from tangraph.functions.defun import Defun

    ensure_same_graph(dataset)
    graph_seed, op_seed = random_seed.get_seed(None)

    def make_dataset() -> Any:
        if graph_seed is not None and op_seed is not None:
            random_seed.set_random_seed((graph_seed + random_seed.DEFAULT_GRAPH_SEED * op_seed) % _LARGE)
        return dataset._apply_options()._variant_tensor

    make_dataset.__name__ = "_make_dataset"
    factory = Defun(capture_by_value=True, whitelisted_stateful_ops=_variant_ops(dataset))(make_dataset)
    try:
        factory.add_to_graph(stacks.get_default_graph())
    except ValueError as error:
        if "Cannot capture a stateful node" not in str(error):
            raise
        raise ValueError(
            "Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` does not support "
            "datasets that capture stateful objects, such as a `Variable` or `LookupTable`. In these cases, use "
            f"`Dataset.make_initializable_iterator()`. (Original error: {error})"
        ) from None
    resource = make_op("OneShotIterator", dataset_factory=factory, **dataset._flat_structure)
    return Iterator(resource, None, *_legacy(dataset))


def _variant_ops(dataset: DatasetV2) -> list[Operation]:
    """Returns the operations of a pipeline that may be copied, stateful as they are: datasets, and what reads files."""
    found: dict[Operation, None] = {}
    todo = [dataset._variant_tensor.op]
    while todo:
        op = todo.pop()
        if op in found:
            continue
        found[op] = None
        todo.extend(tensor.op for tensor in op.inputs)
    return [op for op in found if op.type in _READING or (op.outputs and op.outputs[0].dtype is dtypes.variant)]


def _as_v1(dataset: Any) -> Any:
    return dataset if hasattr(dataset, "_make_one_shot_iterator") else DatasetV1Adapter(dataset)


@export("data.make_one_shot_iterator", "compat.v1.data.make_one_shot_iterator")
def make_one_shot_iterator(dataset: DatasetV2) -> Iterator:
    """Returns an iterator that needs no initializer; see `Dataset.make_one_shot_iterator`."""
    iterator: Iterator = _as_v1(dataset)._make_one_shot_iterator()
    return iterator


@export("data.make_initializable_iterator", "compat.v1.data.make_initializable_iterator")
def make_initializable_iterator(dataset: DatasetV2, shared_name: str | None = None) -> Iterator:
    """Returns an iterator with an initializer; see `Dataset.make_initializable_iterator`."""
    iterator: Iterator = _as_v1(dataset)._make_initializable_iterator(shared_name)
    return iterator


@export("data.experimental.get_structure", "contrib.data.get_structure")
def get_structure(dataset_or_iterator: Any) -> Any:
    """Returns the structure of TypeSpecs of the elements of a dataset or iterator.

    Raises:
      TypeError: it is neither.
    """
    try:
        return dataset_or_iterator.element_spec
    except AttributeError:
        raise TypeError(
            f"`dataset_or_iterator` must be a Dataset or Iterator object, but got {type(dataset_or_iterator)}."
        ) from None


@export("data.get_output_classes", "compat.v1.data.get_output_classes")
def get_output_classes(dataset_or_iterator: Any) -> Any:
    """Returns the structure of classes of the elements of a dataset or iterator."""
    return structure.legacy_classes(get_structure(dataset_or_iterator))


@export("data.get_output_shapes", "compat.v1.data.get_output_shapes")
def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """Returns the structure of shapes of the elements of a dataset or iterator."""
    return structure.legacy_shapes(get_structure(dataset_or_iterator))


@export("data.get_output_types", "compat.v1.data.get_output_types")
def get_output_types(dataset_or_iterator: Any) -> Any:
    """Returns the structure of types of the elements of a dataset or iterator.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.data.get_output_types(tf.data.Dataset.range(3))
    tf.int64
    """
    return structure.legacy_types(get_structure(dataset_or_iterator))


@export("data.experimental.from_variant")
def from_variant(variant: Any, structure: Any) -> Any:
    """Returns the dataset for which a variant tensor stands.

    Args:
      variant: the tensor.
      structure: the structure of TypeSpecs of the elements.
    """
    from tangraph_datasets.data.dataset import VariantDataset

    return VariantDataset(variant, structure)


@export("data.experimental.to_variant")
def to_variant(dataset: DatasetV2) -> Any:
    """Returns the variant tensor that stands for a dataset."""
    return dataset._variant_tensor
