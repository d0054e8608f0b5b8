"""TrainSpec and EvalSpec: what `train_and_evaluate` does, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.checks import check_steps
from tangraph_estimators.exporters import Exporter


class _TrainFields(NamedTuple):
    input_fn: Any
    max_steps: Any
    hooks: Any


@export("estimator.TrainSpec")
class TrainSpec(_TrainFields):
    """What is trained, and how long.

    Args:
      input_fn: a function that returns the training data; see `Estimator.train`.
      max_steps: the global step at which training ends; None for the whole input.
      hooks: hooks for training.

    Raises:
      ValueError: `max_steps` is not positive.
      TypeError: `input_fn` is no function, or a hook none.

    >>> import tangraph as tf
    >>> tf.estimator.TrainSpec(lambda: None, max_steps=10).max_steps
    10
    """

    __slots__ = ()

    def __new__(cls, input_fn: Any, max_steps: int | None = None, hooks: Any = None) -> Self:
        """Checks everything."""
        _check_input_fn(input_fn)
        check_steps(max_steps, "max_steps")
        return super().__new__(cls, input_fn, max_steps, checked_hooks(hooks))


class _EvalFields(NamedTuple):
    input_fn: Any
    steps: Any
    name: Any
    hooks: Any
    exporters: Any
    start_delay_secs: Any
    throttle_secs: Any


@export("estimator.EvalSpec")
class EvalSpec(_EvalFields):
    """What is evaluated after a checkpoint, and exported.

    Args:
      input_fn: a function that returns the data; see `Estimator.evaluate`.
      steps: the number of batches; None for the whole input.
      name: tells the results of several evaluations from each other.
      hooks: hooks for evaluations.
      exporters: an Exporter, or several, with different names.
      start_delay_secs: how long an evaluator of a cluster waits at first.
      throttle_secs: the least time between two evaluations.

    Raises:
      ValueError: a number is out of its range, or two exporters have one name.
      TypeError: something is not of the type it must have.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Any,
        steps: int | None = 100,
        name: str | None = None,
        hooks: Any = None,
        exporters: Any = None,
        start_delay_secs: float = 120,
        throttle_secs: float = 600,
    ) -> Self:
        """Checks everything."""
        _check_input_fn(input_fn)
        check_steps(steps)
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` must be string, given: {name}")
        hooks, exporters = checked_hooks(hooks), _checked_exporters(exporters)
        if start_delay_secs < 0:
            raise ValueError(f"Must specify start_delay_secs >= 0, given: {start_delay_secs}")
        if throttle_secs < 0:
            raise ValueError(f"Must specify throttle_secs >= 0, given: {throttle_secs}")
        return super().__new__(cls, input_fn, steps, name, hooks, exporters, start_delay_secs, throttle_secs)


def _check_input_fn(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"`input_fn` must be callable, given: {input_fn}")


def checked_hooks(hooks: Iterable[Any] | None) -> tuple[Any, ...]:
    """Returns hooks as a tuple.

    Raises:
      TypeError: one of them is no hook.
    """
    hooks = tuple(hooks or ())
    for hook in hooks:
        if not isinstance(hook, tf.train.SessionRunHook):
            raise TypeError(f"All hooks must be `SessionRunHook` instances, given: {hook}")
    return hooks


def _checked_exporters(exporters: Any) -> tuple[Exporter, ...]:
    if not exporters:
        return ()
    if isinstance(exporters, Exporter):
        exporters = (exporters,)
    elif not isinstance(exporters, Iterable) or not all(isinstance(one, Exporter) for one in exporters):
        raise TypeError(f"`exporters` must be an Exporter, an iterable of Exporter, or `None`, found {exporters}.")
    names = [exporter.name for exporter in exporters]
    for place, name in enumerate(names):
        if not name:
            raise ValueError(f"An Exporter cannot have a name that is `None` or empty. All exporter names: {names}")
        if not isinstance(name, str):
            raise ValueError(f"An Exporter must have a string name. Given: {type(name)}")
        if name in names[:place]:
            raise ValueError(
                f"`exporters` must have unique names. Such a name cannot be `None`. All exporter names: {names}"
            )
    return tuple(exporters)
