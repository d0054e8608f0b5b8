"""What an estimator checks of what it is given."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from typing import Any, Final

import tangraph as tf
from tangraph_estimators.arguments import argument_names
from tangraph_estimators.run_config import RunConfig, default_session_config

_MODEL_FN_ARGUMENTS: Final = frozenset({"features", "labels", "mode", "params", "self", "config"})
_MAY_BE_OVERRIDDEN: Final = frozenset(
    {"_tf_names", "model_fn", "_create_and_assert_global_step", "_export_all_saved_models"}
)


def checked_config(config: Any, model_dir: Any) -> Any:
    """Returns a RunConfig with a folder (a temporary one when none is given) and the options of sessions.

    Raises:
      ValueError: `config` is no RunConfig, or names another folder than `model_dir`.
    """
    if config is None:
        config = RunConfig()
        tf.logging.info("Using default config.")
    if not isinstance(config, RunConfig):
        raise ValueError(f"config must be an instance of `RunConfig`, but provided {config}.")
    if config.session_config is None:
        config = RunConfig.replace(config, session_config=default_session_config())
    model_dir = tf.compat.path_to_str(model_dir)
    if model_dir is not None and config.model_dir is not None and config.model_dir != model_dir:
        raise ValueError(
            "`model_dir` are set both in constructor and `RunConfig`, but with different values. In constructor: "
            f"'{model_dir}', in `RunConfig`: '{config.model_dir}' "
        )
    if model_dir:
        return RunConfig.replace(config, model_dir=model_dir)
    if config.model_dir is None:
        folder = tempfile.mkdtemp()
        tf.logging.warning("Using temporary folder as model directory: %s", folder)
        return RunConfig.replace(config, model_dir=folder)
    return config


def check_model_fn(model_fn: Any, params: Any) -> None:
    """Raises ValueError unless a model function takes features, and nothing that it cannot get."""
    if model_fn is None:
        raise ValueError("model_fn must be provided to Estimator.")
    names = argument_names(model_fn)
    if "features" not in names:
        raise ValueError(f"model_fn ({model_fn}) must include features argument.")
    if params is not None and "params" not in names:
        raise ValueError(
            f"model_fn ({model_fn}) does not include params argument, but params ({params}) is passed to Estimator."
        )
    if params is None and "params" in names:
        tf.logging.warning(
            "Estimator's model_fn (%s) includes params argument, but params are not passed to Estimator.", model_fn
        )
    unknown = [name for name in names if name not in _MODEL_FN_ARGUMENTS]
    if unknown:
        raise ValueError(f"model_fn ({model_fn}) has following not expected args: {unknown}")


def check_not_overridden(base: type, estimator: Any) -> None:
    """Raises ValueError when a subclass replaces members of its estimator."""
    kind = type(estimator)
    if kind.__name__ == "TPUEstimator":
        return
    members = {name for name in dir(base) if not name.startswith("__")} - _MAY_BE_OVERRIDDEN
    replaced = [name for name in vars(kind) if name in members and getattr(base, name) != getattr(kind, name)]
    if replaced:
        raise ValueError(
            f"Subclasses of Estimator cannot override members of Estimator. {kind} does override {replaced}"
        )


def checked_hooks(hooks: Iterable[Any] | None) -> list[Any]:
    """Returns hooks as a new list.

    Raises:
      TypeError: one of them is no hook.
    """
    hooks = list(hooks or ())
    for hook in hooks:
        if not isinstance(hook, tf.train.SessionRunHook):
            raise TypeError(f"Hooks must be a SessionRunHook, given: {hook}")
    return hooks


def checked_listeners(listeners: Iterable[Any] | None) -> list[Any]:
    """Returns listeners of checkpoints as a new list.

    Raises:
      TypeError: one of them is none.
    """
    listeners = list(listeners or ())
    for listener in listeners:
        if not isinstance(listener, tf.train.CheckpointSaverListener):
            raise TypeError(f"saving_listeners must be a list of CheckpointSaverListener, given: {listener}")
    return listeners


def check_steps(steps: int | None, name: str = "steps") -> None:
    """Raises ValueError unless a number of steps is positive, or None."""
    if steps is not None and steps <= 0:
        raise ValueError(f"Must specify {name} > 0, given: {steps}")


def saved_step(model_dir: str) -> int:
    """Returns the global step of the latest checkpoint in a folder, 0 where there is none."""
    path = tf.train.latest_checkpoint(model_dir)
    if path is None or not os.path.exists(f"{path}.index"):
        return 0
    reader = tf.train.NewCheckpointReader(path)
    return int(reader.get_tensor(tf.GraphKeys.GLOBAL_STEP)) if reader.has_tensor(tf.GraphKeys.GLOBAL_STEP) else 0
