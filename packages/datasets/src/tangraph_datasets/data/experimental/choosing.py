"""Datasets of elements of several datasets, chosen one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.ops.array.reshape import expand_dims, squeeze
from tangraph.ops.math.unary import log
from tangraph.plugin import export, make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import Dataset, DatasetSource, DatasetV1, DatasetV1Adapter, DatasetV2
from tangraph_datasets.data.mapping import MapDataset
from tangraph_datasets.data.seeds import get_seed

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Random(DatasetSource):
    def __init__(self, seed: Any) -> None:
        super().__init__(make_op("RandomDataset", *get_seed(seed), **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return TensorSpec([], dtypes.int64)


@export("data.experimental.RandomDataset", "contrib.data.RandomDataset")
class RandomDataset(DatasetV1Adapter):
    """Random int64 numbers below 2**32, without end.

    Args:
      seed: as for other random operations.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(_Random(seed))


RandomDataset.__name__ = RandomDataset.__qualname__ = "RandomDatasetV1"


class _DirectedInterleaveDataset(DatasetV1):
    def __init__(self, selector_input: DatasetV2, data_inputs: Sequence[DatasetV2]) -> None:
        self._selector_input, self._data_inputs = selector_input, list(data_inputs)
        specs = [dataset.element_spec for dataset in self._data_inputs]
        types, classes = structure.legacy_types(specs[0]), structure.legacy_classes(specs[0])
        shapes = structure.legacy_shapes(specs[0])
        for spec in specs[1:]:
            if structure.legacy_types(spec) != types or structure.legacy_classes(spec) != classes:
                raise TypeError("All datasets must have the same type and class.")
            pairs = zip(nest.flatten(shapes), nest.flatten(structure.legacy_shapes(spec)), strict=True)
            common = [one.most_specific_compatible_shape(other) for one, other in pairs]
            shapes = nest.pack_sequence_as(shapes, common)
        self._structure = structure.convert_legacy_structure(types, shapes, classes)
        super().__init__()

    def _as_variant_tensor(self) -> Any:
        variants = [dataset._variant_tensor for dataset in self._data_inputs]
        selector = self._selector_input._variant_tensor
        return make_op("DirectedInterleaveDataset", selector, variants, **self._flat_structure)

    def _inputs(self) -> list[DatasetV2]:
        return [self._selector_input, *self._data_inputs]

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._structure


def _drawn(logits: Any, seed: Any) -> Any:
    draws = make_op("StatelessMultinomial", logits, 1, seed)
    return squeeze(draws, axis=[0, 1])


@export("data.experimental.sample_from_datasets", "contrib.data.sample_from_datasets")
def sample_from_datasets(datasets: Sequence[DatasetV2], weights: Any = None, seed: Any = None) -> Any:
    """Returns the dataset of elements of several datasets, chosen at random.

    Args:
      datasets: datasets whose elements have the same types.
      weights: the probabilities, for each dataset one; or a dataset of such vectors; all the same when None.
      seed: as for other random operations.

    Raises:
      TypeError: the types differ, or `weights` are no floats.
      ValueError: there are more or fewer weights than datasets.
    """
    if isinstance(weights, DatasetV2):
        logits_ds = weights.map(lambda *p: log(p, name="logits"))
        both = Dataset.zip((logits_ds, RandomDataset(seed).batch(2)))

        def select_dataset_varying_logits(logits: Any, seed: Any) -> Any:
            return _drawn(logits, seed)

        selector = MapDataset(both, select_dataset_varying_logits, use_inter_op_parallelism=False)
        return DatasetV1Adapter(_DirectedInterleaveDataset(selector, datasets))
    logits: Any = [[1.0] * len(datasets)]
    if weights is not None:
        weights = convert_to_tensor(weights, name="weights")
        if weights.dtype not in (dtypes.float32, dtypes.float64):
            raise TypeError("`weights` must be convertible to a tensor of `tf.float32` or `tf.float64` elements.")
        if not weights.shape.is_compatible_with([len(datasets)]):
            raise ValueError("`weights` must be a vector of length `len(datasets)`.")
        logits = expand_dims(log(weights, name="logits"), 0)
    if len(datasets) == 1:
        return DatasetV1Adapter(datasets[0])

    def select_dataset_constant_logits(seed: Any) -> Any:
        return _drawn(logits, seed)

    random = RandomDataset(seed).batch(2)
    selector = MapDataset(random, select_dataset_constant_logits, use_inter_op_parallelism=False)
    return DatasetV1Adapter(_DirectedInterleaveDataset(selector, datasets))


@export("data.experimental.choose_from_datasets", "contrib.data.choose_from_datasets")
def choose_from_datasets(datasets: Sequence[DatasetV2], choice_dataset: DatasetV2) -> Any:
    """Returns the dataset of elements of several datasets, as another dataset chooses.

    Args:
      datasets: datasets whose elements have the same types.
      choice_dataset: of int64 scalars, the number of a dataset each.

    Raises:
      TypeError: the types differ, or `choice_dataset` has other elements.
    """
    if not structure.are_compatible(choice_dataset.element_spec, TensorSpec([], dtypes.int64)):
        raise TypeError("`choice_dataset` must be a dataset of scalar `tf.int64` tensors.")
    return DatasetV1Adapter(_DirectedInterleaveDataset(choice_dataset, datasets))
