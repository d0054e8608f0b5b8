"""FIFOQueue, RandomShuffleQueue, PaddingFIFOQueue and PriorityQueue."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tangraph.framework import dtypes as dtype_lib
from tangraph.framework.dtypes import as_dtype
from tangraph.framework.random_seed import get_seed
from tangraph.framework.tensor_shape import TensorShape
from tangraph.plugin import export, make_op
from tangraph_datasets.queues.base import QueueBase


def type_list(dtypes: Any) -> list[Any]:
    """Returns one type or a list of them as a list of types."""
    return [as_dtype(d) for d in (dtypes if isinstance(dtypes, (list, tuple)) else [dtypes])]


def shape_list(shapes: Any, *, partial: bool = False) -> list[TensorShape] | None:
    """Returns one shape or a list of them as a list of shapes; None for None.

    Args:
      shapes: a shape, or shapes.
      partial: whether sizes may be unknown; then it has to be a list.

    Raises:
      ValueError: a shape is not known well enough.
      TypeError: `shapes` is none of these.
    """
    if partial and (
        not isinstance(shapes, Sequence) or not shapes or any(s is None or isinstance(s, int) for s in shapes)
    ):
        raise ValueError("When providing partial shapes, a list of shapes must be provided.")
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, (tuple, list)):
        raise TypeError("shapes must be a TensorShape or a list or tuple of TensorShapes.")
    if all(s is None or isinstance(s, int) for s in shapes):
        shapes = [shapes]
    found = [s if isinstance(s, TensorShape) else TensorShape(s) for s in shapes]
    if not partial and any(not s.is_fully_defined() for s in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    if any(s.ndims is None for s in found):
        raise ValueError(f"All shapes must have a defined rank: {found}")
    return found


def _name_list(names: Any, dtypes: list[Any]) -> list[str] | None:
    if names is None:
        return None
    if not isinstance(names, (list, tuple)):
        names = [names]
    if len(names) != len(dtypes):
        raise ValueError("List of names must have the same length as the list of dtypes")
    return list(names)


@export("FIFOQueue", "queue.FIFOQueue")
class FIFOQueue(QueueBase):
    """A queue that hands out elements in the order in which they were added.

    Args:
      capacity: how many elements fit; any number when negative.
      dtypes: the type, or list of types, of an element's components.
      shapes: their shapes, fully known; without them, elements may differ in shape and are taken one at a time.
      names: names of the components, which make elements dictionaries.
      shared_name: a name under which operations of the session share the queue.
      name: the operation's name.

    Raises:
      ValueError: `shapes` or `names` do not fit `dtypes`, or a shape is not fully known.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     queue = tf.FIFOQueue(10, tf.float32, shapes=[[]])
    ...     sess.run(queue.enqueue_many([[1.0, 2.0, 3.0]]))
    ...     sess.run(queue.dequeue_many(2)).tolist()
    [1.0, 2.0]
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        types = type_list(dtypes)
        sizes = shape_list(shapes)
        labels = _name_list(names, types)
        handle = make_op(
            "FIFOQueueV2",
            component_types=types,
            shapes=sizes or [],
            capacity=capacity,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(types, sizes, labels, handle)


@export("RandomShuffleQueue", "queue.RandomShuffleQueue", "io.RandomShuffleQueue")
class RandomShuffleQueue(QueueBase):
    """A queue that hands out elements in random order.

    Args:
      capacity: how many elements fit; any number when negative.
      min_after_dequeue: how many elements stay in the queue as long as it is open, so that they mix.
      dtypes, shapes, names: see :class:`FIFOQueue`.
      seed: see `tf.set_random_seed`; the same seeds give TensorFlow's order.
      shared_name, name: see :class:`FIFOQueue`.

    Raises:
      ValueError: as :class:`FIFOQueue`.
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        types = type_list(dtypes)
        sizes = shape_list(shapes)
        labels = _name_list(names, types)
        seed1, seed2 = get_seed(seed)
        if seed is None and seed1 is not None and shared_name is not None:
            # Whoever shares the queue has to ask for the same seeds, whatever the number of nodes in its graph.
            digest = hashlib.md5(f"{seed1}{shared_name}".encode(), usedforsecurity=False).hexdigest()
            seed2 = int(digest[:8], 16) & 0x7FFFFFFF
        handle = make_op(
            "RandomShuffleQueueV2",
            component_types=types,
            shapes=sizes or [],
            capacity=capacity,
            min_after_dequeue=min_after_dequeue,
            seed=seed1 or 0,
            seed2=seed2 or 0,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(types, sizes, labels, handle)


@export("PaddingFIFOQueue", "queue.PaddingFIFOQueue", "io.PaddingFIFOQueue")
class PaddingFIFOQueue(QueueBase):
    """A :class:`FIFOQueue` of elements of different sizes: a batch is padded with zeros, or empty strings.

    Args:
      capacity: how many elements fit; any number when negative.
      dtypes: see :class:`FIFOQueue`.
      shapes: a list of shapes, of known rank; what differs is None.
      names, shared_name, name: see :class:`FIFOQueue`.

    Raises:
      ValueError: as :class:`FIFOQueue`, and when shapes are missing.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        types = type_list(dtypes)
        sizes = shape_list(shapes, partial=True)
        labels = _name_list(names, types)
        assert sizes is not None
        if len(types) != len(sizes):
            raise ValueError(
                f"Shapes must be provided for all components, but received {len(types)} dtypes and {len(sizes)} shapes."
            )
        handle = make_op(
            "PaddingFIFOQueueV2",
            component_types=types,
            shapes=sizes,
            capacity=capacity,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(types, sizes, labels, handle)


@export("PriorityQueue", "queue.PriorityQueue", "io.PriorityQueue")
class PriorityQueue(QueueBase):
    """A queue that hands out the element with the lowest priority first.

    The priority, an int64 scalar, is the first component of an element; the others follow.

    Args:
      capacity: how many elements fit; any number when negative.
      types: the type, or list of types, of the components after the priority.
      shapes: their shapes, fully known.
      names: names of all components.
      shared_name, name: see :class:`FIFOQueue`.

    Raises:
      ValueError: as :class:`FIFOQueue`.
      TypeError: `shapes` is None.
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        others = type_list(types)
        sizes = shape_list(shapes)
        if sizes is None:
            raise TypeError("Expected list for 'shapes' argument to 'priority_queue_v2' Op, not None.")
        handle = make_op(
            "PriorityQueueV2",
            component_types=others,
            shapes=sizes,
            capacity=capacity,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__([dtype_lib.int64, *others], [TensorShape([]), *sizes] if sizes else sizes, names, handle)
