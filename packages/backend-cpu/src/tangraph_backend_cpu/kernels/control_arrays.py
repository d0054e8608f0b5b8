"""The values of TensorArray handles: Python objects that live as long as one run."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.framework.dtypes import cpp_name

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw

_numbers = itertools.count()
_EMPTY: Final = object()
_CLEARED: Final = object()


def invalid(text: str) -> errors.InvalidArgumentError:
    """Returns an error; the plan adds the node."""
    return errors.InvalidArgumentError(None, None, text)


class Elements:
    """The elements of one TensorArray.

    Attributes:
      name: for errors.
      dtype: the element type.
      shape: the raw shape of the elements, as far as it is known.
      dynamic, clear, identical: the attrs of the node.
      is_grad: whether several writes to one place are added up.
      items: the elements.
    """

    __slots__ = (
        "clear",
        "closed",
        "dtype",
        "dynamic",
        "grads",
        "identical",
        "is_grad",
        "items",
        "name",
        "owned",
        "read",
        "shape",
        "shapes",
        "xp",
    )

    def __init__(
        self,
        name: str,
        dtype: DType,
        size: int,
        shape: Raw,
        *,
        dynamic: bool,
        clear: bool,
        identical: bool,
        is_grad: bool = False,
        xp: Any = np,
    ) -> None:
        self.name = f"{name}_{next(_numbers)}" if not is_grad else name
        self.dtype = dtype
        self.shape = shape
        self.dynamic = dynamic
        self.clear = clear
        self.identical = identical
        self.is_grad = is_grad
        self.xp = xp  # makes the elements that nobody wrote
        self.items: list[Any] = [_EMPTY] * size
        # What was there when the array of gradients was made: an element without a gradient has zeros of that shape.
        self.shapes: list[Raw] | None = None
        self.grads: dict[str, Elements] = {}
        self.owned: set[int] = set()
        self.read: set[int] = set()
        self.closed = False

    # -- writing -----------------------------------------------------------------------------------------------------

    def write(self, index: int, value: Any) -> None:
        """Writes an element.

        Raises:
          InvalidArgumentError: the index is out of range, or the place or the shape do not allow it.
        """
        index, items = int(index), self.items
        if not 0 <= index < len(items):
            self._grow(index)
            items = self.items
        if items[index] is _EMPTY:
            shape, shapes = value.shape, self.shapes
            if shape != (self.shape if shapes is None or index >= len(shapes) else shapes[index]):
                self._check_shape(index, shape)
            items[index] = value
        else:
            self._write_again(index, value)

    def _grow(self, index: int) -> None:
        self.check_open()
        if index < 0 or not self.dynamic:
            raise invalid(
                f"TensorArray {self.name}: Tried to write to index {index} but array is not resizeable and size is: "
                f"{len(self.items)}"
            )
        self.items.extend([_EMPTY] * (index + 1 - len(self.items)))

    def _check_shape(self, index: int, shape: tuple[int, ...]) -> None:
        wanted: Raw = self.shape
        if self.shapes is not None and index < len(self.shapes) and self.shapes[index] is not None:
            # The plan relies on gradients having the shapes of their elements.
            wanted = self.shapes[index]
        if not raw_shape.compatible(wanted, shape):
            raise invalid(
                f"TensorArray {self.name}: Could not write to TensorArray index {index} because the value shape is "
                f"{raw_shape.to_str(shape)} which is incompatible with the TensorArray's inferred element shape: "
                f"{raw_shape.to_str(wanted)} (consider setting infer_shape=False)."
            )
        if self.identical:
            self.shape = shape

    def _write_again(self, index: int, value: Any) -> None:
        """Adds to a gradient that is there; nothing else may be written twice."""
        self.check_open()
        old = self.items[index]
        if old is _CLEARED or index in self.read:
            raise invalid(
                f"TensorArray {self.name}: Could not write to TensorArray index {index} because it has already been read."
            )
        if not self.is_grad:
            raise invalid(
                f"TensorArray {self.name}: Could not write to TensorArray index {index} because it has already been "
                "written to."
            )
        if old.shape != value.shape:
            raise invalid(
                f"TensorArray {self.name}: Could not aggregate to TensorArray index {index} because the existing shape is "
                f"{raw_shape.to_str(old.shape)} but the new input shape is {raw_shape.to_str(value.shape)}."
            )
        if index in self.owned:
            old += value
        else:
            self.items[index] = old + value
            if value.shape:
                self.owned.add(index)

    def write_all(self, values: Any) -> bool:
        """Writes the rows of an array to all places at once; says whether that could be done."""
        items = self.items
        shape = values.shape[1:]
        if len(items) != len(values) or any(item is not _EMPTY for item in items):
            return False
        if self.shapes is None:
            if shape != self.shape and items:
                self._check_shape(0, shape)  # what holds for one row holds for all
        else:
            for index, known in enumerate(self.shapes[: len(items)]):
                if known != shape:
                    self._check_shape(index, shape)
            if len(items) > len(self.shapes) and shape != self.shape:
                self._check_shape(len(self.shapes), shape)
        self.items = list(values)
        return True

    # -- reading -----------------------------------------------------------------------------------------------------

    def take(self, index: int) -> Any:
        """Returns an element; frees its place where the array is cleared after reading.

        Raises:
          InvalidArgumentError: the index is out of range, or there is nothing and no shape to make zeros of.
        """
        index, items = int(index), self.items
        if not 0 <= index < len(items):
            self.check_open()
            raise invalid(f"Tried to read from index {index} but array size is: {len(items)}")
        value = items[index]
        if value is _EMPTY:
            value = items[index] = self._zeros(index)
        elif value is _CLEARED:
            raise invalid(
                f"TensorArray {self.name}: Could not read index {index} twice because it was cleared after a previous "
                "read (perhaps try setting clear_after_read = false?)."
            )
        if self.clear:
            items[index] = _CLEARED
        else:
            self.read.add(index)
        return value

    def take_all(self) -> list[Any] | None:
        """Returns all elements, as `take` does one after the other; None where one is missing."""
        items = self.items
        for item in items:
            if item is _EMPTY or item is _CLEARED:
                return None
        if self.clear:
            self.items = [_CLEARED] * len(items)
        else:
            self.read.update(range(len(items)))
        return items

    def _zeros(self, index: int) -> Any:
        shape: Any = self.shape
        if self.shapes is not None and index < len(self.shapes) and self.shapes[index] is not None:
            shape = self.shapes[index]
        if not raw_shape.is_fully_defined(shape):
            text = "<unknown>" if shape is None else raw_shape.to_str(shape)
            raise invalid(
                f"TensorArray {self.name}: Could not read from TensorArray index {index}.  Furthermore, the element shape "
                f"is not fully defined: {text}.  It is possible you are working with a resizeable TensorArray and "
                "stop_gradients is not allowing the gradients to be written.  If you set the full element_shape property "
                "on the forward TensorArray, the proper all-zeros tensor will be returned instead of incurring this "
                "error."
            )
        if self.dtype.name == "string":
            array: Any = np.empty(shape, object)
            array[...] = b""
            return array
        return self.xp.zeros(shape, self.dtype.np)[()]

    # -- the whole ---------------------------------------------------------------------------------------------------

    def merge_shape(self, shape: Raw) -> None:
        """Adds what a reader knows of the elements' shape."""
        if shape is not None and self.shape != shape:
            if not raw_shape.compatible(self.shape, shape):
                raise invalid(
                    f"TensorArray {self.name}: Incompatible shapes during merge: {raw_shape.to_str(self.shape)} vs. "
                    f"{raw_shape.to_str(shape)}"
                )
            self.shape = raw_shape.merge(self.shape, shape)

    def gradient(self, source: str) -> Elements:
        """Returns the array of gradients for one call of `tf.gradients`, made on first use."""
        self.check_open()
        found = self.grads.get(source)
        if found is None:
            found = Elements(
                f"{self.name}@{source}",
                self.dtype,
                len(self.items),
                self.shape,
                dynamic=False,
                clear=True,
                identical=self.identical,
                is_grad=True,
                xp=self.xp,
            )
            found.shapes = [getattr(item, "shape", None) for item in self.items]
            self.grads[source] = found
            # From now on the two have to stay of one size.
            self.dynamic = False
        return found

    def check_open(self) -> None:
        """Raises InvalidArgumentError after `close`."""
        if self.closed:
            raise invalid(f"TensorArray {self.name} has already been closed.")

    def close(self) -> None:
        """Lets go of the elements."""
        self.closed = True
        self.items = []
        self.grads = {}

    def check_dtype(self, dtype: DType, doing: str) -> None:
        """Raises InvalidArgumentError when an operation works with another type."""
        if dtype is not self.dtype:
            raise invalid(f"TensorArray dtype is {cpp_name(self.dtype)} but Op {doing} dtype {cpp_name(dtype)}.")
