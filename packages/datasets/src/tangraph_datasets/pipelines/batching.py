"""batch, shuffle_batch, their `join` forms, which read from several sources, and their `maybe` forms, which leave out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import internal_convert_n_to_tensor_or_indexed_slices
from tangraph.ops.math.cast import cast
from tangraph.ops.math.extremes import maximum
from tangraph.plugin import export
from tangraph_datasets.pipelines.keeping import (
    SparseInfo,
    common_shapes,
    common_types,
    enqueue_op,
    restore_sparse_tensors,
    store_sparse_tensors,
    store_sparse_tensors_join,
    validated,
    validated_keep_input,
)
from tangraph_datasets.pipelines.producers import scalar_summary
from tangraph_datasets.queues.base import QueueBase
from tangraph_datasets.queues.kinds import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from tangraph_datasets.queues.runner import QueueRunner, add_queue_runner

#: Makes the queue for elements of some types and shapes.
MakeQueue = Callable[[list[Any], Any], QueueBase]


def _listed(tensors: Any) -> Any:
    """The tensors of a list, or of a dictionary in the order of its keys."""
    return [tensors[key] for key in sorted(tensors, key=str)] if isinstance(tensors, dict) else tensors


def _as_given(tensors: Any, batch: Any) -> Any:
    if not isinstance(tensors, dict):
        return batch
    listed = [batch] if len(tensors) == 1 else batch
    return dict(zip(sorted(tensors, key=str), listed, strict=True))


def _listed_lists(tensors_list: Sequence[Any]) -> list[Any]:
    if not tensors_list:
        raise ValueError("Expected at least one set of tensors")
    if isinstance(tensors_list[0], dict):
        keys = set(tensors_list[0])
        if any(set(tensors) != keys for tensors in tensors_list[1:]):
            raise ValueError("All dictionaries in tensors_list must have the same keys")
        return [_listed(tensors) for tensors in tensors_list]
    return list(tensors_list)


def _fifo(capacity: int, *, dynamic_pad: bool, shared_name: str | None) -> MakeQueue:
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return lambda types, shapes: kind(capacity=capacity, dtypes=types, shapes=shapes, shared_name=shared_name)


def _shuffling(capacity: int, least: int, seed: int | None, shared_name: str | None) -> MakeQueue:
    return lambda types, shapes: RandomShuffleQueue(
        capacity=capacity, min_after_dequeue=least, seed=seed, dtypes=types, shapes=shapes, shared_name=shared_name
    )


def _summarize_fifo(queue: QueueBase, capacity: int) -> None:
    scalar_summary(f"fraction_of_{capacity}_full", cast(queue.size(), dtypes.float32) * (1.0 / capacity))


def _summarize_shuffling(queue: QueueBase, capacity: int, least: int) -> None:
    full = cast(maximum(0, queue.size() - least), dtypes.float32) * (1.0 / (capacity - least))
    scalar_summary(f"fraction_over_{least}_of_{capacity - least}_full", full)


def _check_capacity(capacity: int, least: int) -> None:
    if capacity <= least:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {least}.")


def _dequeue(queue: QueueBase, batch_size: Any, infos: list[SparseInfo], name: str, *, smaller: bool) -> Any:
    take = queue.dequeue_up_to if smaller else queue.dequeue_many
    return restore_sparse_tensors(take(batch_size, name=name), infos)


def _filled_queue(
    tensors: Any, keep_input: Any, num_threads: int, shapes: Any, make: MakeQueue, *, many: bool
) -> tuple[QueueBase, list[SparseInfo]]:
    """Makes the queue, and the runner that fills it from one source."""
    found = validated(tensors)
    keep = validated_keep_input(keep_input, many=many)
    stored, infos = store_sparse_tensors(found, keep, many=many)
    types = common_types([stored])
    queue = make(types, common_shapes([stored], shapes, many=many))
    add_queue_runner(QueueRunner(queue, [enqueue_op(queue, stored, keep, many=many)] * num_threads))
    return queue, infos


def _filled_queue_join(
    lists: Sequence[Any], keep_input: Any, shapes: Any, make: MakeQueue, *, many: bool
) -> tuple[QueueBase, list[SparseInfo]]:
    """Makes the queue, and the runner that fills it from several sources."""
    found = [internal_convert_n_to_tensor_or_indexed_slices(tensors) for tensors in lists]
    keep = validated_keep_input(keep_input, many=many)
    stored, infos = store_sparse_tensors_join(found, keep, many=many)
    types = common_types(stored)
    queue = make(types, common_shapes(stored, shapes, many=many))
    add_queue_runner(QueueRunner(queue, [enqueue_op(queue, tensors, keep, many=many) for tensors in stored]))
    return queue, infos


@export("train.maybe_batch")
def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`batch`, of the examples for which `keep_input` is True.

    Args:
      tensors: see :func:`batch`.
      keep_input: a bool scalar; with `enqueue_many` also bools of shape ``[n]``, one an example.
      batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name, name:
        see :func:`batch`.
    """
    listed = _listed(tensors)
    with name_scope(name, "batch", [*listed, keep_input]) as scope:
        make = _fifo(capacity, dynamic_pad=dynamic_pad, shared_name=shared_name)
        queue, infos = _filled_queue(listed, keep_input, num_threads, shapes, make, many=enqueue_many)
        _summarize_fifo(queue, capacity)
        return _as_given(tensors, _dequeue(queue, batch_size, infos, scope, smaller=allow_smaller_final_batch))


