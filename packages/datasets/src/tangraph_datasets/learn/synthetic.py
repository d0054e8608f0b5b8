"""Points in the plane in two classes or more: circles and spirals; `tf.contrib.learn.datasets.synthetic`.

What is random comes from NumPy's global generator, drawn in TensorFlow's order, so that a seed gives its points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from tangraph_datasets.learn.base import Dataset


def circles(
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = None,
    factor: float = 0.8,
    n_classes: int = 2,
    *args: Any,
    **kwargs: Any,
) -> Dataset:
    """Returns points on circles around the origin, a circle a class.

    Args:
      n_samples: how many points.
      noise: the standard deviation of what is added to each coordinate; None for nothing.
      seed: what NumPy's generator is seeded from; None leaves it as it is.
      factor: how large a circle is, as a share of the one before.
      n_classes: how many circles.
      *args: ignored, as in TensorFlow.
      **kwargs: ignored, as in TensorFlow.

    Returns:
      The points, float64 of [n_samples, 2], and their classes, int32 of [n_samples].
    """
    del args, kwargs
    _seed(seed)
    share, extra = divmod(n_samples, n_classes)
    angles = np.linspace(0, 2 * np.pi, share)
    cosines, sines = np.cos(angles), np.sin(angles)
    parts = []
    for _ in range(n_classes):
        parts.append((cosines, sines))
        cosines, sines = cosines * factor, sines * factor
    parts.append((np.cos(_turns(extra)), np.sin(_turns(extra))))
    return _shuffled(parts, share, n_classes, noise)


def _archimedes(angles: Any, offset: float = 0.0) -> tuple[Any, Any]:
    x, y = angles * np.cos(angles + offset), angles * np.sin(angles + offset)
    return x / np.max(np.abs(x)), y / np.max(np.abs(y))


def _bernoulli(angles: Any, offset: float = 0.0, *, exp_scale: float = 0.1) -> tuple[Any, Any]:
    return _scaled(np.exp(exp_scale * angles) * np.cos(angles + offset)), _scaled(
        np.exp(exp_scale * angles) * np.sin(angles + offset)
    )


def _fermat(angles: Any, offset: float = 0.0) -> tuple[Any, Any]:
    return _scaled(np.sqrt(angles) * np.cos(angles + offset)), _scaled(np.sqrt(angles) * np.sin(angles + offset))


def _scaled(values: Any) -> Any:
    return values / np.max(np.abs(values))


_MODES: Final[dict[str, Callable[..., tuple[Any, Any]]]] = {
    "archimedes": _archimedes,
    "bernoulli": _bernoulli,
    "fermat": _fermat,
}


def spirals(
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = None,
    mode: str = "archimedes",
    n_loops: int = 2,
    **kwargs: Any,
) -> Dataset:
    """Returns points on two spirals, a spiral a class.

    Args:
      n_samples: how many points.
      noise: the standard deviation of what is added to each coordinate; None for nothing.
      seed: what NumPy's generator is seeded from; None leaves it as it is.
      mode: "archimedes" (arms at equal distances), "bernoulli" (distances that grow) or "fermat" (that shrink).
      n_loops: how often a spiral turns.
      **kwargs: for "bernoulli" `exp_scale`, how fast it grows.

    Returns:
      The points, float64 of [n_samples, 2], and their classes, int32 of [n_samples].

    Raises:
      ValueError: another `mode`.
    """
    if mode not in _MODES:
        raise ValueError(f"Cannot generate spiral with mode {mode}")
    _seed(seed)
    share, extra = divmod(n_samples, 2)
    angles = np.linspace(0, 2 * n_loops * np.pi, share)
    parts = [_MODES[mode](angles, label * np.pi, **kwargs) for label in range(2)]
    if extra:
        parts.append(_MODES[mode](_turns(extra), **kwargs))
    return _shuffled(parts, share, 2, noise)


def _seed(seed: int | None) -> None:
    if seed is not None:
        np.random.seed(seed)  # noqa: NPY002  TensorFlow's generator, and the program's


def _turns(count: int) -> Any:
    return np.random.rand(count) * 2 * np.pi  # noqa: NPY002


def _shuffled(parts: list[tuple[Any, Any]], share: int, classes: int, noise: float | None) -> Dataset:
    """Returns all points in an order by chance; those that are left over belong to class 0."""
    points = np.concatenate([np.stack(part, axis=1) for part in parts])
    labels = np.zeros(len(points), np.int32)
    labels[: share * classes] = np.repeat(np.arange(classes), share)
    order = np.random.permutation(len(points))  # noqa: NPY002
    if noise is not None:
        points = points + np.random.normal(scale=noise, size=points.shape)  # noqa: NPY002
    return Dataset(points[order], labels[order])
