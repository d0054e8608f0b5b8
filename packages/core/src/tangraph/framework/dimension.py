"""One dimension of a static shape: a size, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangraph.export import export


@export("Dimension")
class Dimension:
    """The size of one dimension of a tensor, or None when it is not known while the graph is built.

    Arithmetic and comparisons with an unknown dimension give an unknown dimension and None respectively.

    Attributes:
      value: the size as an int, or None.

    >>> Dimension(3) + 1, Dimension(None) * 2, Dimension(3) == 3
    (Dimension(4), Dimension(None), True)
    """

    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]

    value: int | None

    def __init__(self, value: Any) -> None:
        """Makes a dimension of an int, a Dimension, a string of digits, or None.

        Raises:
          ValueError: ``value`` is negative, or no whole number.
          TypeError: ``value`` is no number at all.
        """
        self.value = size_of(value)

    def is_compatible_with(self, other: Any) -> bool:
        """Returns whether both are equal or one of them is unknown."""
        size = size_of(other)
        return self.value == size or self.value is None or size is None

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless the two are equal or one of them is unknown."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        """Returns the dimension that is known of the two.

        Raises:
          ValueError: both are known and differ.
        """
        other = as_dimension(other)
        self.assert_is_compatible_with(other)
        return Dimension(other.value if self.value is None else self.value)

    def __index__(self) -> int:
        return self.value  # type: ignore[return-value]

    __int__ = __long__ = __index__

    def __eq__(self, other: object) -> bool | None:  # type: ignore[override]
        try:
            size = size_of(other)
        except (TypeError, ValueError):
            return NotImplemented
        return None if self.value is None or size is None else self.value == size

    def __ne__(self, other: object) -> bool | None:  # type: ignore[override]
        try:
            size = size_of(other)
        except (TypeError, ValueError):
            return NotImplemented
        return None if self.value is None or size is None else self.value != size

    def __lt__(self, other: Any) -> bool | None:
        size = size_of(other)
        return None if self.value is None or size is None else self.value < size

    def __le__(self, other: Any) -> bool | None:
        size = size_of(other)
        return None if self.value is None or size is None else self.value <= size

    def __gt__(self, other: Any) -> bool | None:
        size = size_of(other)
        return None if self.value is None or size is None else self.value > size

    def __ge__(self, other: Any) -> bool | None:
        size = size_of(other)
        return None if self.value is None or size is None else self.value >= size

    def _combine(self, other: Any, compute: Callable[[int, int], int]) -> Dimension:
        try:
            size = size_of(other)
        except (TypeError, ValueError):
            return NotImplemented  # type: ignore[no-any-return]
        return Dimension(None if self.value is None or size is None else compute(self.value, size))

    def __add__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: a * b)

    def __rmul__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: b * a)

    def __floordiv__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: b // a)

    def __mod__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: a % b)

    def __rmod__(self, other: Any) -> Dimension:
        return self._combine(other, lambda a, b: b % a)

    # Python 2's division, which some programs still call by name.
    __div__ = __floordiv__
    __rdiv__ = __rfloordiv__

    def __truediv__(self, other: Any) -> Dimension:
        raise TypeError(
            f"unsupported operand type(s) for /: 'Dimension' and '{type(other).__name__}', please use // instead"
        )

    def __rtruediv__(self, other: Any) -> Dimension:
        raise TypeError(
            f"unsupported operand type(s) for /: '{type(other).__name__}' and 'Dimension', please use // instead"
        )

    def __repr__(self) -> str:
        return f"Dimension({self.value})"

    def __str__(self) -> str:
        return "?" if self.value is None else str(self.value)

    def __reduce__(self) -> tuple[Any, ...]:
        return Dimension, (self.value,)


def size_of(value: Any) -> int | None:
    """Returns the size that ``value`` stands for, as :class:`Dimension` reads it: an int, or None."""
    if value is None:
        return None
    if type(value) is int:
        size = value
    elif isinstance(value, Dimension):
        return value.value
    else:
        size = int(value)
        if not isinstance(value, (str, bytes)) and size != value:
            raise ValueError(f"Ambiguous dimension: {value}")
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


def as_dimension(value: Any) -> Dimension:
    """Returns ``value`` as a Dimension (itself if it is one)."""
    return value if isinstance(value, Dimension) else Dimension(value)


@export("dimension_value", "compat.dimension_value")
def dimension_value(dimension: Any) -> Any:
    """Returns the size of a Dimension (an int or None); anything else is returned as it is.

    >>> dimension_value(Dimension(3)), dimension_value(None)
    (3, None)
    """
    return dimension.value if isinstance(dimension, Dimension) else dimension
