"""DatasetSpec: the type of a dataset that is an element of another one."""

from __future__ import annotations

from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.framework.type_spec import TypeSpec
from tangraph.plugin import export


class NestedVariant:
    """A tensor of datasets, with the type of their elements."""

    def __init__(self, variant_tensor: Any, element_spec: Any, dataset_shape: TensorShape) -> None:
        self._variant_tensor = variant_tensor
        self._element_spec = element_spec
        self._dataset_shape = dataset_shape

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self._element_spec, self._dataset_shape)


@export("data.DatasetSpec", "data.experimental.DatasetStructure")
class DatasetSpec(TypeSpec):
    """The type of a dataset.

    Args:
      element_spec: the structure of specs of its elements.
      dataset_shape: () for one dataset, another shape for a tensor of datasets.
    """

    def __init__(self, element_spec: Any, dataset_shape: Any = ()) -> None:
        self._element_spec = element_spec
        self._dataset_shape = as_shape(dataset_shape)

    @staticmethod
    def from_value(value: Any) -> DatasetSpec:
        """Returns the spec of a dataset."""
        return DatasetSpec(value.element_spec)

    @property
    def value_type(self) -> Any:
        """The class of the values."""
        from tangraph_datasets.data.dataset import VariantDataset

        return VariantDataset

    def _serialize(self) -> tuple[Any, ...]:
        return self._element_spec, self._dataset_shape

    @property
    def _component_specs(self) -> Any:
        return TensorSpec(self._dataset_shape, dtypes.variant)

    def _components_of(self, value: Any) -> Any:
        return value._variant_tensor

    def _made_of(self, components: Any) -> Any:
        from tangraph_datasets.data.dataset import VariantDataset

        if self._dataset_shape.ndims == 0:
            return VariantDataset(components, self._element_spec)
        return NestedVariant(components, self._element_spec, self._dataset_shape)

    def _batch(self, batch_size: int | None) -> DatasetSpec:
        return DatasetSpec(self._element_spec, TensorShape([batch_size]).concatenate(self._dataset_shape))

    def _unbatch(self) -> DatasetSpec:
        self._check_rank()
        return DatasetSpec(self._element_spec, self._dataset_shape[1:])

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        self._check_rank()
        return self._to_tensor_list(value)

    def _check_rank(self) -> None:
        if self._dataset_shape.ndims == 0:
            raise ValueError("Unbatching a dataset is only supported for rank >= 1")

    def _to_legacy_output_types(self) -> Any:
        return self

    def _to_legacy_output_shapes(self) -> Any:
        return self

    def _to_legacy_output_classes(self) -> Any:
        return self
