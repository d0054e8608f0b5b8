"""Queues that threads fill from arrays and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tangraph as tf
from tangraph_estimators.inputs.feeding_runner import FeedingQueueRunner
from tangraph_estimators.inputs.feeds import ArraysFeed, RowFeed, TableFeed


def enqueue_arrays(arrays: Mapping[str, Any], capacity: int, shuffle: bool, **options: Any) -> Any:
    """Returns a queue of rows of arrays: the number of a row, and what each array has there.

    Args:
      arrays: name -> array, [rows, ...].
      capacity: how many rows the queue holds.
      shuffle: whether it gives them out at random.
      options: see `enqueue`.
    """
    types = [tf.int64, *(tf.as_dtype(array.dtype) for array in arrays.values())]
    shapes = [(), *(array.shape[1:] for array in arrays.values())]
    return enqueue(arrays, ArraysFeed, types, shapes, capacity, shuffle, **options)


def enqueue_table(table: Any, capacity: int, shuffle: bool, **options: Any) -> Any:
    """Returns a queue of rows of a DataFrame: the index of a row, and what each column has there."""
    types = [_type_of(dtype) for dtype in (table.index.dtype, *table.dtypes)]
    return enqueue(table, TableFeed, types, [() for _ in types], capacity, shuffle, **options)


def _type_of(dtype: Any) -> Any:
    """Returns the tensor type of a column; texts, which pandas 3 gives a type of their own, are strings."""
    return tf.string if getattr(dtype, "name", "") in {"str", "string"} else tf.as_dtype(dtype)


def enqueue(
    data: Any,
    feed: type[RowFeed],
    types: Sequence[Any],
    shapes: Sequence[Any],
    capacity: int,
    shuffle: bool,
    num_threads: int = 1,
    enqueue_size: int = 1,
    num_epochs: int | None = None,
    min_after_dequeue: float | None = None,
) -> Any:
    """Builds the queue and what fills it.

    Args:
      data: what `feed` takes rows of.
      feed: the kind of RowFeed.
      types: the type of each component.
      shapes: its shape.
      capacity: how many rows the queue holds.
      shuffle: whether it gives them out at random.
      num_threads: how many threads fill it, each with all rows.
      enqueue_size: how many rows are added at once.
      num_epochs: how often every row is added; None for ever.
      min_after_dequeue: how many rows stay for shuffling; a quarter of the capacity when None.
    """
    _warn(shuffle, num_threads, num_epochs)
    with tf.name_scope("enqueue_input"):
        if shuffle:
            kept = int(capacity / 4 if min_after_dequeue is None else min_after_dequeue)
            queue = tf.RandomShuffleQueue(capacity, kept, dtypes=types, shapes=shapes)
        else:
            kept = 0
            queue = tf.FIFOQueue(capacity, dtypes=types, shapes=shapes)
        enqueue_ops, feeds = [], []
        for _ in range(num_threads):
            placeholders = [tf.placeholder(kind) for kind in types]
            enqueue_ops.append(queue.enqueue_many(placeholders))
            feeds.append(feed(placeholders, data, enqueue_size, shuffle, num_epochs))
        tf.train.add_queue_runner(FeedingQueueRunner(queue, enqueue_ops, feeds))
        room = capacity - kept
        full = tf.cast(tf.maximum(0, queue.size() - kept), tf.float32) * (1.0 / room)
        tf.summary.scalar(f"queue/{queue.name}fraction_over_{kept}_of_{room}_full", full)
    return queue


def _warn(shuffle: bool, num_threads: int, num_epochs: int | None) -> None:
    if num_threads <= 1:
        return
    if num_epochs is not None:
        tf.logging.warning(
            "enqueue_data was called with num_epochs and num_threads > 1. num_epochs is applied per thread, so this will "
            "produce more epochs than you probably intend. If you want to limit epochs, use one thread."
        )
    if shuffle and num_epochs is not None:
        tf.logging.warning(
            "enqueue_data was called with shuffle=True, num_threads > 1, and num_epochs. This will create multiple "
            "threads, all reading the array/dataframe in order adding to the same shuffling queue; the results will "
            "likely not be sufficiently shuffled."
        )
    if not shuffle:
        tf.logging.warning(
            "enqueue_data was called with shuffle=False and num_threads > 1. This will create multiple threads, all "
            "reading the array/dataframe in order. If you want examples read in order, use one thread; if you want "
            "multiple threads, enable shuffling."
        )
