"""The Tensor: a symbolic handle on one output of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from tangraph.export import export
from tangraph.framework import errors, raw_shape
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw

#: The operators that `tangraph.ops.operators` puts on Tensor and on variables.
OVERLOADABLE_OPERATORS: Final = [
    "__add__",
    "__radd__",
    "__sub__",
    "__rsub__",
    "__mul__",
    "__rmul__",
    "__div__",
    "__rdiv__",
    "__truediv__",
    "__rtruediv__",
    "__floordiv__",
    "__rfloordiv__",
    "__mod__",
    "__rmod__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__and__",
    "__rand__",
    "__or__",
    "__ror__",
    "__xor__",
    "__rxor__",
    "__getitem__",
    "__pow__",
    "__rpow__",
    "__invert__",
    "__neg__",
    "__abs__",
    "__matmul__",
    "__rmatmul__",
]


@export("Tensor")
class Tensor:
    """One output of an :class:`Operation`; its value exists only while a session runs.

    Attributes:
      op: the operation that produces it.
      value_index: which of the operation's outputs it is.
      dtype: its element type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.constant([1.0, 2.0], name="a")
    <tf.Tensor 'a:0' shape=(2,) dtype=float32>
    """

    __slots__ = ("__dict__", "__weakref__", "_shape", "dtype", "op", "raw_shape", "value_index")

    OVERLOADABLE_OPERATORS: Final = frozenset(OVERLOADABLE_OPERATORS)
    # NumPy leaves `array + tensor` to the tensor.
    __array_priority__: Final = 100

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: Raw = None) -> None:
        self.op = op
        self.value_index = value_index
        self.dtype = dtype
        self.raw_shape: Raw = shape
        self._shape: TensorShape | None = None

    @property
    def name(self) -> str:
        """``"<operation name>:<output index>"``."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def graph(self) -> Graph:
        """The graph that holds the tensor."""
        return self.op.graph

    @property
    def device(self) -> str:
        """The device string of the operation that produces the tensor."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """The static shape, as far as it is known; the same object until more is known."""
        if self._shape is None or self._shape.raw != self.raw_shape:
            self._shape = TensorShape.from_raw(self.raw_shape)
        return self._shape

    def get_shape(self) -> TensorShape:
        """Returns the static shape, as far as it is known."""
        return self.shape

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self.raw_shape is None else list(self.raw_shape)

    @property
    def _rank(self) -> int | None:
        return None if self.raw_shape is None else len(self.raw_shape)

    def set_shape(self, shape: Any) -> None:
        """Merges what the caller knows into the static shape.

        Args:
          shape: a TensorShape, or what converts to one.

        Raises:
          ValueError: the shape contradicts what is known.
        """
        self.raw_shape = raw_shape.merge(self.raw_shape, raw_shape.from_value(shape))

    def consumers(self) -> list[Operation]:
        """Returns the operations that take this tensor, in the order of their creation."""
        return self.op.graph._consumers(self)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Runs the graph for this tensor's value.

        Args:
          feed_dict: values for tensors, as `Session.run` takes them.
          session: the session to run in; the default session when None.

        Returns:
          A NumPy array (a NumPy scalar for rank 0).

        Raises:
          ValueError: there is no default session, or it runs another graph.
        """
        from tangraph.client.session import eval_in_session

        return eval_in_session(self, feed_dict, session)

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        shape = f", shape={self.shape}" if self.raw_shape is not None else ""
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    if TYPE_CHECKING:
        # `tangraph.ops.operators` sets these; written out for type checkers.
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __rand__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __ror__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __rxor__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __getitem__(self, key: Any) -> Tensor: ...

    def __copy__(self) -> Tensor:
        return self

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) Please call `x.shape` rather than `len(x)` for "
            "shape information."
        )

    def __bool__(self) -> NoReturn:  # noqa: PLE0304  it never returns
        _disallow("using a `tf.Tensor` as a Python `bool`")

    __nonzero__ = __bool__

    def __iter__(self) -> NoReturn:
        _disallow("iterating over `tf.Tensor`")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array.")


def _disallow(task: str) -> NoReturn:
    raise errors.OperatorNotAllowedInGraphError(
        f"{task} is not allowed in Graph execution. Use Eager execution or decorate this function with @tf.function."
    )


def _lazy_operator(name: str) -> Callable[..., Any]:
    def operator(*args: Any) -> Any:
        import tangraph.ops.operators  # noqa: F401  replaces every one of these methods

        return getattr(Tensor, name)(*args)

    operator.__name__ = name
    return operator


for _name in OVERLOADABLE_OPERATORS:
    setattr(Tensor, _name, _lazy_operator(_name))
