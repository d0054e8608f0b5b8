"""`Dataset`, `DataDecoder`, `DataProvider`, and the provider that reads a data set."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph_layers.slim.data.parallel_reader import parallel_read

if TYPE_CHECKING:
    from collections.abc import Collection


@export("contrib.slim.dataset.Dataset")
class Dataset:
    """What a data set is made of.

    Args:
      data_sources: the files, or patterns of their names.
      reader: a class of readers.
      decoder: a `DataDecoder`.
      num_samples: how many samples there are.
      items_to_descriptions: what each item means.
      **kwargs: further attributes.
    """

    def __init__(
        self, data_sources: Any, reader: Any, decoder: Any, num_samples: Any, items_to_descriptions: Any, **kwargs: Any
    ) -> None:
        self.__dict__.update(kwargs)
        self.data_sources = data_sources
        self.reader = reader
        self.decoder = decoder
        self.num_samples = num_samples
        self.items_to_descriptions = items_to_descriptions


@export("contrib.slim.data_decoder.DataDecoder")
class DataDecoder(abc.ABC):
    """Makes tensors of what a reader gives."""

    @abc.abstractmethod
    def decode(self, data: Any, items: Any) -> Any:
        """Returns the tensors of items, in their order."""

    @abc.abstractmethod
    def list_items(self) -> Any:
        """Returns the names of what it can decode."""


@export("contrib.slim.data_provider.DataProvider")
class DataProvider(metaclass=abc.ABCMeta):  # noqa: B024  as TensorFlow's, which can be made
    """Gives tensors by name.

    Args:
      items_to_tensors: the tensors.
      num_samples: how many samples there are.
    """

    def __init__(self, items_to_tensors: dict[str, Any], num_samples: Any) -> None:
        self._items_to_tensors = items_to_tensors
        self._num_samples = num_samples

    def get(self, items: Any) -> list[Any]:
        """Returns the tensors of items, in their order.

        Raises:
          ValueError: there is no such item, or `items` is no list.
        """
        self._validate_items(items)
        return [self._items_to_tensors[item] for item in items]

    def list_items(self) -> Collection[str]:
        """Returns the names of the items."""
        return self._items_to_tensors.keys()

    def num_samples(self) -> Any:
        """Returns how many samples there are."""
        return self._num_samples

    def _validate_items(self, items: Any) -> None:
        if not isinstance(items, list | tuple):
            raise ValueError("items must be a list or tuple")
        valid = self.list_items()
        for item in items:
            if item not in valid:
                raise ValueError(f"Item [{item}] is invalid. Valid entries include: {valid}")


@export("contrib.slim.dataset_data_provider.DatasetDataProvider")
class DatasetDataProvider(DataProvider):
    """Reads and decodes a data set.

    Args:
      dataset: a `Dataset`.
      num_readers: how many readers to use at once.
      reader_kwargs: arguments of the readers.
      shuffle: whether to shuffle files and records.
      num_epochs: how often to read everything; None for ever.
      common_queue_capacity: how many records wait at most.
      common_queue_min: how many stay in the queue, so that they are mixed well.
      record_key: the item that is the key of a record.
      seed: the seed of the shuffling.
      scope: the name scope.

    Raises:
      ValueError: `record_key` is an item of the data set.
    """

    def __init__(
        self,
        dataset: Any,
        num_readers: int = 1,
        reader_kwargs: Any = None,
        shuffle: bool = True,
        num_epochs: int | None = None,
        common_queue_capacity: int = 256,
        common_queue_min: int = 128,
        record_key: str = "record_key",
        seed: int | None = None,
        scope: Any = None,
    ) -> None:
        key, data = parallel_read(
            dataset.data_sources,
            reader_class=dataset.reader,
            num_epochs=num_epochs,
            num_readers=num_readers,
            reader_kwargs=reader_kwargs,
            shuffle=shuffle,
            capacity=common_queue_capacity,
            min_after_dequeue=common_queue_min,
            seed=seed,
            scope=scope,
        )
        items = dataset.decoder.list_items()
        tensors = dict(zip(items, dataset.decoder.decode(data, items), strict=False))
        if record_key in tensors:
            raise ValueError(
                "The item name used for `record_key` cannot also be used for a dataset item: %s", record_key
            )
        tensors[record_key] = key
        super().__init__(items_to_tensors=tensors, num_samples=dataset.num_samples)
