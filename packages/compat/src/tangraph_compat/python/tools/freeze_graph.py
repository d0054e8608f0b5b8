"""`tensorflow.python.tools.freeze_graph`: a graph and a checkpoint into a graph without variables."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import tangraph as tf
from tangraph.framework.message import Message

_M = TypeVar("_M", bound=Message)


def freeze_graph_with_def_protos(
    input_graph_def: Any,
    input_saver_def: Any,
    input_checkpoint: str | None,
    output_node_names: str,
    restore_op_name: str | None,
    filename_tensor_name: str | None,
    output_graph: str | None,
    clear_devices: bool,
    initializer_nodes: str | None,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph_def: Any = None,
    input_saved_model_dir: str | None = None,
    saved_model_tags: Any = None,
    checkpoint_version: int = 2,
) -> Any:
    """Returns a GraphDef in which the variables that some nodes need are constants.

    Args:
      input_graph_def: the graph; None when one of the next four has it.
      input_saver_def: a SaverDef, for the nodes that restore.
      input_checkpoint: the checkpoint's name.
      output_node_names: the nodes that are needed, with commas between them.
      restore_op_name, filename_tensor_name: not used.
      output_graph: the file to write to; none when None.
      clear_devices: whether the nodes lose their devices.
      initializer_nodes: nodes to run first, with commas between them.
      variable_names_whitelist: the variables to convert, with commas between them; all when "".
      variable_names_blacklist: the variables to leave.
      input_meta_graph_def: a MetaGraphDef, in place of the graph.
      input_saved_model_dir: a SavedModel's folder, in place of the graph and the checkpoint.
      saved_model_tags: the tags of its graph.
      checkpoint_version: not used; checkpoints of both formats are read.

    Raises:
      ValueError: there is no checkpoint, no node is named, or the graph has no variables.
    """
    del restore_op_name, filename_tensor_name, checkpoint_version
    if not input_saved_model_dir and not tf.train.checkpoint_exists(input_checkpoint):
        raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
    if not output_node_names:
        raise ValueError("You need to supply the name of a node to --output_node_names.")
    source = input_meta_graph_def.graph_def if input_meta_graph_def is not None else input_graph_def
    if clear_devices and source is not None:
        for node in source.node:
            node.device = ""
    if input_graph_def is not None:
        tf.import_graph_def(input_graph_def, name="")
    with tf.Session() as sess:
        if input_saver_def:
            tf.train.Saver(saver_def=input_saver_def).restore(sess, input_checkpoint)
        elif input_meta_graph_def is not None:
            tf.train.import_meta_graph(input_meta_graph_def, clear_devices=True).restore(sess, input_checkpoint)
        elif input_saved_model_dir:
            tf.saved_model.loader.load(sess, saved_model_tags or [], input_saved_model_dir)
            source = sess.graph.as_graph_def() if source is None else source
        else:
            _restore(sess, input_checkpoint)
        if initializer_nodes and not input_saver_def and not input_saved_model_dir:
            sess.run(_names(initializer_nodes))
        frozen = tf.graph_util.convert_variables_to_constants(
            sess,
            source,
            _names(output_node_names),
            variable_names_whitelist=_names(variable_names_whitelist) if variable_names_whitelist else None,
            variable_names_blacklist=_names(variable_names_blacklist) if variable_names_blacklist else None,
        )
    if output_graph:
        with tf.gfile.GFile(output_graph, "wb") as file:
            file.write(frozen.SerializeToString())
    return frozen


def _names(text: str) -> list[str]:
    return text.replace(" ", "").split(",")


def _restore(sess: Any, checkpoint: str | None) -> None:
    """Restores what the checkpoint has of the graph, by names."""
    found = {}
    for name in tf.train.NewCheckpointReader(checkpoint).get_variable_to_shape_map():
        try:
            found[name] = sess.graph.get_tensor_by_name(f"{name}:0")
        except KeyError:
            continue
    operations = sess.graph.get_operations()
    try:
        saver = tf.train.Saver(var_list=found)
    except TypeError:
        if any("/part_" in op.name for op in operations):
            raise ValueError(
                "Models containing partition variables cannot be converted from checkpoint files. Please pass in a "
                "SavedModel using the flag --input_saved_model_dir."
            ) from None
        if not any(op.type.startswith("Variable") or op.type.endswith("VariableOp") for op in operations):
            raise ValueError(
                "No variables were found in this model. It is likely the model was frozen previously. You cannot freeze "
                "a graph twice."
            ) from None
        raise
    saver.restore(sess, checkpoint)


def freeze_graph(
    input_graph: str | None,
    input_saver: str | None,
    input_binary: bool,
    input_checkpoint: str | None,
    output_node_names: str,
    restore_op_name: str | None,
    filename_tensor_name: str | None,
    output_graph: str | None,
    clear_devices: bool,
    initializer_nodes: str | None,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph: str | None = None,
    input_saved_model_dir: str | None = None,
    saved_model_tags: str = "serve",
    checkpoint_version: int = 2,
) -> Any:
    """As `freeze_graph_with_def_protos`, of files; `input_binary` says whether they are in the text format.

    Raises:
      OSError: a file does not exist.
    """
    return freeze_graph_with_def_protos(
        _read(tf.GraphDef(), input_graph, input_binary, "graph"),
        _read(tf.train.SaverDef(), input_saver, input_binary, "saver"),
        input_checkpoint,
        output_node_names,
        restore_op_name,
        filename_tensor_name,
        output_graph,
        clear_devices,
        initializer_nodes,
        variable_names_whitelist,
        variable_names_blacklist,
        _read(tf.MetaGraphDef(), input_meta_graph, input_binary, "meta graph"),
        input_saved_model_dir,
        saved_model_tags.replace(" ", "").split(","),
        checkpoint_version,
    )


def _read(message: _M, path: str | None, binary: bool, what: str) -> _M | None:
    if not path:
        return None
    if not Path(path).exists():
        raise OSError(f"Input {what} file '{path}' does not exist!")
    data = Path(path).read_bytes()
    if binary:
        message.ParseFromString(data)
    else:
        text_format: Any = import_module("google.protobuf.text_format")  # it comes with tangraph-interop
        text_format.Merge(data.decode(), message)
    if what == "meta graph":
        print(f"Loaded meta graph file '{path}")
    return message
