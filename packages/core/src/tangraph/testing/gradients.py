"""Gradients against differences, along one random direction."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph import registry
from tangraph.framework import errors
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.gradients.gradients import gradients
from tangraph.testing.comparison import assert_close
from tangraph.testing.runs import Run, as_fed, ways_without_shapes

if TYPE_CHECKING:
    from tangraph.testing.cases import OpCase

_TYPE: Final = "float64"
_STEP: Final = 1e-5
_TOLERANCE: Final = 2e-6


def check_gradients(case: OpCase, backend: str) -> None:
    """Checks the gradients of a case in float64, and theirs again as often as the case asks for.

    All inputs move at once in a random direction d, and all outputs are weighted with random numbers w: the sum of
    gradient times d must be the difference quotient of the sum of output times w (as autograd checks its own). The
    gradients of inputs of unknown shape must be the same.

    Raises:
      AssertionError: they differ, or there is no gradient at all.
    """
    try:
        if not callable(registry.op_def(case.op).gradient):
            return
    except errors.NotFoundError:
        return
    with Run(case, backend, _TYPE, as_fed) as run:
        moving = _moving(case, run)
        if not moving or not any(output.dtype.base == _TYPE for output in run.outputs):
            return
        rng = np.random.default_rng(zlib.crc32(case.id.encode()))
        outputs = run.outputs
        for order in range(1, case.gradients + 1):
            outputs, weights = _weighted(run, outputs, rng)
            found = differentiate(outputs, weights, moving)
            if not found and order > 1:
                return  # the function is linear
            if not found:
                raise AssertionError(f"no gradient of order {order} at all")
            _compare(run, (outputs, weights), moving, found, rng, f"the gradient of order {order}")
            if order == 1:
                values = run.run([g for _, g in found], run.feeds())
                _compare_unknown(case, backend, weights, values)
            outputs = [gradient for _, gradient in found]


def differentiate(
    outputs: Sequence[Tensor], weights: Sequence[Any], inputs: Sequence[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Returns (input, gradient) of the weighted sum of outputs for every input that it depends on."""
    found = gradients(outputs, list(inputs), grad_ys=[constant(w) for w in weights])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Converting sparse IndexedSlices")
        return [(x, convert_to_tensor(g)) for x, g in zip(inputs, found, strict=True) if g is not None]


def _moving(case: OpCase, run: Run) -> list[Tensor]:
    pairs = zip(case.inputs, run.tensors, strict=True)
    return [t for one, t in pairs if one.differentiable and not one.constant and t.dtype.base == _TYPE]


def _weighted(run: Run, outputs: Sequence[Tensor], rng: np.random.Generator) -> tuple[list[Tensor], list[Any]]:
    """Returns the outputs that have gradients, with a random weight for each element."""
    floats = [output for output in outputs if output.dtype.base == _TYPE]
    shapes = [np.shape(value) for value in run.run(floats, run.feeds())]
    return floats, [rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape) for shape in shapes]


def _compare(
    run: Run,
    weighted: tuple[Sequence[Tensor], Sequence[Any]],
    moving: Sequence[Tensor],
    found: Sequence[tuple[Tensor, Tensor]],
    rng: np.random.Generator,
    what: str,
) -> None:
    outputs, weights = weighted
    feeds = run.feeds()
    direction = {x: rng.uniform(-1.0, 1.0, np.shape(feeds[x])) for x in moving}

    def total(step: float) -> float:
        moved = {x: feeds[x] + step * direction[x] if x in direction else feeds[x] for x in feeds}
        return float(sum(np.sum(w * y) for w, y in zip(weights, run.run(outputs, moved), strict=True)))

    # Four points: an error of the fourth order in the step.
    near, far = total(_STEP) - total(-_STEP), total(2 * _STEP) - total(-2 * _STEP)
    expected = (8.0 * near - far) / (12.0 * _STEP)
    values = run.run([g for _, g in found], feeds)
    parts = []
    for (x, _), value in zip(found, values, strict=True):
        if np.shape(value) != np.shape(feeds[x]):
            raise AssertionError(f"{what} has shape {np.shape(value)} for an input of shape {np.shape(feeds[x])}")
        parts.append(float(np.sum(value * direction[x])))
    size = sum(float(np.sum(np.abs(value * direction[x]))) for (x, _), value in zip(found, values, strict=True))
    if not abs(sum(parts) - expected) <= _TOLERANCE * run.case.tolerance * (1.0 + size):
        raise AssertionError(
            f"{what}: {sum(parts)} along a random direction, by differences {expected}; by input {parts}\n{values}"
        )


def _compare_unknown(case: OpCase, backend: str, weights: Sequence[Any], values: Sequence[Any]) -> None:
    for way in ways_without_shapes(case):
        with Run(case, backend, _TYPE, way) as run:
            floats = [output for output in run.outputs if output.dtype.base == _TYPE]
            found = [g for _, g in differentiate(floats, weights, _moving(case, run))]
            for gradient, one, value in zip(found, run.run(found, run.feeds()), values, strict=True):
                text = f"the gradient of inputs {way.__name__.replace('_', ' ')}"
                assert_close(one, value, gradient.dtype.base, text, case.tolerance)
