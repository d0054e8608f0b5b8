"""LSTMBlockCell, GRUBlockCell and their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _sigmoid(xp: Any, x: Any) -> Any:
    half = x.dtype.type(0.5)
    return xp.tanh(x * half) * half + half


@kernel("LSTMBlockCell")
def lstm_block_cell(k: KernelContext) -> Callable[..., Any]:
    """One step of an LSTM."""
    xp, peephole = k.xp, k.attr("use_peephole")
    kind = k.output_dtypes[0].np.type
    forget_bias, clip = kind(k.attr("forget_bias")), kind(k.attr("cell_clip"))

    def run(x: Any, cs_prev: Any, h_prev: Any, w: Any, wci: Any, wcf: Any, wco: Any, b: Any) -> tuple[Any, ...]:
        units = cs_prev.shape[1]
        gates = xp.concatenate((x, h_prev), 1) @ w + b
        i, ci = gates[:, :units], xp.tanh(gates[:, units : 2 * units])
        f, o = gates[:, 2 * units : 3 * units] + forget_bias, gates[:, 3 * units :]
        if peephole:
            i, f = i + cs_prev * wci, f + cs_prev * wcf
        i, f = _sigmoid(xp, i), _sigmoid(xp, f)
        cs = ci * i + cs_prev * f
        if clip > 0:
            cs = xp.clip(cs, -clip, clip)
        o = _sigmoid(xp, o + cs * wco if peephole else o)
        co = xp.tanh(cs)
        return i, cs, f, o, ci, co, o * co

    return run


@kernel("LSTMBlockCellGrad")
def lstm_block_cell_grad(k: KernelContext) -> Callable[..., Any]:
    """Its gradient with respect to the state and to what the gates are computed from."""
    xp, peephole = k.xp, k.attr("use_peephole")

    def run(
        x: Any, cs_prev: Any, h_prev: Any, w: Any, wci: Any, wcf: Any, wco: Any, b: Any, *rest: Any
    ) -> tuple[Any, ...]:
        i, cs, f, o, ci, co, cs_grad, h_grad = rest
        d_o = o * (1 - o) * h_grad * co
        d_cs = (1 - co * co) * h_grad * o + cs_grad
        if peephole:
            d_cs = d_cs + d_o * wco
        d_ci = (1 - ci * ci) * d_cs * i
        d_f = f * (1 - f) * d_cs * cs_prev
        d_i = i * (1 - i) * d_cs * ci
        cs_prev_grad = d_cs * f
        if not peephole:
            zeros = xp.zeros_like(wci), xp.zeros_like(wcf), xp.zeros_like(wco)
            return (cs_prev_grad, xp.concatenate((d_i, d_ci, d_f, d_o), 1), *zeros)
        cs_prev_grad = cs_prev_grad + d_i * wci + d_f * wcf
        diagonals = (d_i * cs_prev).sum(0), (d_f * cs_prev).sum(0), (d_o * cs).sum(0)
        return (cs_prev_grad, xp.concatenate((d_i, d_ci, d_f, d_o), 1), *diagonals)

    return run


@kernel("GRUBlockCell")
def gru_block_cell(k: KernelContext) -> Callable[..., Any]:
    """One step of a GRU."""
    xp = k.xp

    def run(x: Any, h_prev: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any) -> tuple[Any, ...]:
        units = h_prev.shape[1]
        gates = _sigmoid(xp, xp.concatenate((x, h_prev), 1) @ w_ru + b_ru)
        r, u = gates[:, :units].copy(), gates[:, units:].copy()
        c = xp.tanh(xp.concatenate((x, h_prev * r), 1) @ w_c + b_c)
        return r, u, c, u * h_prev + (1 - u) * c

    return run


@kernel("GRUBlockCellGrad")
def gru_block_cell_grad(k: KernelContext) -> Callable[..., Any]:
    """Its gradient with respect to inputs, state, and what gates and candidate are computed from."""
    xp = k.xp

    def run(x: Any, h_prev: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any, *rest: Any) -> tuple[Any, ...]:
        r, u, c, d_h = rest
        size = x.shape[1]
        d_c_bar = d_h * (1 - u) * (1 - c * c)
        d_u_bar = d_h * (h_prev - c) * u * (1 - u)
        from_candidate = d_c_bar @ w_c.T
        d_hr = from_candidate[:, size:]
        d_gates = xp.concatenate((d_hr * h_prev * r * (1 - r), d_u_bar), 1)
        from_gates = d_gates @ w_ru.T
        d_x = from_candidate[:, :size] + from_gates[:, :size]
        return d_x, from_gates[:, size:] + d_hr * r + d_h * u, d_c_bar, d_gates

    return run
