"""SavedModels of an estimator: the graph of each mode, with the values of a checkpoint."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Final

import tangraph as tf
from tangraph_estimators.export.outputs import with_default_output
from tangraph_estimators.export.signature_map import build_signatures
from tangraph_estimators.export.supervised import EvalOutput, TrainOutput
from tangraph_estimators.mode_keys import ModeKeys

#: mode -> the tags of its graph. The first mode of an export brings the values: training has all variables.
_TAGS: Final = {
    ModeKeys.TRAIN: [tf.saved_model.tag_constants.TRAINING],
    ModeKeys.EVAL: ["eval"],
    ModeKeys.PREDICT: [tf.saved_model.tag_constants.SERVING],
}
_ATTEMPTS: Final = 10


def export_all(
    estimator: Any,
    export_dir_base: Any,
    receiver_fns: Mapping[str, Any],
    assets_extra: Mapping[str, str] | None,
    as_text: bool,
    checkpoint_path: str | None,
    strip_default_attrs: bool,
) -> bytes:
    """Writes the graphs of some modes into one SavedModel; see `Estimator.experimental_export_all_saved_models`.

    Args:
      estimator: the estimator.
      export_dir_base: the folder in which a folder, named by the time, is made.
      receiver_fns: mode -> function that returns its input receiver.
      assets_extra: path below "assets.extra" -> a file to copy there.
      as_text: whether to write the text format.
      checkpoint_path: the checkpoint; the latest one when None.
      strip_default_attrs: whether attrs that have their default are left out.

    Returns:
      The path of the new folder.

    Raises:
      ValueError: there is no checkpoint, or no mode.
    """
    checkpoint_path = checkpoint_path or _checkpoint_of(estimator)
    folder = timestamped_folder(export_dir_base)
    parent, name = os.path.split(folder)
    temporary = os.path.join(parent, f"temp-{name}")
    builder = tf.saved_model.Builder(temporary)
    modes = [mode for mode in _TAGS if receiver_fns.get(mode)]
    for mode in modes:
        with tf.Graph().as_default() as graph:
            spec, signatures = _build(estimator, graph, receiver_fns[mode], mode)
            values = mode == modes[0]
            _add_graph(builder, estimator, spec, signatures, checkpoint_path, mode, values, strip_default_attrs)
    if not modes:
        raise ValueError(f"No valid modes for exporting found. Got {receiver_fns.keys()}.")
    builder.save(as_text)
    for target, source in (assets_extra or {}).items():
        path = os.path.join(temporary, "assets.extra", tf.compat.as_text(target))
        tf.gfile.MakeDirs(os.path.dirname(path))
        tf.gfile.Copy(source, path)
    tf.gfile.Rename(temporary, folder)
    return os.fsencode(folder)


def _checkpoint_of(estimator: Any) -> str:
    path: str | None = estimator.latest_checkpoint()
    settings = estimator._warm_start_settings
    if path is None and settings:
        path = settings.ckpt_to_initialize_from
        if tf.gfile.IsDirectory(path):
            path = tf.train.latest_checkpoint(path)
    if not path:
        raise ValueError(f"Couldn't find trained model at {estimator.model_dir}.")
    return path


def timestamped_folder(base: Any) -> str:
    """Returns the path of a folder, named by the time in seconds, that does not exist yet.

    Raises:
      RuntimeError: in ten seconds there was none.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        folder = os.path.join(os.fsdecode(base), str(int(time.time())))
        if not tf.gfile.Exists(folder):
            return folder
        time.sleep(1)
        tf.logging.warning(
            f"Directory {os.fsencode(folder)!r} already exists; retrying (attempt {attempt}/{_ATTEMPTS})"
        )
    raise RuntimeError(f"Failed to obtain a unique export directory name after {_ATTEMPTS} attempts.")


def _build(estimator: Any, graph: Any, receiver_fn: Any, mode: str) -> tuple[Any, dict[str, Any]]:
    """Builds the graph of a mode; returns its spec and its signatures."""
    estimator._create_and_assert_global_step(graph)
    tf.set_random_seed(estimator.config.tf_random_seed)
    receiver = receiver_fn()
    labels = getattr(receiver, "labels", None)
    spec = estimator._call_model_fn(receiver.features, labels, mode, estimator.config)
    alternatives = getattr(receiver, "receiver_tensors_alternatives", None)
    serving = mode == ModeKeys.PREDICT
    return spec, build_signatures(receiver.receiver_tensors, _outputs(spec), alternatives, serving)


def _outputs(spec: Any) -> dict[str, Any]:
    if spec.mode == ModeKeys.PREDICT:
        return with_default_output(spec.export_outputs, spec.predictions)
    kind = TrainOutput if spec.mode == ModeKeys.TRAIN else EvalOutput
    return {spec.mode: kind(spec.loss, spec.predictions, spec.eval_metric_ops)}


def _add_graph(
    builder: Any,
    estimator: Any,
    spec: Any,
    signatures: Mapping[str, Any],
    checkpoint_path: str,
    mode: str,
    values: bool,
    strip_default_attrs: bool,
) -> None:
    with tf.Session(config=estimator.config.session_config) as session:
        local_init_op = spec.scaffold.local_init_op
        if local_init_op is None:
            local_init_op = tf.train.Scaffold.default_local_init_op()
        saver = spec.scaffold.saver or tf.train.Saver(sharded=True)
        try:
            saver.restore(session, checkpoint_path)
        except tf.errors.NotFoundError as error:
            raise ValueError(
                "Could not load all requested variables from checkpoint. Please make sure your model_fn does not expect "
                f"variables that were not saved in the checkpoint.\n\nEncountered error with mode `{mode}` while "
                f"restoring checkpoint from: `{checkpoint_path}`. Full Traceback:\n\n{error}"
            ) from error
        if spec.train_op is not None:
            tf.add_to_collection("saved_model_train_op", spec.train_op)
        options: dict[str, Any] = {
            "tags": _TAGS[mode],
            "signature_def_map": signatures,
            "assets_collection": tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
            "main_op": local_init_op,
            "saver": saver,
            "strip_default_attrs": strip_default_attrs,
        }
        if values:
            builder.add_meta_graph_and_variables(session, **options)
        else:
            builder.add_meta_graph(**options)
