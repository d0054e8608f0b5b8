"""A queue of batches that are made ahead."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.slim.data.parallel_reader import summarize_fullness


@export("contrib.slim.prefetch_queue.prefetch_queue")
def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns a queue that threads fill with tensors.

    Args:
      tensors: a list of tensors, or a dictionary.
      capacity: how many of them wait at most.
      num_threads: how many threads fill it.
      dynamic_pad: whether sizes may be unknown.
      shared_name: the name under which sessions share it.
      name: the name scope.
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    values = tensors if names is None else [tensors[one] for one in names]
    with tf.name_scope(name, "prefetch_queue", values):
        kind = tf.PaddingFIFOQueue if dynamic_pad else tf.FIFOQueue
        queue = kind(
            capacity=capacity,
            dtypes=[t.dtype for t in values],
            shapes=[t.shape for t in values],
            names=names,
            shared_name=shared_name,
        )
        enqueue = queue.enqueue(tensors)
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue] * num_threads))
        summarize_fullness(queue, capacity)
        return queue
