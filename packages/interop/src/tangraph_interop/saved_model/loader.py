"""SavedModels back into sessions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.errors import NotFoundError
from tangraph.framework.graph_keys import GraphKeys
from tangraph.ops.state.scoped_names import prepend_name_scope
from tangraph.util import tf_logging
from tangraph_interop.messages import MetaGraphDef, SavedModel
from tangraph_interop.meta_graph import import_meta_graph
from tangraph_interop.saved_model import constants
from tangraph_interop.saved_model.assets import asset_feeds
from tangraph_interop.wire import merge_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


@export(
    "saved_model.maybe_saved_model_directory",
    "saved_model.contains_saved_model",
    "saved_model.loader.maybe_saved_model_directory",
)
def maybe_saved_model_directory(export_dir: Any) -> bool:
    """Returns whether a folder has the file of a SavedModel."""
    return any(os.path.exists(path) for path in _files(export_dir))


def _files(export_dir: Any) -> list[str]:
    folder = os.fsdecode(export_dir)
    names = (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT)
    return [os.path.join(folder, name) for name in names]


def parse_saved_model(export_dir: Any) -> SavedModel:
    """Returns the message of a SavedModel.

    Raises:
      OSError: there is none in the folder, or it cannot be parsed.
    """
    message = SavedModel()
    binary, text = _files(export_dir)
    for path in (binary, text):
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            continue
        try:
            if path == binary:
                message.ParseFromString(data)
            else:
                merge_text(data, message)
        except ValueError as error:
            raise OSError(f"Cannot parse file {path}: {error}.") from None
        return message
    names = f"{constants.SAVED_MODEL_FILENAME_PBTXT}|{constants.SAVED_MODEL_FILENAME_PB}"
    raise OSError(f"SavedModel file does not exist at: {export_dir}/{{{names}}}")


@export("saved_model.load", "saved_model.loader.load")
def load(
    sess: Any, tags: Iterable[str], export_dir: Any, import_scope: str | None = None, **saver_kwargs: Any
) -> MetaGraphDef:
    """Adds a graph of a SavedModel to a session's graph, restores its variables and runs its main operation.

    Args:
      sess: the session.
      tags: the tags of the graph, all of them.
      export_dir: the SavedModel's folder.
      import_scope: the scope for the nodes; none when None.
      **saver_kwargs: further arguments of `tf.train.import_meta_graph`.

    Returns:
      The MetaGraphDef, which has the signatures.

    Raises:
      OSError: there is no SavedModel.
      RuntimeError: it has no graph with these tags.
    """
    return SavedModelLoader(export_dir).load(sess, tags, import_scope, **saver_kwargs)


class SavedModelLoader:
    """Loads the graphs of a SavedModel.

    Args:
      export_dir: its folder.

    Raises:
      OSError: there is no SavedModel.
    """

    def __init__(self, export_dir: Any) -> None:
        self._export_dir = os.fsdecode(export_dir)
        self._saved_model = parse_saved_model(export_dir)

    @property
    def export_dir(self) -> str:
        """The folder."""
        return self._export_dir

    @property
    def variables_path(self) -> str:
        """The prefix of the checkpoint with the variables."""
        return os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY, constants.VARIABLES_FILENAME)

    @property
    def saved_model(self) -> SavedModel:
        """The message."""
        return self._saved_model

    def get_meta_graph_def_from_tags(self, tags: Iterable[str]) -> MetaGraphDef:
        """Returns the graph that has just these tags.

        Raises:
          RuntimeError: there is none.
        """
        known = [set(graph.meta_info_def.tags) for graph in self._saved_model.meta_graphs]
        for graph, found in zip(self._saved_model.meta_graphs, known, strict=True):
            if found == set(tags):
                return graph
        raise RuntimeError(
            f"MetaGraphDef associated with tags {str(tags).strip('[]')} could not be found in SavedModel. To inspect "
            f"available tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`\n"
            f"available_tags: {known}"
        )

    def load_graph(
        self, graph: Graph, tags: Iterable[str], import_scope: str | None = None, **saver_kwargs: Any
    ) -> Any:
        """Adds the graph with these tags; returns its Saver, and the elements of `return_elements` or None."""
        with graph.as_default():
            found = import_meta_graph(
                self.get_meta_graph_def_from_tags(tags), import_scope=import_scope, **saver_kwargs
            )
        return found if saver_kwargs.get("return_elements") is not None else (found, None)

    def restore_variables(self, sess: Any, saver: Any, import_scope: str | None = None) -> None:
        """Restores the variables.

        Raises:
          ValueError: there are some, and no Saver.
        """
        graph = sess.graph
        if saver is not None:
            saver.restore(sess, self.variables_path)
        elif any(
            graph.get_collection(key, import_scope) for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS)
        ):
            raise ValueError(
                "No tf.train.Saver object was passed to the function SavedModelLoader.restore_variables. Since there are "
                "variables in the graph, a saver is required."
            )
        else:
            tf_logging.info("The specified SavedModel has no variables; no checkpoints were restored.")

    def run_init_ops(self, sess: Any, tags: Iterable[str], import_scope: str | None = None) -> None:
        """Runs the main operation, with the paths of the assets."""
        message = self.get_meta_graph_def_from_tags(tags)
        feeds = asset_feeds(self._export_dir, message, import_scope)
        found = get_init_op(message, sess.graph, import_scope)
        if found is not None:
            sess.run([found], feed_dict=feeds)

    def load(
        self, sess: Any, tags: Iterable[str], import_scope: str | None = None, **saver_kwargs: Any
    ) -> MetaGraphDef:
        """Does what `tf.saved_model.load` does."""
        tags = list(tags) if not isinstance(tags, (list, set, tuple, str)) else tags
        with sess.graph.as_default():
            saver, _ = self.load_graph(sess.graph, tags, import_scope, **saver_kwargs)
            self.restore_variables(sess, saver, import_scope)
            self.run_init_ops(sess, tags, import_scope)
        return self.get_meta_graph_def_from_tags(tags)


def get_init_op(message: MetaGraphDef, graph: Graph, import_scope: str | None = None) -> Operation | Tensor | None:
    """Returns what a loaded graph runs first; None when there is nothing.

    Raises:
      NotFoundError: it is not in the graph.
      RuntimeError: there are several.
    """
    key = constants.INIT_OP_SIGNATURE_KEY
    if key in message.signature_def:
        name = message.signature_def[key].outputs[key].name
        try:
            found: Operation | Tensor = graph.as_graph_element(prepend_name_scope(name, import_scope))
        except (KeyError, ValueError):
            raise NotFoundError(
                None,
                None,
                f"The {key} could not be found in the graph. Please make sure the SavedModel was created by the internal "
                "_SavedModelBuilder. If you are using the public API, please make sure the SignatureDef in the "
                f'SavedModel does not contain the key "{key}".',
            ) from None
        return found
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if key not in message.collection_def:
            continue
        names = list(message.collection_def[key].node_list.value)
        if len(names) != 1:
            raise RuntimeError(f"Expected exactly one SavedModel init op. Found: {names}")
        first: Operation | Tensor = graph.get_collection(key)[0]
        return first
    return None
