"""warm_start: a new model begins with the values of another one's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_training.checkpoint_init import init_from_checkpoint


@export("train.warm_start")
def warm_start(
    ckpt_to_initialize_from: str,
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: Mapping[str, Any] | None = None,
    var_name_to_prev_var_name: Mapping[str, str] | None = None,
) -> None:
    """Makes variables of the default graph take their initial values from a checkpoint.

    Args:
      ckpt_to_initialize_from: the checkpoint, or a folder whose latest one is meant.
      vars_to_warm_start: a regular expression for names of trainable variables, None for all of them; a list of
        expressions for names of all variables; or a list of variables.
      var_name_to_vocab_info: must be None or empty: rows cannot yet be put in the order of another vocabulary.
      var_name_to_prev_var_name: name of a variable -> its name in the checkpoint, where that is another.

    Raises:
      ValueError: a variable is not in the checkpoint, its shape is another, or a name of the dictionaries is not used.
      NotImplementedError: a vocabulary is given.

    >>> import tempfile, tangraph as tf
    >>> with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default(), tf.Session() as session:
    ...     old = tf.get_variable("w", initializer=3.0)
    ...     session.run(old.initializer)
    ...     path = tf.train.Saver().save(session, folder + "/model")
    ...     with tf.Graph().as_default(), tf.Session() as session:
    ...         new = tf.get_variable("w", initializer=0.0)
    ...         tf.train.warm_start(path)
    ...         session.run(new.initializer)
    ...         float(session.run(new))
    3.0
    """
    if var_name_to_vocab_info:
        raise NotImplementedError(
            f"tf.train.warm_start with vocabularies is not implemented in Tangraph yet. Received: {var_name_to_vocab_info}"
        )
    tf.logging.info(f"Warm-starting from: {ckpt_to_initialize_from}")
    variables = _by_name(vars_to_warm_start)
    previous = var_name_to_prev_var_name or {}
    wanted = variables if vars_to_warm_start else {}
    assignment = {}
    for name, slices in wanted.items():
        tf.logging.debug(f"Warm-starting variable: {name}; prev_var_name: {previous.get(name) or 'Unchanged'}")
        assignment[previous.get(name) or name] = slices[0] if len(slices) == 1 else slices
    init_from_checkpoint(ckpt_to_initialize_from, assignment)
    tf.logging.info("Warm-started %d variables.", len(wanted))
    unused = {name for name in previous if not (name in variables and previous[name])}
    if unused:
        raise ValueError(
            "You provided the following variables in var_name_to_prev_var_name that were not used: "
            f"{unused}.  Perhaps you misspelled them?  Here is the list of viable variable names: {variables.keys()}"
        )


def _by_name(chosen: Any) -> dict[str, list[Any]]:
    """Returns name in a checkpoint -> variable, or slices of a partitioned one."""
    grouped: dict[str, list[Any]] = {}
    for variable in _variables(chosen):
        info = getattr(variable, "_save_slice_info", None)
        grouped.setdefault(info.full_name if info else variable.op.name, []).append(variable)
    return grouped


def _variables(chosen: Any) -> list[Any]:
    if isinstance(chosen, str) or chosen is None:
        tf.logging.info("Warm-starting variables only in TRAINABLE_VARIABLES.")
        return list(tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=chosen))
    if not isinstance(chosen, list):
        raise ValueError(f"`vars_to_warm_start must be a `list` or `str`.  Given type is {type(chosen)}")
    if all(isinstance(item, str) for item in chosen):
        return [v for item in chosen for v in tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=item)]
    if all(isinstance(item, tf.Variable) for item in chosen):
        return chosen
    raise ValueError(
        "If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.  Given types are "
        f"{[type(item) for item in chosen]}"
    )
