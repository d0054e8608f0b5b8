"""LSTMBlockCell, BlockLSTM, GRUBlockCell and their gradients."""

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


def _lstm_step(k: KernelContext) -> Callable[..., tuple[Any, ...]]:
    """Returns one step of an LSTM: a function of x, cs_prev, h_prev, w, wci, wcf, wco, b."""
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


def _lstm_step_gradient(k: KernelContext) -> Callable[..., tuple[Any, ...]]:
    """Returns the gradients of a step: that of cs_prev and those of the four gates before their functions."""
    peephole = k.attr("use_peephole")

    def run(cs_prev: Any, diagonals: Any, outputs: Any, cs_grad: Any, h_grad: Any) -> tuple[Any, ...]:
        (wci, wcf, wco), (i, _, f, o, ci, co) = diagonals, outputs
        d_o = o * (1 - o) * h_grad * co
        d_cs = (1 - co * co) * h_grad * o + cs_grad
        if peephole:
            d_cs = d_cs + d_o * wco
        d_ci = (1 - ci * ci) * d_cs * i
        d_f = f * (1 - f) * d_cs * cs_prev
        d_i = i * (1 - i) * d_cs * ci
        cs_prev_grad = d_cs * f
        if peephole:
            cs_prev_grad = cs_prev_grad + d_i * wci + d_f * wcf
        return cs_prev_grad, d_i, d_ci, d_f, d_o

    return run


@kernel("LSTMBlockCell")
def lstm_block_cell(k: KernelContext) -> Callable[..., Any]:
    """One step of an LSTM."""
    return _lstm_step(k)


@kernel("LSTMBlockCellGrad")
def lstm_block_cell_grad(k: KernelContext) -> Callable[..., Any]:
    """Its gradient with respect to the state and to what the gates are computed from."""
    xp, peephole, step = k.xp, k.attr("use_peephole"), _lstm_step_gradient(k)

    def run(
        x: Any, cs_prev: Any, h_prev: Any, w: Any, wci: Any, wcf: Any, wco: Any, b: Any, *rest: Any
    ) -> tuple[Any, ...]:
        *outputs, cs_grad, h_grad = rest
        cs_prev_grad, *gates = step(cs_prev, (wci, wcf, wco), outputs, cs_grad, h_grad)
        joined = xp.concatenate(gates, 1)
        if not peephole:
            return cs_prev_grad, joined, xp.zeros_like(wci), xp.zeros_like(wcf), xp.zeros_like(wco)
        d_i, _, d_f, d_o = gates
        diagonals = (d_i * cs_prev).sum(0), (d_f * cs_prev).sum(0), (d_o * outputs[1]).sum(0)
        return (cs_prev_grad, joined, *diagonals)

    return run


@kernel("BlockLSTM")
def block_lstm(k: KernelContext) -> Callable[..., Any]:
    """All steps of an LSTM, [time, batch, units]; zeros after `seq_len_max` of them."""
    xp, step = k.xp, _lstm_step(k)

    def run(length: Any, x: Any, cs: Any, h: Any, *weights: Any) -> tuple[Any, ...]:
        outputs = tuple(xp.zeros((*x.shape[:2], cs.shape[1]), x.dtype) for _ in range(7))
        for t in range(int(length)):
            made = step(x[t], cs, h, *weights)
            for output, value in zip(outputs, made, strict=True):
                output[t] = value
            cs, h = made[1], made[6]
        return outputs

    return run


@kernel("BlockLSTMGrad")
def block_lstm_grad(k: KernelContext) -> Callable[..., Any]:
    """Its gradients with respect to inputs, first state and weights."""
    xp, peephole, step = k.xp, k.attr("use_peephole"), _lstm_step_gradient(k)

    def run(length: Any, x: Any, cs_prev: Any, h_prev: Any, w: Any, *rest: Any) -> tuple[Any, ...]:
        *diagonals, b = rest[:4]
        *outputs, h, cs_grads, h_grads = rest[4:]
        cs, length, size = outputs[1], int(length), x.shape[2]
        x_grad, w_grad, b_grad = xp.zeros_like(x), xp.zeros_like(w), xp.zeros_like(b)
        diagonal_grads = [xp.zeros_like(one) for one in diagonals]
        cs_grad, h_grad = xp.zeros_like(cs_prev), xp.zeros_like(h_prev)
        for t in reversed(range(length)):
            c_before, h_before = (cs[t - 1], h[t - 1]) if t else (cs_prev, h_prev)
            values = [output[t] for output in outputs]
            cs_grad, *gates = step(c_before, diagonals, values, cs_grads[t] + cs_grad, h_grads[t] + h_grad)
            joined = xp.concatenate(gates, 1)
            xh_grad = joined @ w.T
            x_grad[t], h_grad = xh_grad[:, :size], xh_grad[:, size:]
            w_grad += xp.concatenate((x[t], h_before), 1).T @ joined
            b_grad += joined.sum(0)
            if peephole:
                seen = c_before, c_before, cs[t]
                for total, gate, state in zip(diagonal_grads, (gates[0], gates[2], gates[3]), seen, strict=True):
                    total += (gate * state).sum(0)
        return (x_grad, cs_grad, h_grad, w_grad, *diagonal_grads, b_grad)

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
