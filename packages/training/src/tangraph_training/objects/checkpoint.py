"""tf.train.Checkpoint: objects with their variables, by their places in the program."""

from __future__ import annotations

import os
from typing import Any, Final

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.errors import NotFoundError
from tangraph.framework.scopes import colocate_with, control_dependencies, device
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity
from tangraph.ops.state.variable_base import Variable
from tangraph_interop.checkpoint.reader import NewCheckpointReader
from tangraph_interop.checkpoint.state import write_checkpoint_state
from tangraph_interop.messages import TrackableObjectGraph
from tangraph_training.objects import device_saver
from tangraph_training.objects.dependencies import Dependency, is_trackable
from tangraph_training.objects.object_graph import ObjectGraph
from tangraph_training.objects.restoring import (
    CheckpointLoadStatus,
    InitializationOnlyStatus,
    NameBasedSaverStatus,
    session_or_default,
)
from tangraph_training.saveables import SaveableObject, SaveSpec

#: The name under which a checkpoint describes its objects.
OBJECT_GRAPH_KEY: Final = "_CHECKPOINTABLE_OBJECT_GRAPH"


@export("train.Checkpoint")
class Checkpoint:
    """Objects that are saved together: variables, optimizers, layers.

    What is saved is found by the names of attributes, not by those of variables, so that a checkpoint can be read by a
    program whose variables are called otherwise.

    Args:
      **kwargs: the objects; they become attributes. More attributes may be set later.

    Raises:
      ValueError: an object that holds nothing that can be saved.

    >>> import tempfile, tangraph as tf
    >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder, tf.Session() as sess:
    ...     v = tf.Variable(3.0, use_resource=True)
    ...     checkpoint = tf.train.Checkpoint(weight=v)
    ...     sess.run(v.initializer)
    ...     path = checkpoint.save(folder + "/model")
    ...     _ = sess.run(v.assign(0.0))
    ...     checkpoint.restore(path).assert_consumed().run_restore_ops()
    ...     os.path.basename(path), float(sess.run(v))
    ('model-1', 3.0)
    """

    def __init__(self, **kwargs: Any) -> None:
        for name, value in sorted(kwargs.items()):
            if not is_trackable(value):
                raise ValueError(
                    "`Checkpoint` was expecting a trackable object (an object derived from `TrackableBase`), got "
                    f"{value}. If you believe this object should be trackable (i.e. it is part of the TensorFlow Python "
                    "API and manages state), please open an issue."
                )
            setattr(self, name, value)
        self._save_counter: Any = None
        self._increment: Any = None
        self._feeds: tuple[Tensor, Tensor] | None = None
        self._restore_prefix: Tensor | None = None
        self._last_saved: TrackableObjectGraph | None = None
        self._save_operation: Any = None
        self._restored: dict[str, Any] = {}

    @property
    def _checkpoint_dependencies(self) -> list[Dependency]:
        values = [(name, ref) for name, ref in vars(self).items() if not name.startswith("_")]
        found = [
            Dependency(name, ref) for name, ref in values if isinstance(ref, (list, tuple, dict)) or is_trackable(ref)
        ]
        return found if self._save_counter is None else [*found, Dependency("save_counter", self._save_counter)]

    @property
    def save_counter(self) -> Any:
        """The variable that counts calls of `save`; made when it is first asked for."""
        if self._save_counter is None:
            with device("/cpu:0"):
                make: Any = Variable
                self._save_counter = make(
                    0, name="save_counter", dtype=dtypes.int64, trainable=False, use_resource=True
                )
        return self._save_counter

    def save(self, file_prefix: Any, session: Any = None) -> str:
        """Saves under the next number, and notes that for `tf.train.latest_checkpoint`.

        Args:
          file_prefix: the prefix of the files; "-1" and so on is appended.
          session: the session that holds the variables; the default one when None.

        Returns:
          The checkpoint's name, for `restore`.

        Raises:
          ValueError: there is no session.
        """
        session = session_or_default(session)
        file_prefix = os.fsdecode(file_prefix)
        if self._save_counter is None:
            session.run(self.save_counter.initializer)
        if self._increment is None:
            with colocate_with(self.save_counter):
                self._increment = self.save_counter.assign_add(1, read_value=True)
        number = session.run(self._increment)
        path = self.write(f"{file_prefix}-{int(number)}", session)
        write_checkpoint_state(os.path.dirname(file_prefix), path, [path], save_relative_paths=True)
        return path

    def write(self, file_prefix: Any, session: Any = None) -> str:
        """Saves under a name; nothing is numbered or noted.

        Args:
          file_prefix: the prefix of the files.
          session: the session that holds the variables; the default one when None.

        Returns:
          The checkpoint's name, for `restore`.
        """
        prefix = os.fsdecode(file_prefix)
        if self._feeds is None:
            with device("/cpu:0"):
                self._feeds = constant("", dtypes.string), constant("", dtypes.string)
        description, path = self._feeds
        folder = os.path.dirname(prefix)
        if folder:
            os.makedirs(folder, exist_ok=True)
        message, saveables = ObjectGraph.of(self).serialized()
        if message != self._last_saved:
            described = SaveableObject(description, [SaveSpec(description, "", OBJECT_GRAPH_KEY)], OBJECT_GRAPH_KEY)
            done = device_saver.save(path, [*saveables, described])
            with device("/cpu:0"), control_dependencies([done]):
                self._save_operation = identity(path)
            self._last_saved = message
        feeds = {path: prefix, description: message.SerializeToString()}
        return os.fsdecode(session_or_default(session).run(self._save_operation, feed_dict=feeds))

    def restore(self, save_path: Any) -> CheckpointLoadStatus | InitializationOnlyStatus | NameBasedSaverStatus:
        """Finds what a checkpoint has for the objects; the variables get it by the methods of what is returned.

        Args:
          save_path: the checkpoint's name, of `save` or of a `tf.train.Saver`; None (as `tf.train.latest_checkpoint`
            returns when there is none) for no checkpoint.

        Returns:
          A status: `run_restore_ops(session)` restores, `initialize_or_restore(session)` initialises the rest too,
          `assert_consumed()` checks that nothing is left over.

        Raises:
          NotFoundError: there is no such checkpoint.
          DataLossError: it is damaged.
        """
        status = InitializationOnlyStatus(self) if save_path is None else self._restore(os.fsdecode(save_path))
        # So that it is initialised with the other variables.
        _ = self.save_counter
        if isinstance(status, CheckpointLoadStatus):
            status._match()
        return status

    def _restore(self, path: str) -> CheckpointLoadStatus | NameBasedSaverStatus:
        message = read_object_graph(path)
        if message is None:
            return NameBasedSaverStatus(self, path)
        if self._restore_prefix is None:
            with device("/cpu:0"):
                self._restore_prefix = constant("model")
        return CheckpointLoadStatus(self, message, self._restore_prefix, path, self._restored)


def read_object_graph(path: str) -> TrackableObjectGraph | None:
    """Returns what a checkpoint says of its objects; None when a Saver wrote it."""
    try:
        data = NewCheckpointReader(path).get_tensor(OBJECT_GRAPH_KEY)
    except NotFoundError:
        if not NewCheckpointReader(path).has_tensor(OBJECT_GRAPH_KEY):
            return None
        raise
    return TrackableObjectGraph.FromString(data)
