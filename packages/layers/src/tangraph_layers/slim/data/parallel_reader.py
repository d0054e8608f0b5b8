"""Several readers at once, whose records meet in one queue."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("contrib.slim.parallel_reader.ParallelReader")
class ParallelReader:
    """Readers that put their records into one queue.

    Args:
      reader_class: the class of the readers.
      common_queue: a queue of two strings, key and value.
      num_readers: how many readers.
      reader_kwargs: their arguments.

    Raises:
      TypeError: the queue holds something else.
    """

    def __init__(self, reader_class: Any, common_queue: Any, num_readers: int = 4, reader_kwargs: Any = None) -> None:
        types = common_queue.dtypes
        if len(types) != 2 or not all(one.is_compatible_with(tf.string) for one in types):
            raise TypeError("common_queue.dtypes must be [tf.string, tf.string]")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    @property
    def num_readers(self) -> int:
        """How many readers."""
        return len(self._readers)

    @property
    def common_queue(self) -> Any:
        """The queue of their records."""
        return self._common_queue

    def read(self, queue: Any, name: str | None = None) -> Any:
        """Returns key and value of the next record from files whose names are in a queue."""
        self._configure_readers_by(queue)
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> Any:
        """Returns keys and values of up to so many records."""
        self._configure_readers_by(queue)
        return self._common_queue.dequeue_up_to(num_records, name)

    def _configure_readers_by(self, queue: Any) -> None:
        enqueues = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        tf.train.add_queue_runner(tf.train.QueueRunner(self._common_queue, enqueues))

    def num_records_produced(self, name: str | None = None) -> Any:
        """Returns how many records the readers have read, an int64 scalar."""
        return tf.add_n([reader.num_records_produced() for reader in self._readers], name=name)

    def num_work_units_completed(self, name: str | None = None) -> Any:
        """Returns how many files the readers have finished, an int64 scalar."""
        return tf.add_n([reader.num_work_units_completed() for reader in self._readers], name=name)


@export("contrib.slim.parallel_reader.parallel_read")
def parallel_read(
    data_sources: Any,
    reader_class: Any,
    num_epochs: int | None = None,
    num_readers: int = 4,
    reader_kwargs: Any = None,
    shuffle: bool = True,
    dtypes: Any = None,
    capacity: int = 256,
    min_after_dequeue: int = 128,
    seed: int | None = None,
    scope: Any = None,
) -> Any:
    """Returns key and value of records that several readers read.

    Args:
      data_sources: names of files, or patterns of them.
      reader_class: the class of the readers.
      num_epochs: how often to read everything; None for ever.
      num_readers: how many readers.
      reader_kwargs: their arguments.
      shuffle: whether to shuffle files and records.
      dtypes: the types of key and value; strings when None.
      capacity: how many records wait at most.
      min_after_dequeue: how many stay in the queue, so that they are mixed well.
      seed: the seed of the shuffling.
      scope: the name scope.

    Raises:
      ValueError: there are no files.
    """
    files = get_data_files(data_sources)
    with tf.name_scope(scope, "parallel_read"):
        names = tf.train.string_input_producer(
            files, num_epochs=num_epochs, shuffle=shuffle, seed=seed, name="filenames"
        )
        types = dtypes or [tf.string, tf.string]
        if shuffle:
            queue = tf.RandomShuffleQueue(
                capacity=capacity, min_after_dequeue=min_after_dequeue, dtypes=types, seed=seed, name="common_queue"
            )
        else:
            queue = tf.FIFOQueue(capacity=capacity, dtypes=types, name="common_queue")
        summarize_fullness(queue, capacity)
        reader = ParallelReader(reader_class, queue, num_readers=num_readers, reader_kwargs=reader_kwargs)
        return reader.read(names)


def summarize_fullness(queue: Any, capacity: int) -> None:
    """Adds a summary of how full a queue is."""
    part = tf.cast(queue.size(), tf.float32) * (1.0 / capacity)
    tf.summary.scalar(f"fraction_of_{capacity}_full", part)


@export("contrib.slim.parallel_reader.single_pass_read")
def single_pass_read(data_sources: Any, reader_class: Any, reader_kwargs: Any = None, scope: Any = None) -> Any:
    """Returns key and value of records that one reader reads once, in order; see `parallel_read`."""
    files = get_data_files(data_sources)
    with tf.name_scope(scope, "single_pass_read"):
        names = tf.train.string_input_producer(files, num_epochs=1, shuffle=False, capacity=1, name="filenames")
        return reader_class(**(reader_kwargs or {})).read(names)


@export("contrib.slim.parallel_reader.get_data_files")
def get_data_files(data_sources: Any) -> list[str]:
    """Returns the names of files from names, patterns, or a list of them.

    Raises:
      ValueError: there are none.
    """
    files: list[str] = []
    if isinstance(data_sources, list | tuple):
        for source in data_sources:
            files += get_data_files(source)
    else:
        files = tf.gfile.Glob(data_sources) if any(c in data_sources for c in "*?[") else [data_sources]
    if not files:
        raise ValueError(f"No data files found in {data_sources}")
    return files