@export("train.batch")
def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns batches of the examples that some tensors give, one after the other; a QueueRunner reads ahead.

    Args:
      tensors: a list or dictionary of tensors that are one example.
      batch_size: how many examples are a batch.
      num_threads: how many threads read; with more than one, the order may differ from run to run.
      capacity: how many examples are read ahead.
      enqueue_many: whether the tensors are several examples, along their first dimension.
      shapes: the shapes of an example's tensors, where they do not tell.
      dynamic_pad: whether examples may differ in size, and are padded with zeros.
      allow_smaller_final_batch: whether what is left at the end of the input is a batch too.
      shared_name: a name under which sessions share the queue.
      name: the name of the operations.

    Returns:
      A list or dictionary of tensors with a first dimension of `batch_size`; a single one as it is.

    Raises:
      ValueError: a shape is not known.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     number = tf.train.range_input_producer(4, shuffle=False).dequeue()
    ...     numbers = tf.train.batch([number], batch_size=3)
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     values = [sess.run(numbers).tolist() for _ in range(2)]
    ...     coord.request_stop()
    ...     coord.join(threads)
    ...     values
    [[0, 1, 2], [3, 0, 1]]
    """
    return maybe_batch(
        tensors,
        True,
        batch_size,
        num_threads,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("train.maybe_batch_join")
def maybe_batch_join(
    tensors_list: Sequence[Any],
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`batch_join`, of the examples for which `keep_input` is True; see :func:`maybe_batch`."""
    lists = _listed_lists(tensors_list)
    with name_scope(name, "batch_join", [*(t for tensors in lists for t in tensors), keep_input]) as scope:
        make = _fifo(capacity, dynamic_pad=dynamic_pad, shared_name=shared_name)
        queue, infos = _filled_queue_join(lists, keep_input, shapes, make, many=enqueue_many)
        _summarize_fifo(queue, capacity)
        return _as_given(tensors_list[0], _dequeue(queue, batch_size, infos, scope, smaller=allow_smaller_final_batch))


@export("train.batch_join")
def batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`batch`, from several sources, with a thread for each.

    Args:
      tensors_list: a list of lists or dictionaries of tensors, all alike.
      batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name, name: see
        :func:`batch`.

    Raises:
      ValueError: the sources differ in shapes or keys.
      TypeError: they differ in types.
    """
    return maybe_batch_join(
        tensors_list,
        True,
        batch_size,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("train.maybe_shuffle_batch")
def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`shuffle_batch`, of the examples for which `keep_input` is True; see :func:`maybe_batch`."""
    listed = _listed(tensors)
    with name_scope(name, "shuffle_batch", [*listed, keep_input]) as scope:
        _check_capacity(capacity, min_after_dequeue)
        make = _shuffling(capacity, min_after_dequeue, seed, shared_name)
        queue, infos = _filled_queue(listed, keep_input, num_threads, shapes, make, many=enqueue_many)
        _summarize_shuffling(queue, capacity, min_after_dequeue)
        return _as_given(tensors, _dequeue(queue, batch_size, infos, scope, smaller=allow_smaller_final_batch))


@export("train.shuffle_batch")
def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`batch`, in random order.

    Args:
      tensors, batch_size: see :func:`batch`.
      capacity: how many examples are read ahead at most.
      min_after_dequeue: how many examples stay in the queue, so that they mix.
      num_threads: see :func:`batch`.
      seed: for the order; with the same seeds, and one thread, it is TensorFlow's.
      enqueue_many, shapes, allow_smaller_final_batch, shared_name, name: see :func:`batch`.

    Raises:
      ValueError: a shape is not known, or `capacity` is not above `min_after_dequeue`.
    """
    return maybe_shuffle_batch(
        tensors,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        num_threads,
        seed,
        enqueue_many,
        shapes,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("train.maybe_shuffle_batch_join")
def maybe_shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`shuffle_batch_join`, of the examples for which `keep_input` is True; see :func:`maybe_batch`."""
    lists = _listed_lists(tensors_list)
    with name_scope(name, "shuffle_batch_join", [*(t for tensors in lists for t in tensors), keep_input]) as scope:
        make = _shuffling(capacity, min_after_dequeue, seed, shared_name)
        queue, infos = _filled_queue_join(lists, keep_input, shapes, make, many=enqueue_many)
        _summarize_shuffling(queue, capacity, min_after_dequeue)
        return _as_given(tensors_list[0], _dequeue(queue, batch_size, infos, scope, smaller=allow_smaller_final_batch))


@export("train.shuffle_batch_join")
def shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`shuffle_batch`, from several sources, with a thread for each; see :func:`batch_join`."""
    return maybe_shuffle_batch_join(
        tensors_list,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        seed,
        enqueue_many,
        shapes,
        allow_smaller_final_batch,
        shared_name,
        name,
    )
