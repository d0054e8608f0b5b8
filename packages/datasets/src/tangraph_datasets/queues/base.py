"""QueueBase: what the kinds of queues share, and a queue that is chosen by a tensor."""

from __future__ import annotations

from functools import reduce
from typing import Any

from tangraph.framework import dtypes as dtype_lib
from tangraph.framework.constant_value import constant_value
from tangraph.framework.dtypes import DType
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import Dimension, TensorShape
from tangraph.ops.array.gather import gather
from tangraph.ops.array.packing import stack
from tangraph.plugin import export, make_op


@export("QueueBase", "queue.QueueBase", "io.QueueBase")
class QueueBase:
    """A queue of elements, each of which is one tensor or several.

    Use one of its kinds: :class:`FIFOQueue`, :class:`RandomShuffleQueue`, :class:`PaddingFIFOQueue`,
    :class:`PriorityQueue`. An operation that has to wait, for elements or for room, holds up nothing but its own run;
    closing the queue or the session ends its waiting.

    Args:
      dtypes: the types of an element's components.
      shapes: their shapes, or None.
      names: their names, or None; with them, elements are dictionaries.
      queue_ref: the tensor that holds the queue's handle.

    Raises:
      ValueError: `shapes` or `names` is not as long as `dtypes`.
    """

    def __init__(self, dtypes: list[DType], shapes: Any, names: list[str] | None, queue_ref: Tensor) -> None:
        self._dtypes = dtypes
        if shapes is not None:
            if len(shapes) != len(dtypes):
                raise ValueError("Queue shapes must have the same length as dtypes")
            self._shapes = [TensorShape(s) for s in shapes]
        else:
            self._shapes = [TensorShape(None) for _ in dtypes]
        if names is not None and len(names) != len(dtypes):
            raise ValueError("Queue names must have the same length as dtypes")
        self._names = names
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    @staticmethod
    def from_list(index: Any, queues: list[QueueBase]) -> QueueBase:
        """Returns the queue of a list that a tensor chooses in every run.

        Args:
          index: an integer scalar.
          queues: queues of the same types and names.

        Raises:
          TypeError: `queues` is no list of queues, or they differ in types or names.
        """
        if not queues or not isinstance(queues, list) or not all(isinstance(q, QueueBase) for q in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if not all(first.dtypes == q.dtypes for q in queues[1:]):
            raise TypeError("Queues do not have matching component dtypes.")
        if not all(first.names == q.names for q in queues[1:]):
            raise TypeError("Queues do not have matching component names.")
        shapes = [reduce(_common_shape, column) for column in zip(*[q.shapes for q in queues], strict=True)]
        chosen = gather(stack([q.queue_ref for q in queues]), index)
        return QueueBase(first.dtypes, shapes, first.names, chosen)

    @property
    def queue_ref(self) -> Tensor:
        """The tensor that holds the handle."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the queue."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        """The types of an element's components."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of an element's components."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of an element's components, or None."""
        return self._names

    def _to_tensors(self, vals: Any) -> list[Tensor]:
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names, key=str) != sorted(vals, key=str):
                raise ValueError(
                    f"Keys in dictionary to enqueue do not match names of Queue.  Dictionary: ({sorted(vals)}), "
                    f"Queue: ({sorted(self._names)})"
                )
            vals = [vals[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        return [
            convert_to_tensor(value, dtype=dtype, name=f"component_{i}")
            for i, (value, dtype) in enumerate(zip(vals, self._dtypes, strict=False))
        ]

    def _op(self, name: str) -> str:
        """The op type for this handle: those without V2 take a reference to a string."""
        return f"{name}V2" if self._queue_ref.dtype is dtype_lib.resource else name

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Returns the operation that adds an element; it waits until the element fits.

        Args:
          vals: a tensor, or a list, tuple or dictionary of them.
          name: the operation's name.

        Raises:
          ValueError: the components do not fit the queue's names or shapes.

        In a run it raises CancelledError when the queue is closed, or is closed with `cancel_pending_enqueues` while the
        operation waits.
        """
        with name_scope(name, f"{self._name}_enqueue", _listed(vals)) as scope:
            tensors = self._to_tensors(vals)
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                tensor.shape.assert_is_compatible_with(shape)
            operation: Operation = make_op(self._op("QueueEnqueue"), self._queue_ref, tensors, name=scope)
            return operation

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Returns the operation that adds the slices of tensors along their first dimension, one element each.

        Args:
          vals: a tensor, or a list, tuple or dictionary of them, all of the same size in the first dimension.
          name: the operation's name.

        Raises:
          ValueError: the components do not fit the queue's names or shapes, or each other.
        """
        with name_scope(name, f"{self._name}_EnqueueMany", _listed(vals)) as scope:
            tensors = self._to_tensors(vals)
            batch = tensors[0].shape.with_rank_at_least(1)[0]
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                batch = Dimension(batch).merge_with(tensor.shape.with_rank_at_least(1)[0])
                tensor.shape[1:].assert_is_compatible_with(shape)
            operation: Operation = make_op(self._op("QueueEnqueueMany"), self._queue_ref, tensors, name=scope)
            return operation

    def _result(self, tensors: list[Tensor], shapes: list[TensorShape]) -> Any:
        for tensor, shape in zip(tensors, shapes, strict=True):
            tensor.set_shape(shape)
        if self._names:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else tensors

    def dequeue(self, name: str | None = None) -> Any:
        """Returns the tensors of an element, which leaves the queue; the operation waits until there is one.

        Returns:
          A tensor, a list of them, or a dictionary when the queue has names.

        In a run it raises OutOfRangeError when the queue is closed and empty.
        """
        tensors = make_op(
            self._op("QueueDequeue"),
            self._queue_ref,
            component_types=self._dtypes,
            name=name or f"{self._name}_Dequeue",
        )
        return self._result(tensors, self._shapes)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Returns `n` elements, their components stacked along a new first dimension; waits until there are so many.

        Args:
          n: an int32 scalar.
          name: the operation's name.

        In a run it raises OutOfRangeError when the queue is closed and has fewer, and InvalidArgumentError when the
        queue was made without shapes.
        """
        tensors = self._dequeue_batch("QueueDequeueMany", n, name or f"{self._name}_DequeueMany")
        count = constant_value(tensors[0].op.inputs[1])
        batch = TensorShape([None if count is None else count.item()])
        return self._result(tensors, [batch.concatenate(shape) for shape in self._shapes])

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """As :meth:`dequeue_many`; of a closed queue it takes what is left, if that is not nothing.

        Args:
          n: an int32 scalar.
          name: the operation's name.
        """
        tensors = self._dequeue_batch("QueueDequeueUpTo", n, name or f"{self._name}_DequeueUpTo")
        return self._result(tensors, [TensorShape([None]).concatenate(shape) for shape in self._shapes])

    def _dequeue_batch(self, op: str, n: Any, name: str) -> list[Tensor]:
        tensors: list[Tensor] = make_op(self._op(op), self._queue_ref, n, component_types=self._dtypes, name=name)
        return tensors

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Returns the operation that closes the queue: nothing more can be added; what is in it can be taken.

        Args:
          cancel_pending_enqueues: whether what waits to be added is cancelled; otherwise the operation waits for it.
          name: the operation's name.
        """
        operation: Operation = make_op(
            self._op("QueueClose"),
            self._queue_ref,
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_Close",
        )
        return operation

    def is_closed(self, name: str | None = None) -> Tensor:
        """Returns a bool scalar: whether the queue is closed."""
        result: Tensor = make_op(self._op("QueueIsClosed"), self._queue_ref, name=name or f"{self._name}_Is_Closed")
        return result

    def size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: the number of elements in the queue."""
        result: Tensor = make_op(self._op("QueueSize"), self._queue_ref, name=name or f"{self._name}_Size")
        return result


def _listed(vals: Any) -> list[Any]:
    if isinstance(vals, dict):
        return list(vals.values())
    return list(vals) if isinstance(vals, (list, tuple)) else [vals]


def _common_shape(a: Any, b: Any) -> TensorShape:
    """The shape that says what two shapes agree on."""
    a, b = TensorShape(a), TensorShape(b)
    if a.ndims is None or b.ndims is None or a.ndims != b.ndims:
        return TensorShape(None)
    return TensorShape([x if x == y else None for x, y in zip(a.as_list(), b.as_list(), strict=True)])
