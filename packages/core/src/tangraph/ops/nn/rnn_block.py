"""Recurrent cells in one op: LSTMBlockCell, GRUBlockCell; and a whole LSTM, BlockLSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _lstm_shape(c: ShapeContext) -> list[Raw]:
    batch = c.with_rank(0, 2)[0]
    return [(batch, c.with_rank(1, 2)[1])] * 7


def _lstm_grad_shape(c: ShapeContext) -> list[Raw]:
    batch, units = c.with_rank(0, 2)[0], c.with_rank(1, 2)[1]
    gates = None if units is None else 4 * units
    return [(batch, units), (batch, gates), (units,), (units,), (units,)]


def _block_lstm_shape(c: ShapeContext) -> list[Raw]:
    x, b = c.with_rank(1, 3), c.with_rank(8, 1)
    units = None if b[0] is None else b[0] // 4
    return [(x[0], x[1], units)] * 7


def _block_lstm_grad_shape(c: ShapeContext) -> list[Raw]:
    ranks = {1: 3, 2: 2, 3: 2, 4: 2, 5: 1, 6: 1, 7: 1, 8: 1}
    return [c.with_rank(n, rank) for n, rank in ranks.items()]


def _gru_shape(c: ShapeContext) -> list[Raw]:
    batch = c.with_rank(0, 2)[0]
    return [(batch, c.with_rank(1, 2)[1])] * 4


def _gru_grad_shape(c: ShapeContext) -> list[Raw]:
    x, h = c.with_rank(0, 2), c.with_rank(1, 2)
    units = h[1]
    return [x, (x[0], units), (x[0], units), (x[0], None if units is None else 2 * units)]


_LSTM_INPUTS = ["x: T", "cs_prev: T", "h_prev: T", "w: T", "wci: T", "wcf: T", "wco: T", "b: T"]
_LSTM_OUTPUTS = ["i: T", "cs: T", "f: T", "o: T", "ci: T", "co: T"]
LSTM_BLOCK_CELL = ops.define(
    "LSTMBlockCell",
    _LSTM_INPUTS,
    [*_LSTM_OUTPUTS, "h: T"],
    ["forget_bias: float = 1.0", "cell_clip: float = 3.0", "use_peephole: bool = false", "T: {half, float}"],
    shape=_lstm_shape,
)
LSTM_BLOCK_CELL_GRAD = ops.define(
    "LSTMBlockCellGrad",
    [*_LSTM_INPUTS, *_LSTM_OUTPUTS, "cs_grad: T", "h_grad: T"],
    ["cs_prev_grad: T", "dicfo: T", "wci_grad: T", "wcf_grad: T", "wco_grad: T"],
    ["use_peephole: bool", "T: {half, float}"],
    shape=_lstm_grad_shape,
)
_BLOCK_INPUTS = ["seq_len_max: int64", *_LSTM_INPUTS]
BLOCK_LSTM = ops.define(
    "BlockLSTM",
    _BLOCK_INPUTS,
    [*_LSTM_OUTPUTS, "h: T"],
    ["forget_bias: float = 1.0", "cell_clip: float = 3.0", "use_peephole: bool = false", "T: {half, float}"],
    shape=_block_lstm_shape,
    host_inputs=(0,),
)
BLOCK_LSTM_GRAD = ops.define(
    "BlockLSTMGrad",
    [*_BLOCK_INPUTS, *_LSTM_OUTPUTS, "h: T", "cs_grad: T", "h_grad: T"],
    [f"{name.split(':')[0]}_grad: T" for name in _LSTM_INPUTS],
    ["use_peephole: bool", "T: {half, float}"],
    shape=_block_lstm_grad_shape,
    host_inputs=(0,),
)
_GRU_INPUTS = ["x: T", "h_prev: T", "w_ru: T", "w_c: T", "b_ru: T", "b_c: T"]
GRU_BLOCK_CELL = ops.define(
    "GRUBlockCell", _GRU_INPUTS, ["r: T", "u: T", "c: T", "h: T"], ["T: {float}"], shape=_gru_shape
)
GRU_BLOCK_CELL_GRAD = ops.define(
    "GRUBlockCellGrad",
    [*_GRU_INPUTS, "r: T", "u: T", "c: T", "d_h: T"],
    ["d_x: T", "d_h_prev: T", "d_c_bar: T", "d_r_bar_u_bar: T"],
    ["T: {float}"],
    shape=_gru_grad_shape,
)
ops.without_gradient("LSTMBlockCellGrad", "GRUBlockCellGrad", "BlockLSTMGrad")


@ops.gradient("LSTMBlockCell")
def _lstm_block_cell_grad(op: Operation, *grads: Tensor) -> tuple[Tensor, ...]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.matmul import matmul
    from tangraph.ops.nn.bias_add import BIAS_ADD_GRAD

    x, _, h_prev, w = op.inputs[:4]
    shape = raw_shape.with_rank(x.raw_shape, 2)
    units = raw_shape.with_rank(op.inputs[1].raw_shape, 2)
    if shape is None or shape[1] is None:
        raise ValueError("input_size from `x` should not be None.")
    if units is None or units[1] is None:
        raise ValueError("cell_size from `cs_prev` should not be None.")
    made = make_op(
        LSTM_BLOCK_CELL_GRAD, *op.inputs, *op.outputs[:6], grads[1], grads[6], use_peephole=op.attrs["use_peephole"]
    )
    cs_prev_grad, dicfo, *diagonals = made
    xh_grad = matmul(dicfo, w, transpose_b=True)
    batch = -1 if shape[0] is None else shape[0]
    x_grad = slice_(xh_grad, [0, 0], [batch, shape[1]])
    h_grad = slice_(xh_grad, [0, shape[1]], [batch, units[1]])
    w_grad = matmul(concat([x, h_prev], 1), dicfo, transpose_a=True)
    return (x_grad, cs_prev_grad, h_grad, w_grad, *diagonals, make_op(BIAS_ADD_GRAD, dicfo))


@ops.gradient("BlockLSTM")
def _block_lstm_grad(op: Operation, *grads: Tensor) -> tuple[Any, ...]:
    made = make_op(BLOCK_LSTM_GRAD, *op.inputs, *op.outputs, grads[1], grads[6], use_peephole=op.attrs["use_peephole"])
    return (None, *made)


@ops.gradient("GRUBlockCell")
def _gru_block_cell_grad(op: Operation, *grads: Tensor) -> tuple[Any, ...]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.math.matmul import matmul
    from tangraph.ops.nn.bias_add import BIAS_ADD_GRAD

    x, h_prev = op.inputs[:2]
    r = op.outputs[0]
    d_x, d_h_prev, d_c_bar, d_ru_bar = make_op(GRU_BLOCK_CELL_GRAD, *op.inputs, *op.outputs[:3], grads[3])
    d_w_ru = matmul(concat([x, h_prev], 1), d_ru_bar, transpose_a=True)
    d_b_ru = make_op(BIAS_ADD_GRAD, d_ru_bar)
    d_w_c = matmul(concat([x, h_prev * r], 1), d_c_bar, transpose_a=True)
    d_b_c = make_op(BIAS_ADD_GRAD, d_c_bar)
    return d_x, d_h_prev, d_w_ru, d_w_c, d_b_ru, d_b_c
