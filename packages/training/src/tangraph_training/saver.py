"""The Saver: variables to checkpoints and back."""

from __future__ import annotations

import os
import time
from numbers import Integral
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import errors, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.protos import SaverDef
from tangraph.util import tf_logging
from tangraph_interop.checkpoint.state import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    meta_graph_filename,
    remove_checkpoint,
    write_checkpoint_state,
)
from tangraph_training import saver_graph
from tangraph_training.saveables import saveables_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def _all_saveable_objects() -> list[Any]:
    graph = stacks.get_default_graph()
    return graph.get_collection(GraphKeys.GLOBAL_VARIABLES) + graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)


@export("train.Saver")
class Saver:
    """Saves variables to checkpoints and restores them.

    A checkpoint is a few files with one prefix: ``model-1000.index``, ``model-1000.data-00000-of-00001``, and
    ``model-1000.meta``, which holds the graph. TensorFlow reads them, and those of TensorFlow are read.

    Args:
      var_list: the variables: a list, or a dict from names in checkpoints; all global variables (and the objects in
        SAVEABLE_OBJECTS) when None.
      reshape: whether checkpoints may hold the variables in other shapes.
      sharded: whether there is one data file a device.
      max_to_keep: how many of the latest checkpoints are kept; 0 or None for all.
      keep_checkpoint_every_n_hours: besides, one checkpoint is kept for good each time so many hours have passed.
      name: the scope of the nodes; "save" when None.
      restore_sequentially: accepted; a checkpoint is read in one go.
      saver_def: a SaverDef message that names nodes that are there already; then none are added.
      builder: accepted and not used.
      defer_build: whether the nodes are added by `build` only.
      allow_empty: whether there may be no variables; then nothing is saved.
      write_version: ``SaverDef.V2``, or ``SaverDef.V1`` for TensorFlow's format before version 0.12.
      pad_step_number: whether step numbers in names have at least eight digits.
      save_relative_paths: whether the file "checkpoint" has paths relative to its folder.
      filename: the default for the prefix.

    Raises:
      ValueError: there are no variables; two of them have one name.
      TypeError: `var_list` holds something else.

    >>> import tempfile, tangraph as tf
    >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder, tf.Session() as sess:
    ...     v = tf.Variable(3.0, name="v")
    ...     saver = tf.train.Saver()
    ...     sess.run(v.initializer)
    ...     path = saver.save(sess, folder + "/model", global_step=7)
    ...     _ = sess.run(v.assign(0.0))
    ...     saver.restore(sess, path)
    ...     os.path.basename(path), float(sess.run(v))
    ('model-7', 3.0)
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = SaverDef.V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set defer_build=False or var_list=None."
            )
        if saver_def is not None and not isinstance(saver_def, SaverDef):
            if type(saver_def).__name__ != "SaverDef":
                raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {saver_def}")
            saver_def = SaverDef.FromString(saver_def.SerializeToString())
        if saver_def is not None and saver_def.version != SaverDef.LEGACY:
            write_version = saver_def.version
        if write_version not in {SaverDef.V1, SaverDef.V2}:
            raise RuntimeError(f"Unexpected write_version: {write_version}")
        self._write_version = write_version
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep or 0
        self._keep_hours = keep_checkpoint_every_n_hours
        self._name = name
        self._allow_empty = allow_empty
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename
        self._is_built = False
        self._is_empty = False
        self._object_saver: Saver | None = None
        self._last_checkpoints: list[tuple[str, float]] = []
        self._to_be_deleted: list[tuple[str, float]] = []
        self.saver_def: SaverDef | None = saver_def
        if not defer_build:
            self.build()
        if self.saver_def is not None:
            self._check_saver_def()

    def build(self) -> None:
        """Adds the nodes to the graph, unless they are there already."""
        if self._is_built:
            return
        self._is_built = True
        if self.saver_def is None:
            var_list = _all_saveable_objects() if self._var_list is None else self._var_list
            if not var_list:
                if not self._allow_empty:
                    raise ValueError("No variables to save")
                self._is_empty = True
                return
            self.saver_def = saver_graph.build(
                saveables_of(var_list),
                name=self._name,
                filename=self._filename,
                reshape=self._reshape,
                sharded=self._sharded,
                max_to_keep=self._max_to_keep,
                keep_checkpoint_every_n_hours=self._keep_hours,
                version=self._write_version,
            )
        elif self._name:
            for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
                setattr(self.saver_def, field, f"{self._name}/{getattr(self.saver_def, field)}")
        self._check_saver_def()
        self._next_checkpoint_time = time.time() + self.saver_def.keep_checkpoint_every_n_hours * 3600

    def _check_saver_def(self) -> None:
        saver_def = self.saver_def
        if not isinstance(saver_def, SaverDef):
            raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {saver_def}")
        if not saver_def.save_tensor_name:
            raise ValueError(f"saver_def must specify the save_tensor_name: {saver_def}")
        if not saver_def.restore_op_name:
            raise ValueError(f"saver_def must specify the restore_op_name: {saver_def}")

    def _built(self) -> SaverDef:
        if not self._is_built or self.saver_def is None:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        return self.saver_def

    def as_saver_def(self) -> SaverDef | None:
        """Returns the message that names the nodes."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> SaverDef | None:
        """Returns the message that names the nodes; None when they are outside of `export_scope`, or not yet built."""
        if export_scope is None:
            return self.saver_def
        found = self._built()
        if not (
            found.filename_tensor_name.startswith(export_scope) and found.save_tensor_name.startswith(export_scope)
        ):
            return None
        stripped = SaverDef()
        stripped.CopyFrom(found)
        for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
            setattr(stripped, field, getattr(found, field).removeprefix(export_scope.rstrip("/") + "/"))
        return stripped

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        """Returns a Saver for nodes that are in the graph."""
        return Saver(saver_def=saver_def, name=import_scope)

    # -- which checkpoints there are -------------------------------------------------------------------------------

    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that are kept, from the oldest to the latest; give any of them to `restore`."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Says which checkpoints there are; `set_last_checkpoints_with_time` knows their times too."""
        if not isinstance(last_checkpoints, list):
            raise AssertionError("last_checkpoints must be a list")
        self._last_checkpoints = [(path, float("inf")) for path in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: Sequence[tuple[str, float]]) -> None:
        """Says which checkpoints there are, and when they were made."""
        if not isinstance(last_checkpoints_with_time, list):
            raise AssertionError("last_checkpoints_with_time must be a list")
        self._last_checkpoints = last_checkpoints_with_time

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Takes over checkpoints that an earlier process made, so that they are deleted in their turn."""
        found = [path for path in checkpoint_paths if get_checkpoint_mtimes([path])]
        self.set_last_checkpoints_with_time(list(zip(found, get_checkpoint_mtimes(found), strict=True)))

    def _record(self, path: str) -> None:
        saver_def = self._built()
        if not saver_def.max_to_keep:
            return
        self._last_checkpoints = [item for item in self._last_checkpoints if item[0] != path]
        self._last_checkpoints.append((path, time.time()))
        if len(self._last_checkpoints) > saver_def.max_to_keep:
            self._to_be_deleted.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix: str) -> None:
        if not self._to_be_deleted:
            return
        path, made = self._to_be_deleted.pop(0)
        if made > self._next_checkpoint_time:
            self._next_checkpoint_time += self._built().keep_checkpoint_every_n_hours * 3600
            return
        try:
            remove_checkpoint(path, self._built().version, meta_graph_suffix)
        except OSError as error:
            tf_logging.warning("Ignoring: %s", error)

    # -- save and restore --------------------------------------------------------------------------------------------

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Writes a checkpoint.

        Args:
          sess: the session that holds the variables.
          save_path: the prefix of the files.
          global_step: a number, or a tensor or variable that holds one, to append to the prefix.
          latest_filename: the file in the same folder that says which checkpoints there are; "checkpoint" when None.
          meta_graph_suffix: the suffix of the graph's file.
          write_meta_graph: whether to write the graph.
          write_state: whether to write the file `latest_filename`.
          strip_default_attrs: whether the graph's file leaves out attrs that have their default.
          save_debug_info: accepted and not used.

        Returns:
          The checkpoint's prefix, for `restore`; None when there are no variables.

        Raises:
          TypeError: `sess` is no session.
          ValueError: the folder does not exist; `latest_filename` is no plain name, or collides with `save_path`.
          FailedPreconditionError: a variable is not initialised.
        """
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        latest = "checkpoint" if latest_filename is None else latest_filename
        if os.path.split(latest)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        save_path = os.fspath(save_path)
        checkpoint = self._checkpoint_name(sess, save_path, global_step)
        if global_step is None and os.path.basename(save_path) == latest and not self._sharded:
            raise ValueError(f"'latest_filename' collides with 'save_path': '{latest}' and '{save_path}'")
        from tangraph.client.session import BaseSession

        if not isinstance(sess, BaseSession) and not hasattr(sess, "_tf_sess"):
            raise TypeError(f"'sess' must be a Session; {sess}")
        written = checkpoint
        if not self._is_empty:
            written = self._run_save(sess, save_path, checkpoint)
            if write_state:
                self._record(written)
                write_checkpoint_state(
                    os.path.dirname(save_path),
                    written,
                    self.last_checkpoints,
                    latest,
                    save_relative_paths=self._save_relative_paths,
                )
                self._delete_old(meta_graph_suffix)
        if write_meta_graph:
            with sess.graph.as_default():
                self.export_meta_graph(
                    meta_graph_filename(checkpoint, meta_graph_suffix), strip_default_attrs=strip_default_attrs
                )
        return None if self._is_empty else written

    def _checkpoint_name(self, sess: Any, save_path: str, global_step: Any) -> str:
        if global_step is None:
            return save_path
        from tangraph_training.global_step import global_step as read_global_step

        integral = isinstance(global_step, Integral)
        step = int(global_step) if integral else int(read_global_step(sess, global_step))
        return f"{save_path}-{step:08d}" if self._pad_step_number else f"{save_path}-{step}"

    def _run_save(self, sess: Any, save_path: str, checkpoint: str) -> str:
        saver_def = self._built()
        try:
            written = sess.run(saver_def.save_tensor_name, {saver_def.filename_tensor_name: checkpoint})
        except (errors.FailedPreconditionError, errors.NotFoundError):
            if not os.path.isdir(os.path.dirname(save_path)):
                raise ValueError(f"Parent directory of {save_path} doesn't exist, can't save.") from None
            raise
        return os.fsdecode(written)

    def restore(self, sess: Any, save_path: str | None) -> None:
        """Reads the variables from a checkpoint; they need not be initialised.

        Args:
          sess: the session.
          save_path: the checkpoint's prefix, as `save` returned it.

        Raises:
          ValueError: there is no such checkpoint.
          NotFoundError: it lacks a variable.
          InvalidArgumentError: a variable has another shape or type there.
          DataLossError: it is damaged.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        prefix = os.fsdecode(save_path)
        if not checkpoint_exists(prefix):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {prefix}")
        saver_def = self._built()
        tf_logging.info("Restoring parameters from %s", prefix)
        try:
            sess.run(saver_def.restore_op_name, {saver_def.filename_tensor_name: prefix})
        except errors.NotFoundError as error:
            keys = _keys_of_objects(prefix)
            if keys is None:
                raise _explained(
                    error, "a Variable name or other graph key that is missing from the checkpoint."
                ) from error
            self._restore_objects(sess, prefix, keys)
        except errors.InvalidArgumentError as error:
            raise _explained(
                error, "a mismatch between the current graph and the graph from the checkpoint."
            ) from error

    def _restore_objects(self, sess: Any, prefix: str, keys: dict[str, str]) -> None:
        """Restores from a checkpoint of `tf.train.Checkpoint`, which has the variables' names beside its own."""
        if self._object_saver is None:
            tf_logging.warning(
                "Restoring an object-based checkpoint using a name-based saver. This may be somewhat fragile, and will "
                "re-build the Saver. Instead, consider loading object-based checkpoints using tf.train.Checkpoint()."
            )
            with sess.graph.as_default():
                var_list = _all_saveable_objects() if self._var_list is None else self._var_list
                found = {saveable.name: saveable for saveable in saveables_of(var_list)}
                missing = set(found) - set(keys)
                if missing:
                    raise errors.NotFoundError(None, None, _unmatched(missing, set(keys) - set(found), len(found)))
                for name, saveable in found.items():
                    saveable.name = keys[name]
                    for spec in saveable.specs:
                        spec.name = spec.name.replace(name, keys[name])
                self._object_saver = Saver(list(found.values()))
        self._object_saver.restore(sess, prefix)

    def export_meta_graph(
        self,
        filename: str | None = None,
        collection_list: Sequence[str] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """Writes the graph, its collections and this Saver as a MetaGraphDef; see `tf.train.export_meta_graph`."""
        del save_debug_info
        from tangraph_interop.meta_graph import export_meta_graph

        return export_meta_graph(
            filename=filename,
            graph_def=stacks.get_default_graph().as_graph_def(add_shapes=True),
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
        )


def _explained(error: Any, reason: str) -> Exception:
    explained: Exception = type(error)(
        error.node_def,
        error.op,
        f"Restoring from checkpoint failed. This is most likely due to {reason} Please ensure that you have not altered "
        f"the graph expected based on the checkpoint. Original error:\n\n{error.message}",
    )
    return explained


def _keys_of_objects(prefix: str) -> dict[str, str] | None:
    """The keys of an object-based checkpoint by the names that the variables had; None for another checkpoint."""
    from tangraph_training.objects.checkpoint import read_object_graph

    message = read_object_graph(prefix)
    if message is None:
        return None
    return {attribute.full_name: attribute.checkpoint_key for node in message.nodes for attribute in node.attributes}


def _unmatched(missing: set[str], unused: set[str], count: int) -> str:
    return (
        f"\n\nExisting variables not in the checkpoint: {', '.join(sorted(missing))}\n\n"
        f"Variables names when this checkpoint was written which don't exist now: {', '.join(sorted(unused))}\n\n"
        f"({count - len(missing)} variable name(s) did match)\n\n"
        "Could not find some variables in the checkpoint (see names above). Saver was attempting to load an object-based "
        "checkpoint (saved using tf.train.Checkpoint or tf.keras.Model.save_weights) using variable names. New variables, "
        "or a name that changed (by a suffix '_1', for example), may be why. A Saver(var_list=...) of only the variables "
        "that existed restores them; it takes a dictionary whose keys are the old names."
    )
