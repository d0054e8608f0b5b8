"""StagingArea and MapStagingArea: what one step prepares for a later one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tangraph.framework import stacks
from tangraph.framework.dtypes import as_dtype
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.identity import identity, no_op
from tangraph.plugin import export, make_op


class BaseStagingArea:
    """What the two kinds of staging areas share.

    Args:
      dtypes: the types of an element's components.
      shapes: their shapes, or None.
      names: their names, or None; with them, elements are dictionaries.
      shared_name: a name under which operations of the session share the area.
      capacity: how many elements fit; any number when 0.
      memory_limit: how many bytes fit; any number when 0.

    Raises:
      ValueError: `shapes` or `names` is not as long as `dtypes`, or `shared_name` is no string.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Any = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        if shared_name is None:
            self._name = stacks.get_default_graph().unique_name(type(self).__name__)
        elif isinstance(shared_name, str):
            self._name = shared_name
        else:
            raise ValueError("shared_name must be a string")
        self._dtypes = [as_dtype(d) for d in dtypes]
        if shapes is not None and len(shapes) != len(self._dtypes):
            raise ValueError("StagingArea shapes must be the same length as dtypes")
        self._shapes = [TensorShape(s) for s in (shapes if shapes is not None else [None] * len(self._dtypes))]
        if names is not None and len(names) != len(self._dtypes):
            raise ValueError("StagingArea names must be the same length as dtypes")
        self._names = None if names is None else list(names)
        self._capacity = capacity
        self._memory_limit = memory_limit
        with name_scope(f"{self._name}_root"):
            self._coloc_op = no_op()

    @property
    def name(self) -> str:
        """The name of the area."""
        return self._name

    @property
    def dtypes(self) -> list[Any]:
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

    @property
    def capacity(self) -> int:
        """How many elements fit; any number when 0."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """How many bytes fit; any number when 0."""
        return self._memory_limit

    def _attrs(self) -> dict[str, Any]:
        return {"capacity": self._capacity, "memory_limit": self._memory_limit, "shared_name": self._name}

    def _to_tensors(self, vals: Any, indices: Any) -> tuple[list[Tensor], list[int]]:
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Staging areas must have names to enqueue a dictionary")
            if not set(vals) <= set(self._names):
                raise ValueError(
                    f"Keys in dictionary to put do not match names of staging area. Dictionary: ({sorted(vals)}), "
                    f"Queue: ({sorted(self._names)})"
                )
            indices = [i for i, name in enumerate(self._names) if name in vals]
            vals = [vals[self._names[i]] for i in indices]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a staging area with names")
        elif indices is None:
            raise ValueError("Indices must be supplied when inserting a list of tensors")
        elif len(indices) != len(vals):
            raise ValueError(f"Number of indices '{len(indices)}' doesn't match number of values '{len(vals)}'")
        if len(vals) > len(self._dtypes):
            raise ValueError(f"Unexpected number of inputs '{len(vals)}' vs '{len(self._dtypes)}'")
        tensors = []
        for value, index in zip(vals, indices, strict=True):
            dtype = self._dtypes[index]
            if value.dtype != dtype:
                raise ValueError(f"Datatypes do not match. '{value.dtype}' != '{dtype}'")
            value.shape.assert_is_compatible_with(self._shapes[index])
            tensors.append(convert_to_tensor(value, dtype=dtype, name=f"component_{index}"))
        return tensors, list(indices)

    def _moved(self, tensors: Any) -> list[Tensor]:
        """Returns tensors on the present device, which may differ from that of the area."""
        listed = list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
        if no_op().device != self._coloc_op.device:
            return [identity(t) for t in listed]
        return listed

    def _result(self, tensors: Any, indices: Sequence[int]) -> Any:
        listed = self._moved(tensors)
        for tensor, index in zip(listed, indices, strict=True):
            tensor.set_shape(self._shapes[index])
        if self._names:
            return {self._names[i]: t for t, i in zip(listed, indices, strict=True)}
        return listed


def _listed(vals: Any) -> list[Any]:
    if isinstance(vals, dict):
        return list(vals.values())
    return list(vals) if isinstance(vals, (list, tuple)) else [vals]


@export("contrib.staging.StagingArea")
class StagingArea(BaseStagingArea):
    """Holds elements that one run puts in and another takes out, in their order.

    With `put` of the next batch and `get` of the one before in one run, the batch is ready when the step begins.

    Args:
      dtypes, shapes, names, shared_name, capacity, memory_limit: see :class:`BaseStagingArea`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     area = tf.contrib.staging.StagingArea([tf.float32])
    ...     put, (got,) = area.put([tf.constant(1.5)]), area.get()
    ...     sess.run(put)
    ...     float(sess.run(got))
    1.5
    """

    def put(self, values: Any, name: str | None = None) -> Operation:
        """Returns the operation that adds an element; it waits until the element fits.

        Args:
          values: a tensor, or a list, tuple or dictionary of them.
          name: the operation's name.

        Raises:
          ValueError: they do not fit the area's names, types or shapes.

        In a run it raises ResourceExhaustedError for an element that is larger than `memory_limit`.
        """
        with name_scope(name, f"{self._name}_put", _listed(values)) as scope:
            if not isinstance(values, (list, tuple, dict)):
                values = [values]
            tensors, _ = self._to_tensors(values, list(range(len(values))))
            with colocate_with(self._coloc_op):
                operation: Operation = make_op("Stage", tensors, name=scope, **self._attrs())
        return operation

    def get(self, name: str | None = None) -> Any:
        """Returns the tensors of the oldest element, which leaves the area; waits until there is one.

        Returns:
          A list, or a dictionary when the area has names.
        """
        with colocate_with(self._coloc_op):
            tensors = make_op("Unstage", dtypes=self._dtypes, name=name or f"{self._name}_get", **self._attrs())
        return self._result(tensors, range(len(self._dtypes)))

    def peek(self, index: Any, name: str | None = None) -> Any:
        """Returns the tensors of an element, which stays; waits until there are so many.

        Args:
          index: an int32 scalar; 0 is the oldest.
          name: the operation's name.
        """
        with colocate_with(self._coloc_op):
            tensors = make_op(
                "StagePeek", index, dtypes=self._dtypes, name=name or f"{self._name}_peek", **self._attrs()
            )
        return self._result(tensors, range(len(self._dtypes)))

    def size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: the number of elements."""
        result: Tensor = make_op("StageSize", dtypes=self._dtypes, name=name or f"{self._name}_size", **self._attrs())
        return result

    def clear(self, name: str | None = None) -> Operation:
        """Returns the operation that forgets all elements."""
        operation: Operation = make_op(
            "StageClear", dtypes=self._dtypes, name=name or f"{self._name}_clear", **self._attrs()
        )
        return operation


