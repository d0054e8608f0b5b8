"""Queues that hand out the slices of a tensor, epoch after epoch: names of files, numbers, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import (
    convert_to_tensor,
    internal_convert_n_to_tensor_or_indexed_slices,
)
from tangraph.ops.array.constant import constant
from tangraph.ops.array.gather import gather
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape, size
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import greater
from tangraph.ops.math.ranges import range as number_range
from tangraph.ops.random.discrete import random_shuffle
from tangraph.ops.state.variable_base import Variable
from tangraph.plugin import export
from tangraph_datasets.files import matching_files
from tangraph_datasets.queues.kinds import FIFOQueue
from tangraph_datasets.queues.runner import QueueRunner, add_queue_runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph_datasets.queues.base import QueueBase


def scalar_summary(name: str, tensor: Tensor) -> None:
    """Adds a summary of how full a queue is, as `tf.summary.scalar`."""
    import tangraph

    tangraph.summary.scalar(name, tensor)


@export("train.match_filenames_once", "io.match_filenames_once")
def match_filenames_once(pattern: Any, name: str | None = None) -> Any:
    """Returns a local variable that holds the names of the files that match, as they are when it is initialized.

    Args:
      pattern: a glob pattern, or several.
      name: the name of the operations.
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        make: Any = Variable
        return make(
            matching_files(pattern),
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            name=scope,
        )


@export("train.limit_epochs")
def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Any:
    """Returns a tensor that can be read `num_epochs` times; then it raises OutOfRangeError.

    The count is a local variable, which `tf.local_variables_initializer()` initializes.

    Args:
      tensor: any tensor.
      num_epochs: how many times; without a limit when None.
      name: the name of the operations.

    Raises:
      ValueError: `num_epochs` is not positive.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        zero = constant(0, dtype=dtypes.int64)
        make: Any = Variable
        epochs = make(zero, name="epochs", trainable=False, collections=[GraphKeys.LOCAL_VARIABLES])
        counter = epochs.count_up_to(num_epochs)
        with control_dependencies([counter]):
            return identity(tensor, name=scope)


@export("train.input_producer")
def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> QueueBase:
    """Returns a queue of the rows of a tensor, which a QueueRunner of the graph fills over and over.

    Args:
      input_tensor: a tensor of at least one dimension.
      element_shape: the shape of a row, where the tensor's does not tell.
      num_epochs: how many times each row comes; without a limit when None. With one, run
        `tf.local_variables_initializer()`.
      shuffle: whether the rows come in random order, a new one each epoch.
      seed: for the order.
      capacity: how many rows the queue holds.
      shared_name: a name under which sessions share the queue.
      summary_name: the name of a summary of how full the queue is.
      name: the name of the operations.
      cancel_op: the operation that cancels the queue; made when None.

    Raises:
      ValueError: the shape of a row is not known.
    """
    with name_scope(name, "input_producer", [input_tensor]):
        input_tensor = convert_to_tensor(input_tensor, name="input_tensor")
        row = input_tensor.shape[1:].merge_with(element_shape)
        if not row.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be specified"
            )
        if shuffle:
            input_tensor = random_shuffle(input_tensor, seed=seed)
        input_tensor = limit_epochs(input_tensor, num_epochs)
        types = [input_tensor.dtype.base_dtype]
        queue = FIFOQueue(capacity, types, shapes=[row], shared_name=shared_name, name=name)  # type: ignore[arg-type]
        enqueue = queue.enqueue_many([input_tensor])
        add_queue_runner(QueueRunner(queue, [enqueue], cancel_op=cancel_op))
        if summary_name is not None:
            scalar_summary(summary_name, cast(queue.size(), dtypes.float32) * (1.0 / capacity))
        return queue


@export("train.string_input_producer")
def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> QueueBase:
    """Returns a queue of strings, names of files as a rule; see :func:`input_producer`.

    Args:
      string_tensor: a list of strings, or a tensor of them, shape ``[n]``.
      num_epochs, shuffle, seed, capacity, shared_name, name, cancel_op: see :func:`input_producer`.

    Raises:
      ValueError: the list is empty. A tensor that turns out to be empty is an InvalidArgumentError in the run.
    """
    message = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, (Tensor, Variable)) and not len(string_tensor):
        raise ValueError(message)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        string_tensor = convert_to_tensor(string_tensor, dtype=dtypes.string)
        with control_dependencies([Assert(greater(size(string_tensor), 0), [message])]):
            string_tensor = identity(string_tensor)
        return input_producer(
            string_tensor,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            name=scope,
            summary_name=f"fraction_of_{capacity}_full",
            cancel_op=cancel_op,
        )


@export("train.range_input_producer")
def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """Returns a queue of the integers from 0 to `limit` - 1; see :func:`input_producer`.

    Args:
      limit: an int32 scalar.
      num_epochs, shuffle, seed, capacity, shared_name, name: see :func:`input_producer`.
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(
            number_range(limit),
            [],
            num_epochs,
            shuffle,
            seed,
            capacity,
            shared_name,
            f"fraction_of_{capacity}_full",
            scope,
        )


@export("train.slice_input_producer")
def slice_input_producer(
    tensor_list: Sequence[Any],
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """Returns the tensors of one example: the same row of each tensor in a list; see :func:`input_producer`.

    Args:
      tensor_list: tensors of the same size in the first dimension.
      num_epochs, shuffle, seed, capacity, shared_name, name: see :func:`input_producer`.

    Raises:
      ValueError: the list is empty.
    """
    with name_scope(name, "input_producer", list(tensor_list)):
        tensors = internal_convert_n_to_tensor_or_indexed_slices(tensor_list)
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        count = shape(tensors[0])[0]
        queue = range_input_producer(
            count, num_epochs=num_epochs, shuffle=shuffle, seed=seed, capacity=capacity, shared_name=shared_name
        )
        index = queue.dequeue()
        return [gather(tensor, index) for tensor in tensors]
