"""ConditionalAccumulator and SparseConditionalAccumulator: gradients that are averaged until enough are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.framework import dtypes
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.math.cast import cast
from tangraph.plugin import export, make_op

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def _step(value: Any) -> Tensor:
    step: Tensor = cast(convert_to_tensor(value), dtypes.int64)
    return step


@export("ConditionalAccumulatorBase")
class ConditionalAccumulatorBase:
    """What the two accumulators share.

    An accumulator counts steps: each :meth:`take_grad` of its kinds is one. Gradients of a step that is over are dropped.

    Args:
      dtype: the gradients' type.
      shape: their shape, as far as it is known.
      accumulator_ref: the tensor that holds the handle.
    """

    def __init__(self, dtype: Any, shape: Any, accumulator_ref: Tensor) -> None:
        self._dtype: DType = dtypes.as_dtype(dtype)
        self._shape = TensorShape(shape)
        self._accumulator_ref = accumulator_ref
        self._name = accumulator_ref.op.name.split("/")[-1]
        self._prefix = "Resource" if accumulator_ref.dtype is dtypes.resource else ""

    @property
    def accumulator_ref(self) -> Tensor:
        """The tensor that holds the handle."""
        return self._accumulator_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the accumulator, without its scopes."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The gradients' type."""
        return self._dtype

    def num_accumulated(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: how many gradients were added since the last were taken."""
        op, name = f"{self._prefix}AccumulatorNumAccumulated", name or f"{self._name}_NumAccumulated"
        result: Tensor = make_op(op, self._accumulator_ref, name=name)
        return result

    def set_global_step(self, new_global_step: Any, name: str | None = None) -> Operation:
        """Returns the operation that sets the accumulator's step, so that older gradients are dropped.

        Args:
          new_global_step: an integer scalar; a step that is smaller than the present one is ignored.
          name: the operation's name.
        """
        op = f"{self._prefix}AccumulatorSetGlobalStep"
        operation: Operation = make_op(op, self._accumulator_ref, _step(new_global_step), name=name)
        return operation


@export("ConditionalAccumulator")
class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Averages gradients, and hands the average out when there are enough.

    Args:
      dtype: the gradients' type: half, float or double.
      shape: their shape, as far as it is known.
      shared_name: a name under which operations of the session share the accumulator.
      name: the operation's name.
      reduction_type: "MEAN" or "SUM".

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     accumulator = tf.ConditionalAccumulator(tf.float32, shape=[])
    ...     sess.run(accumulator.apply_grad(1.0))
    ...     sess.run(accumulator.apply_grad(2.0))
    ...     float(sess.run(accumulator.take_grad(2)))
    1.5
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        handle = make_op(
            "ResourceConditionalAccumulator",
            dtype=dtype,
            shape=shape,
            shared_name=shared_name or "",
            reduction_type=reduction_type,
            name=name,
        )
        super().__init__(dtype, shape, handle)

    def apply_grad(self, grad: Any, local_step: Any = 0, name: str | None = None) -> Operation:
        """Returns the operation that adds a gradient; one of a step that is over is dropped.

        Args:
          grad: a tensor of the accumulator's type and shape.
          local_step: the step for which it was computed, an integer scalar.
          name: the operation's name.

        Raises:
          ValueError: the gradient has the wrong type or shape.
        """
        grad = convert_to_tensor(grad, self._dtype)
        grad.shape.assert_is_compatible_with(self._shape)
        step = _step(local_step)
        operation: Operation = make_op("ResourceAccumulatorApplyGradient", self._accumulator_ref, step, grad, name=name)
        return operation

    def take_grad(self, num_required: Any, name: str | None = None) -> Tensor:
        """Returns the average of the gradients, which starts the next step; waits until `num_required` were added.

        Args:
          num_required: an int32 scalar.
          name: the operation's name.

        In a run it raises InvalidArgumentError when `num_required` is less than 1.
        """
        result: Tensor = make_op(
            "ResourceAccumulatorTakeGradient", self._accumulator_ref, num_required, dtype=self._dtype, name=name
        )
        result.set_shape(self._shape)
        return result


class SparseAccumulatorTakeGradient(NamedTuple):
    """The average of sparse gradients."""

    indices: Any
    values: Any
    shape: Any


@export("SparseConditionalAccumulator", "sparse.SparseConditionalAccumulator")
class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Averages gradients that are given by some of their rows; each row by itself.

    Args:
      dtype: the gradients' type: half, float or double.
      shape: the shape of the whole, as far as it is known.
      shared_name: a name under which operations of the session share the accumulator.
      name: the operation's name.
      reduction_type: "MEAN" or "SUM".
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "sparse_conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        handle = make_op(
            "SparseConditionalAccumulator",
            dtype=dtype,
            shape=shape,
            shared_name=shared_name or "",
            reduction_type=reduction_type,
            name=name,
        )
        super().__init__(dtype, shape, handle)

    def apply_indexed_slices_grad(self, grad: Any, local_step: Any = 0, name: str | None = None) -> Operation:
        """Returns the operation that adds an IndexedSlices; see :meth:`apply_grad`."""
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(
        self,
        grad_indices: Any,
        grad_values: Any,
        grad_shape: Any = None,
        local_step: Any = 0,
        name: str | None = None,
    ) -> Operation:
        """Returns the operation that adds rows of a gradient; those of a step that is over are dropped.

        Args:
          grad_indices: integers, shape ``[n]``: which rows.
          grad_values: shape ``[n, ...]``: the rows.
          grad_shape: the shape of the whole, or None.
          local_step: the step for which it was computed, an integer scalar.
          name: the operation's name.
        """
        step = _step(local_step)
        indices = cast(grad_indices, dtypes.int64)
        whole = cast([] if grad_shape is None else grad_shape, dtypes.int64)
        operation: Operation = make_op(
            "SparseAccumulatorApplyGradient",
            self._accumulator_ref,
            step,
            indices,
            grad_values,
            whole,
            has_known_shape=grad_shape is not None,
            name=name,
        )
        return operation

    def take_grad(self, num_required: Any, name: str | None = None) -> SparseAccumulatorTakeGradient:
        """Returns the rows' averages (indices, values, shape); waits until `num_required` gradients were added."""
        return SparseAccumulatorTakeGradient(
            *make_op("SparseAccumulatorTakeGradient", self._accumulator_ref, num_required, dtype=self._dtype, name=name)
        )

    def take_indexed_slices_grad(self, num_required: Any, name: str | None = None) -> IndexedSlices:
        """Returns the rows' averages as an IndexedSlices; see :meth:`take_grad`."""
        taken = self.take_grad(num_required, name)
        return IndexedSlices(indices=taken.indices, values=taken.values, dense_shape=taken.shape)
