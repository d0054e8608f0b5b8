"""The optimizers' update ops, against their formulas written out, element by element."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

from tangraph.client.resources import Cell
from tangraph.framework import dtypes, errors
from tangraph.ops.state.training_ops import ops
from tangraph.plan.kernel import KernelContext
from tangraph_backend_cpu.kernels import training_update

SCALARS = {
    "lr": 0.1,
    "alpha": 0.1,
    "rho": 0.9,
    "epsilon": 1e-3,
    "l1": 0.05,
    "l2": 0.02,
    "lr_power": -0.5,
    "l2_shrinkage": 0.1,
    "momentum": 0.8,
    "beta1_power": 0.9,
    "beta2_power": 0.99,
    "beta1": 0.9,
    "beta2": 0.99,
    "beta": 0.9,
    "sign_decay": 0.7,
    "logbase": 0.3,
    "global_step": 3,
}
S = SCALARS


def sign(x):
    return float(x > 0) - float(x < 0)


def shrunk(x, threshold):
    return sign(x) * max(abs(x) - threshold, 0.0)


def gradient_descent(b, g, nesterov, slots):
    return [b[0] - S["alpha"] * g]


def proximal_gradient_descent(b, g, nesterov, slots):
    return [shrunk(b[0] - S["alpha"] * g, S["alpha"] * S["l1"]) / (1 + S["alpha"] * S["l2"])]


def adadelta(b, g, nesterov, slots):
    var, accum, accum_update = b
    accum = accum * S["rho"] + g * g * (1 - S["rho"])
    update = math.sqrt(accum_update + S["epsilon"]) / math.sqrt(accum + S["epsilon"]) * g
    return [var - update * S["lr"], accum, accum_update * S["rho"] + update * update * (1 - S["rho"])]


def adagrad(b, g, nesterov, slots):
    accum = b[1] + g * g * slots
    return [b[0] - S["lr"] * g / math.sqrt(accum), accum]


def adagrad_v2(b, g, nesterov, slots):
    accum = b[1] + g * g * slots
    return [b[0] - S["lr"] * g / (math.sqrt(accum) + S["epsilon"]), accum]


def proximal_adagrad(b, g, nesterov, slots):
    accum = b[1] + g * g
    rate = S["lr"] / math.sqrt(accum)
    return [shrunk(b[0] - rate * g, rate * S["l1"]) / (1 + rate * S["l2"]), accum]


def adagrad_da(b, g, nesterov, slots):
    _, total, squares = b[0], b[1] + g, b[2] + g * g
    divisor = S["l2"] * S["global_step"] * S["lr"] + math.sqrt(squares)
    return [-S["lr"] * shrunk(total, S["l1"] * S["global_step"]) / divisor, total, squares]


def ftrl(b, g, nesterov, slots, shrinkage=0.0):
    var, accum, linear = b
    new = accum + g * g
    linear += g + 2 * shrinkage * var - (math.sqrt(new) - math.sqrt(accum)) / S["lr"] * var
    value = (sign(linear) * S["l1"] - linear) / (math.sqrt(new) / S["lr"] + 2 * S["l2"])
    return [value if abs(linear) > S["l1"] else 0.0, new, linear]


def ftrl_v2(b, g, nesterov, slots):
    return ftrl(b, g, nesterov, slots, S["l2_shrinkage"])


def momentum(b, g, nesterov, slots):
    accum = b[1] * S["momentum"] + g
    step = g * S["lr"] + accum * S["momentum"] * S["lr"] if nesterov else accum * S["lr"]
    return [b[0] - step, accum]


def keras_momentum(b, g, nesterov, slots):
    accum = b[1] * S["momentum"] - g * S["lr"]
    return [b[0] + (accum * S["momentum"] - g * S["lr"] if nesterov else accum), accum]


def adam(b, g, nesterov, slots):
    m = b[1] + (g - b[1]) * (1 - S["beta1"])
    v = b[2] + (g * g - b[2]) * (1 - S["beta2"])
    alpha = S["lr"] * math.sqrt(1 - S["beta2_power"]) / (1 - S["beta1_power"])
    largest = [max(b[3], v)] if len(b) > 3 else []
    step = g * (1 - S["beta1"]) + S["beta1"] * m if nesterov else m
    return [b[0] - alpha * step / (math.sqrt((largest or [v])[0]) + S["epsilon"]), m, v, *largest]


def ada_max(b, g, nesterov, slots):
    m = b[1] + (g - b[1]) * (1 - S["beta1"])
    v = max(S["beta2"] * b[2], abs(g))
    return [b[0] - S["lr"] / (1 - S["beta1_power"]) * m / (v + S["epsilon"]), m, v]


def rms_prop(b, g, nesterov, slots):
    ms = b[1] * S["rho"] + g * g * (1 - S["rho"])
    mom = b[2] * S["momentum"] + S["lr"] * g / math.sqrt(ms + S["epsilon"])
    return [b[0] - mom, ms, mom]


def centered_rms_prop(b, g, nesterov, slots):
    mg = b[1] * S["rho"] + g * (1 - S["rho"])
    ms = b[2] * S["rho"] + g * g * (1 - S["rho"])
    mom = b[3] * S["momentum"] + S["lr"] * g / math.sqrt(ms - mg * mg + S["epsilon"])
    return [b[0] - mom, mg, ms, mom]


def add_sign(b, g, nesterov, slots):
    m = b[1] * S["beta"] + g * (1 - S["beta"])
    return [b[0] - S["lr"] * (S["alpha"] + S["sign_decay"] * sign(g) * sign(m)) * g, m]


def power_sign(b, g, nesterov, slots):
    m = b[1] * S["beta"] + g * (1 - S["beta"])
    return [b[0] - S["lr"] * math.exp(S["logbase"] * S["sign_decay"] * sign(g) * sign(m)) * g, m]


FORMULAS = {
    "GradientDescent": gradient_descent,
    "ProximalGradientDescent": proximal_gradient_descent,
    "Adadelta": adadelta,
    "Adagrad": adagrad,
    "AdagradV2": adagrad_v2,
    "ProximalAdagrad": proximal_adagrad,
    "AdagradDA": adagrad_da,
    "Ftrl": ftrl,
    "FtrlV2": ftrl_v2,
    "Momentum": momentum,
    "KerasMomentum": keras_momentum,
    "Adam": adam,
    "AdamWithAmsgrad": adam,
    "AdaMax": ada_max,
    "RMSProp": rms_prop,
    "CenteredRMSProp": centered_rms_prop,
    "AddSign": add_sign,
    "PowerSign": power_sign,
}
POSITIVE = {"accum", "accum_update", "v", "vhat", "ms", "gradient_squared_accumulator"}
TOLERANCE = {"float16": 2e-2, "float32": 2e-6, "float64": 1e-13}


class Call:
    """One update op bound to buffers and inputs."""

    def __init__(self, op_type, dtype="float32", shape=(6, 4), indices=None, seed=3, **attrs):
        rng = np.random.RandomState(seed)
        op_def = ops[op_type]
        self.gives_reference = bool(op_def.outputs)
        self.family = op_type.rpartition("Apply")[2]
        self.indices = indices
        self.cells, self.inputs = [], []
        for arg in op_def.inputs:
            if arg.is_ref or arg.dtype is dtypes.resource:
                array = rng.randn(*shape) * (0.1 if arg.name == "mg" else 1.0)
                array = np.abs(array) + 0.5 if arg.name in POSITIVE else array
                cell = Cell(arg.name)
                cell.store(np.asarray(array, dtype))
                self.cells.append(cell)
                self.inputs.append(cell)
            elif arg.name in {"grad", "delta"}:
                rows = shape if indices is None else (len(indices), *shape[1:])
                self.gradient = np.asarray(rng.randn(*rows), dtype)
                self.inputs.append(self.gradient)
            elif arg.name == "indices":
                self.inputs.append(np.asarray(indices, np.int64))
            else:
                kind = np.int64 if arg.name == "global_step" else np.dtype(dtype).type
                self.inputs.append(kind(SCALARS[arg.name]))
        self.attrs = {**op_def.defaults, **attrs}
        context = KernelContext(
            op_type, self.attrs, xp=np, input_dtypes=tuple(dtypes.as_dtype(dtype) for _ in op_def.inputs)
        )
        self.kernel = training_update.kernel[op_type](context)

    def __call__(self):
        return self.kernel(*self.inputs)

    def values(self):
        return [np.array(c.value) for c in self.cells]

    def expected(self):
        """The buffers after a step, by the formula."""
        nesterov, slots = self.attrs.get("use_nesterov", False), self.attrs.get("update_slots", True)
        buffers = [v.astype(np.float64) for v in self.values()]
        rows = [...] if self.indices is None else self.indices
        for row, g in zip(rows, [self.gradient] if self.indices is None else self.gradient, strict=True):
            for place in np.ndindex(g.shape):
                # Through a view, so that a row that comes twice is updated twice.
                pieces = [b[row] if b.ndim and row is not ... else b for b in buffers]
                new = FORMULAS[self.family]([p[place] for p in pieces], float(g[place]), nesterov, slots)
                for b, value in zip(buffers, new, strict=True):
                    b[place if row is ... else (row, *place)] = value
        return buffers


DENSE = sorted(n for n in ops if "Sparse" not in n)
SPARSE = sorted(n for n in ops if "Sparse" in n)


def check(call):
    expected = call.expected()
    assert call() is (call.cells[0] if call.gives_reference else None)
    for cell, value in zip(call.cells, expected, strict=True):
        tolerance = TOLERANCE[cell.value.dtype.name]
        np.testing.assert_allclose(cell.value.astype(np.float64), value, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", sorted(TOLERANCE))
@pytest.mark.parametrize("op_type", DENSE)
def test_dense(op_type, dtype):
    check(Call(op_type, dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("indices", [[4, 0, 2], [1, 3, 1, 5, 1]], ids=["once", "repeated"])
@pytest.mark.parametrize("op_type", SPARSE)
def test_rows(op_type, indices, dtype):
    check(Call(op_type, dtype, indices=indices))


@pytest.mark.parametrize("op_type", [n for n in sorted(ops) if "use_nesterov" in ops[n].attrs])
def test_nesterov(op_type):
    check(Call(op_type, indices=[1, 1] if "Sparse" in op_type else None, use_nesterov=True))


@pytest.mark.parametrize("op_type", [n for n in sorted(ops) if "update_slots" in ops[n].attrs])
def test_slots_that_stay(op_type):
    check(Call(op_type, indices=[1, 1] if "Sparse" in op_type else None, update_slots=False))


@pytest.mark.parametrize("shape", [(), (0,), (3,), (0, 4), (2, 1, 3)])
@pytest.mark.parametrize("op_type", ["ApplyAdam", "ApplyGradientDescent", "ResourceApplyMomentum"])
def test_shapes(op_type, shape):
    call = Call(op_type, shape=shape)
    check(call)
    assert all(c.value.shape == shape for c in call.cells)


def test_many_pieces():
    size = 3 * training_update.PIECE_BYTES // 4 + 17
    call, small = Call("ApplyAdam", shape=(size,)), Call("ApplyAdam", shape=(size,))
    small.kernel = Call("ApplyAdam", shape=(1,)).kernel
    call()
    for start in range(0, size, 1000):
        pieces = [Cell("piece") for _ in small.cells]
        for piece, cell in zip(pieces, small.cells, strict=True):
            piece.value = cell.value[start : start + 1000]
        small.kernel(*pieces, *small.inputs[3:-1], small.gradient[start : start + 1000])
    for left, right in zip(call.cells, small.cells, strict=True):
        np.testing.assert_array_equal(left.value, right.value)


def test_updates_are_in_place_and_inputs_stay():
    call = Call("ApplyAdam")
    buffers, gradient = [c.value for c in call.cells], call.gradient.copy()
    call()
    assert all(c.value is b for c, b in zip(call.cells, buffers, strict=True))
    np.testing.assert_array_equal(call.gradient, gradient)


def test_buffers_and_gradients_of_any_layout():
    call = Call("ApplyRMSProp")
    expected = call.expected()
    for cell in call.cells:
        cell.value = np.asfortranarray(cell.value)
    call.inputs[-1] = np.asfortranarray(call.gradient)
    call()
    np.testing.assert_allclose(call.cells[0].value, expected[0], rtol=2e-6, atol=2e-6)


def test_no_rows():
    call = Call("SparseApplyMomentum", indices=[])
    before = call.values()
    call()
    for cell, value in zip(call.cells, before, strict=True):
        np.testing.assert_array_equal(cell.value, value)


def test_a_nan_in_ftrl_becomes_zero_as_in_tensorflow():
    call = Call("ApplyFtrl", shape=(1,))
    call.cells[1].value[:] = -1.0
    with np.errstate(all="ignore"):
        call()
    assert call.cells[0].value.tolist() == [0.0]
    assert np.isnan(call.cells[2].value[0])


def test_power_of_the_learning_rate():
    call = Call("ApplyFtrl", "float64", shape=(1,))
    call.inputs[-1] = np.float64(-0.7)
    var, accum, linear = (float(v[0]) for v in call.values())
    g = float(call.gradient[0])
    call()
    new = accum + g * g
    linear += g - (new**0.7 - accum**0.7) / 0.1 * var
    np.testing.assert_allclose(call.cells[2].value, [linear])
    np.testing.assert_allclose(call.cells[0].value, [(sign(linear) * 0.05 - linear) / (new**0.7 / 0.1 + 0.04)])


def replaced(call, index, value):
    call.inputs[index] = value
    return call


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: replaced(Call("ApplyGradientDescent", shape=(3, 2)), 2, np.ones(2, np.float32)),
            "var and delta do not have the same shape[3,2] [2]",
        ),
        (
            lambda: replaced(Call("ApplyAdam", shape=(3, 2)), -1, np.ones(2, np.float32)),
            "var and grad do not have the same shape[3,2] [2]",
        ),
        (
            lambda: replaced(Call("ApplyGradientDescent"), 1, np.ones(2, np.float32)),
            "alpha is not a scalar: [2]",
        ),
        (
            lambda: Call("SparseApplyMomentum", shape=(3, 2), indices=[1, 2, 5]),
            "Index 5 at offset 2 in indices is out of range",
        ),
        (
            lambda: Call("SparseApplyAdagrad", shape=(3, 2), indices=[1, -2, 0]),
            "Index -2 at offset 1 in indices is out of range",
        ),
        (
            lambda: replaced(Call("SparseApplyAdagrad", shape=(3, 2), indices=[1, 0]), 3, np.ones((3, 2), np.float32)),
            "grad must be the same size as indices in the first dimension.",
        ),
        (
            lambda: replaced(Call("SparseApplyAdagrad", shape=(3, 2), indices=[1, 0]), 3, np.ones((2, 3), np.float32)),
            "var and grad must match in dimension 1",
        ),
        (
            lambda: replaced(Call("ApplyMomentum", shape=(3, 2)), 1, Call("ApplyMomentum", shape=(2, 2)).cells[1]),
            "var and accum do not have the same shape[3,2] [2,2]",
        ),
    ],
)
def test_what_does_not_fit(call, text):
    made = call()
    with pytest.raises(errors.InvalidArgumentError) as raised:
        made()
    assert text in str(raised.value)


def test_a_variable_that_was_never_assigned():
    call = Call("ApplyGradientDescent")
    call.cells[0].clear()
    with pytest.raises(AttributeError):
        call()


def test_two_threads_on_one_kernel():
    call = Call("ApplyGradientDescent", "float64", shape=(50_000,))
    before = call.values()[0]
    threads = [threading.Thread(target=lambda: [call() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(call.cells[0].value, before - 200 * 0.1 * call.gradient, atol=1e-10)