class MapStagingArea(BaseStagingArea):
    """Holds elements by keys; the components of an element may come, and go, one by one.

    Args:
      dtypes, shapes, names, shared_name: see :class:`BaseStagingArea`.
      ordered: whether `get` without a key takes the element of the least key.
      capacity, memory_limit: see :class:`BaseStagingArea`.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Any = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        ordered: bool = False,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        super().__init__(dtypes, shapes, names, shared_name, capacity, memory_limit)
        self._ordered = ordered
        self._prefix = "OrderedMap" if ordered else "Map"

    def put(self, key: Any, vals: Any, indices: Any = None, name: str | None = None) -> Operation:
        """Returns the operation that adds components of an element; it waits until they fit.

        Args:
          key: an int64 scalar.
          vals: a list of tensors, or a dictionary when the area has names.
          indices: which components a list holds.
          name: the operation's name.

        Raises:
          ValueError: they do not fit the area's names, types or shapes.
        """
        with name_scope(name, f"{self._name}_put", _listed(vals)) as scope:
            tensors, places = self._to_tensors(vals, indices)
            with colocate_with(self._coloc_op):
                operation: Operation = make_op(
                    f"{self._prefix}Stage", key, places, tensors, dtypes=self._dtypes, name=scope, **self._attrs()
                )
        return operation

    def _places(self, indices: Any) -> tuple[list[int], list[Any]]:
        """Returns which components are meant, and their types."""
        if indices is None:
            indices = list(range(len(self._dtypes)))
        if not isinstance(indices, (tuple, list)):
            raise TypeError(f"Invalid indices type '{type(indices)}'")
        if not indices:
            raise ValueError("Empty indices")
        if all(isinstance(i, str) for i in indices):
            if self._names is None:
                raise ValueError(
                    f"String indices provided '{indices}', but this Staging Area was not created with names."
                )
            missing = [n for n in indices if n not in self._names]
            if missing:
                raise ValueError(f"Named index '{missing[0]}' not in Staging Area names '{self._names}'")
            indices = [self._names.index(n) for n in indices]
        elif not all(isinstance(i, int) for i in indices):
            raise TypeError(f"Mixed types in indices '{indices}'. May only be str or int")
        return list(indices), [self._dtypes[i] for i in indices]

    def _fetch(self, op: str, inputs: Sequence[Any], indices: Any, name: str) -> tuple[Any, list[int]]:
        places, types = self._places(indices)
        with colocate_with(self._coloc_op):
            return make_op(f"{self._prefix}{op}", *inputs, places, dtypes=types, name=name, **self._attrs()), places

    def peek(self, key: Any, indices: Any = None, name: str | None = None) -> Any:
        """Returns the tensors of the element of a key, which stay; waits until it is complete.

        Args:
          key: an int64 scalar.
          indices: numbers or names of components; all when None.
          name: the operation's name.
        """
        return self._result(*self._fetch("Peek", [key], indices, name or f"{self._name}_pop"))

    def get(self, key: Any = None, indices: Any = None, name: str | None = None) -> tuple[Any, Any]:
        """Returns the key and the tensors of an element, which leave the area; waits until it is complete.

        Args:
          key: an int64 scalar; any element when None.
          indices: numbers or names of components; all when None.
          name: the operation's name.
        """
        if key is not None:
            return key, self._result(*self._fetch("Unstage", [key], indices, name or f"{self._name}_get"))
        (found, tensors), places = self._fetch("UnstageNoKey", [], indices, name or f"{self._name}_get_nokey")
        found = self._moved(found)[0]
        return found, self._result(tensors, places)

    def _ask(self, op: str, name: str) -> Any:
        return make_op(f"{self._prefix}{op}", dtypes=self._dtypes, name=name, **self._attrs())

    def size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: the number of complete elements."""
        result: Tensor = self._ask("Size", name or f"{self._name}_size")
        return result

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: the number of elements that are not complete."""
        result: Tensor = self._ask("IncompleteSize", name or f"{self._name}_incomplete_size")
        return result

    def clear(self, name: str | None = None) -> Operation:
        """Returns the operation that forgets all elements."""
        operation: Operation = self._ask("Clear", name or f"{self._name}_clear")
        return operation
