"""`tf.test.compute_gradient`: gradients as the graph has them, and by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.stacks import get_default_session
from tangraph_compat.internals import public

Array = npt.NDArray[Any]
_FLOATS = (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128)


@export("test.compute_gradient")
def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Any,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> Any:
    """Computes the Jacobian of y with respect to x, by the graph's gradient and by central differences.

    It needs a default session.

    Args:
      x: a tensor, or a list of them, that is fed.
      x_shape: its shape, as a list of numbers; a list of shapes for several.
      y: a tensor that depends on x.
      y_shape: its shape.
      x_init_value: where to compute; random values by default.
      delta: the step of the differences.
      init_targets: operations to run first.
      extra_feed_dict: what else to feed.

    Returns:
      Two matrices [size of x, size of y], theoretical and numerical; a complex tensor counts twice. For a list of
      tensors, a list of such pairs.

    Raises:
      TypeError: x is neither floating nor complex.
      ValueError: y does not depend on x.
    """
    if extra_feed_dict is None:
        extra_feed_dict = {}
    if isinstance(x, list):
        pairs = [_prepared(xi, y, y_shape) for xi in x]
        starts = x_init_value if x_init_value is not None else [None] * len(x)
        values = [_start(xi, shape, value) for xi, shape, value in zip(x, x_shape, starts, strict=True)]
        _initialize(init_targets)
        feeds = {**extra_feed_dict, **dict(zip(x, values, strict=True))}
        return [
            _both(xi, shape, y, y_shape, value, pair, delta, {k: v for k, v in feeds.items() if k is not xi})
            for xi, shape, value, pair in zip(x, x_shape, values, pairs, strict=True)
        ]
    _initialize(init_targets)
    pair = _prepared(x, y, y_shape)
    value = _start(x, x_shape, x_init_value)
    return _both(x, x_shape, y, y_shape, value, pair, delta, extra_feed_dict)


@export("test.compute_gradient_error")
def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Any,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> float:
    """Returns the largest difference between the two Jacobians of `compute_gradient`."""
    found = compute_gradient(x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict)
    pairs = found if isinstance(found, list) else [found]
    differences = [np.fabs(theoretical - numerical) for theoretical, numerical in pairs]
    return max((float(d.max()) for d in differences if d.size), default=0)


def _initialize(targets: Any) -> None:
    for target in targets if isinstance(targets, list | tuple) else [] if targets is None else [targets]:
        target.run()


def _prepared(x: Any, y: Any, y_shape: Any) -> tuple[Any, Any]:
    """Builds the gradient node of x; the constant that it starts from is fed with one output after the other."""
    start = public("constant")(1.0, shape=y_shape, dtype=y.dtype)
    seed = public("identity")(start)
    found = public("gradients")(y, x, grad_ys=seed)
    if found[0] is None:
        raise ValueError(f"y does not depend on x: there is no gradient. Received: x={x}, y={y}")
    return seed, found[0]


def _start(x: Any, shape: Any, value: Any) -> Array:
    if value is not None:
        if list(value.shape) != list(shape):
            raise ValueError(f"x_init_value must have the shape of x, {list(shape)}. Received: {list(value.shape)}")
        return np.asarray(value)
    if x.dtype.base_dtype not in _FLOATS:
        raise TypeError(f"Unknown type for x: {x.dtype}")
    made = np.random.random_sample(shape).astype(x.dtype.base_dtype.as_numpy_dtype)  # noqa: NPY002  the seeded generator
    if x.dtype.base_dtype.is_complex:
        made.imag = np.random.random_sample(shape)  # noqa: NPY002
    return np.asarray(made)


def _both(
    x: Any, x_shape: Any, y: Any, y_shape: Any, value: Array, pair: tuple[Any, Any], delta: float, feeds: Any
) -> tuple[Array, Array]:
    if x.dtype.base_dtype not in _FLOATS:
        raise TypeError(f"Only floating and complex tensors have gradients. Received: x of {x.dtype.name}")
    session = get_default_session()
    return (
        _theoretical(session, x, value, y, y_shape, pair, feeds),
        _numerical(lambda at: session.run(y, {**feeds, x: at}), value, delta, y),
    )


def _components(array: Any) -> Array:
    """Returns the numbers of an array in a row; a complex one as pairs of real and imaginary part."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat


def _theoretical(session: Any, x: Any, value: Array, y: Any, y_shape: Any, pair: tuple[Any, Any], feeds: Any) -> Array:
    seed, gradient = pair
    kind = y.dtype.base_dtype.as_numpy_dtype
    rows = _components(value).size
    columns = _components(np.zeros(y_shape, kind)).size
    jacobian = np.zeros((rows, columns), dtype=_components(value).dtype)
    at = np.zeros(y_shape, kind)
    for column in range(columns):
        flat = at.reshape(-1).view(at.real.dtype) if np.iscomplexobj(at) else at.reshape(-1)
        flat[column] = 1
        jacobian[:, column] = _row(session.run(gradient, {**feeds, x: value, seed: at}), value)
        flat[column] = 0
    return jacobian


def _row(gradient: Any, value: Array) -> Array:
    if hasattr(gradient, "indices"):  # IndexedSlicesValue
        dense = np.zeros(value.shape, gradient.values.dtype)
        np.add.at(dense, gradient.indices, gradient.values)
        gradient = dense
    return _components(gradient)


def _numerical(run: Callable[[Array], Any], value: Array, delta: float, y: Any) -> Array:
    at = np.array(value)
    flat = at.reshape(-1).view(at.real.dtype) if np.iscomplexobj(at) else at.reshape(-1)
    scale = np.asarray(2 * delta, y.dtype.real_dtype.as_numpy_dtype)
    rows = []
    for place in range(flat.size):
        was = flat[place]
        flat[place] = was + delta
        above = run(at)
        flat[place] = was - delta
        below = run(at)
        flat[place] = was
        rows.append(_components((np.asarray(above) - np.asarray(below)) / scale))
    return np.array(rows, dtype=flat.dtype).reshape(flat.size, -1)
