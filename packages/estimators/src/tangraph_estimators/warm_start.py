"""WarmStartSettings: which values of another model a new one begins with."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Self

import tangraph as tf
from tangraph.export import export


class _Fields(NamedTuple):
    ckpt_to_initialize_from: Any
    vars_to_warm_start: Any
    var_name_to_vocab_info: Any
    var_name_to_prev_var_name: Any


@export("estimator.WarmStartSettings")
class WarmStartSettings(_Fields):
    """Settings of a warm start, as `tf.train.warm_start` takes them.

    Args:
      ckpt_to_initialize_from: a checkpoint, or the folder of one.
      vars_to_warm_start: a regular expression, a list of them, or a list of variables; all trainable ones by default.
      var_name_to_vocab_info: name of a variable -> `tf.estimator.VocabInfo`.
      var_name_to_prev_var_name: name of a variable -> its name in the checkpoint, where that is another.

    Raises:
      ValueError: there is no checkpoint.

    >>> import tangraph as tf
    >>> tf.estimator.WarmStartSettings("/tmp/model").vars_to_warm_start
    '.*'
    """

    __slots__ = ()

    def __new__(
        cls,
        ckpt_to_initialize_from: Any,
        vars_to_warm_start: Any = ".*",
        var_name_to_vocab_info: Any = None,
        var_name_to_prev_var_name: Any = None,
    ) -> Self:
        """Fills in the defaults."""
        if not ckpt_to_initialize_from:
            raise ValueError("`ckpt_to_initialize_from` MUST be set in WarmStartSettings")
        vocabularies, names = var_name_to_vocab_info or {}, var_name_to_prev_var_name or {}
        return super().__new__(cls, ckpt_to_initialize_from, vars_to_warm_start, vocabularies, names)


def settings_of(warm_start_from: Any) -> WarmStartSettings | None:
    """Returns the settings that the argument of an estimator stands for.

    Args:
      warm_start_from: None, settings, a checkpoint, its folder, or the folder of a SavedModel.

    Raises:
      ValueError: it is something else.
    """
    if warm_start_from is None or isinstance(warm_start_from, WarmStartSettings):
        return warm_start_from
    if not isinstance(warm_start_from, str | bytes):
        raise ValueError(
            f"warm_start_from must be a string or a WarmStartSettings, instead got {type(warm_start_from)}"
        )
    variables = os.path.join(tf.compat.as_text(warm_start_from), "variables", "variables")
    if tf.gfile.Exists(f"{variables}.index"):
        tf.logging.info("Warm-starting from a SavedModel")
        return WarmStartSettings(variables)
    return WarmStartSettings(warm_start_from)


def warm_start(settings: WarmStartSettings | None) -> None:
    """Lets the variables of the default graph begin with the values that the settings name."""
    if settings:
        tf.logging.info(f"Warm-starting with WarmStartSettings: {settings}")
        tf.train.warm_start(*settings)
