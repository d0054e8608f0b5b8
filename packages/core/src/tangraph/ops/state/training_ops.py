"""The ops that optimizers end in: each updates a variable and its slots in place by one formula.

A family of them is one line of the table at the end: the buffers, then the values, in TensorFlow's order. From it come
the op on references (`ApplyAdam`), on handles (`ResourceApplyAdam`), and, where there are such, the ones that update the
rows named by `indices` (`SparseApplyFtrl`, `ResourceSparseApplyFtrl`). The formulas stand with the kernels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
_GRADIENTS: Final = frozenset({"grad", "delta"})


def _update_shape(buffers: int, values: Sequence[str], on_references: bool) -> Callable[[ShapeContext], Any]:
    """Returns the shape function of one op: equal buffers, scalars, and a gradient that fits them.

    Args:
      buffers: how many inputs are buffers, the variable first.
      values: the names of the other inputs.
      on_references: whether the buffers are references, and not handles.
    """
    sparse = "indices" in values

    def shape(c: ShapeContext) -> Any:
        variable: Raw = None
        for index in range(buffers):
            variable = raw_shape.merge(variable, c.shapes[index] if on_references else _shape_behind(c, index))
        for index, value in enumerate(values, buffers):
            if value in _GRADIENTS:
                gradient = c.shapes[index]
                if sparse:
                    gradient = _rows_of(gradient, c.shapes[index + 1])
                variable = raw_shape.merge(variable, gradient)
            elif value != "indices":
                raw_shape.with_rank(c.shapes[index], 0)
        return variable if on_references else []

    return shape


def _shape_behind(c: ShapeContext, index: int) -> Raw:
    handle = c.handle(index)
    return None if handle is None else handle[1]


def _rows_of(gradient: Raw, indices: Raw) -> Raw:
    """Returns the shape of what a sparse gradient is a gradient of: as many rows as there may be."""
    count = raw_shape.with_rank(indices, 1)[0]
    rows = raw_shape.with_rank_at_least(gradient, 1)
    if rows is None:
        return None
    raw_shape.merge_dim(count, rows[0])
    return (None, *rows[1:])


def _define(name: str, buffers: str, values: str, *, attrs: Sequence[str] = (), forms: str = "ref sparse") -> None:
    """Adds the ops of one family.

    Args:
      name: "Adam" for ApplyAdam and the others.
      buffers: names of the inputs that are updated.
      values: names of the other inputs.
      attrs: attrs beside the types and `use_locking`.
      forms: "ref" for ops on references beside those on handles, "sparse" for ops on rows.
    """
    names, dense = buffers.split(), values.split()
    # Where the dense gradient is called `delta`, the sparse one is `grad` as everywhere else.
    rows = [word for v in dense for word in (("grad", "indices") if v in _GRADIENTS else (v,))]
    for sparse in (False, True) if "sparse" in forms else (False,):
        arguments = rows if sparse else dense
        types = {"global_step": "int64", "indices": "Tindices"}
        inputs = [f"{v}: {types.get(v, 'T')}" for v in arguments]
        all_attrs = ["T: numbertype", "use_locking: bool = false", *attrs]
        if sparse:
            all_attrs.insert(1, "Tindices: {int32, int64}")
        op_type = f"{'Sparse' if sparse else ''}Apply{name}"
        if "ref" in forms:
            ops.define(
                op_type,
                [*(f"{b}: Ref(T)" for b in names), *inputs],
                ["out: Ref(T)"],
                all_attrs,
                shape=_update_shape(len(names), arguments, True),
                stateful=True,
            )
        ops.define(
            f"Resource{op_type}",
            [*(f"{b}: resource" for b in names), *inputs],
            [],
            all_attrs,
            shape=_update_shape(len(names), arguments, False),
            stateful=True,
        )


_NESTEROV: Final = ("use_nesterov: bool = false",)
_UPDATE_SLOTS: Final = ("update_slots: bool = true",)

_define("GradientDescent", "var", "alpha delta", forms="ref")
_define("ProximalGradientDescent", "var", "alpha l1 l2 delta")
_define("Adadelta", "var accum accum_update", "lr rho epsilon grad")
_define("Adagrad", "var accum", "lr grad", attrs=_UPDATE_SLOTS)
_define("AdagradV2", "var accum", "lr epsilon grad", attrs=_UPDATE_SLOTS)
_define("ProximalAdagrad", "var accum", "lr l1 l2 grad")
_define("AdagradDA", "var gradient_accumulator gradient_squared_accumulator", "grad lr l1 l2 global_step")
_define("Ftrl", "var accum linear", "grad lr l1 l2 lr_power")
_define("FtrlV2", "var accum linear", "grad lr l1 l2 l2_shrinkage lr_power")
_define("Momentum", "var accum", "lr grad momentum", attrs=_NESTEROV)
_define("KerasMomentum", "var accum", "lr grad momentum", attrs=_NESTEROV, forms="sparse")
_define("Adam", "var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad", attrs=_NESTEROV, forms="ref")
_define("AdamWithAmsgrad", "var m v vhat", "beta1_power beta2_power lr beta1 beta2 epsilon grad", forms="")
_define("AdaMax", "var m v", "beta1_power lr beta1 beta2 epsilon grad", forms="ref")
_define("RMSProp", "var ms mom", "lr rho momentum epsilon grad")
_define("CenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad")
_define("AddSign", "var m", "lr alpha sign_decay beta grad", forms="ref")
_define("PowerSign", "var m", "lr logbase sign_decay beta grad", forms="ref")

ops.without_gradient(*ops)


def apply(op_type: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
    """Adds an update op.

    Args:
      op_type: "ApplyAdam" and the like.
      *inputs: the buffers (references or handles), then the values.
      name: the operation's name, the op type when None.
      **attrs: `use_locking` and the others of the op.

    Returns:
      The updated reference, or the operation for ops on handles.
    """
    return make_op(ops[op_type], *inputs, name=name, **attrs)
