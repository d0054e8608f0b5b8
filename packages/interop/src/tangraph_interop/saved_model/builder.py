"""SavedModelBuilder: a graph with its variables, signatures and assets into a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tangraph import registry
from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.operation import Operation
from tangraph.framework.protos import DataType
from tangraph.framework.scopes import get_collection
from tangraph.util import tf_logging
from tangraph_interop.files import write_file
from tangraph_interop.messages import MetaGraphDef, SavedModel
from tangraph_interop.saved_model import assets, constants
from tangraph_interop.saved_model.signatures import predict_signature_def

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@export("saved_model.Builder", "saved_model.builder.SavedModelBuilder")
class SavedModelBuilder:
    """Writes a SavedModel.

    The first graph comes with the values of its variables (`add_meta_graph_and_variables`), others share these
    (`add_meta_graph`); `save` writes the file that makes the folder a SavedModel.

    Args:
      export_dir: the folder, which must be empty or not exist.

    Raises:
      AssertionError: there is something in the folder.

    >>> import tempfile, tangraph as tf
    >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder, tf.Session() as sess:
    ...     y = tf.multiply(tf.Variable(2.0), 3.0, name="y")
    ...     sess.run(tf.global_variables_initializer())
    ...     builder = tf.saved_model.Builder(folder + "/model")
    ...     builder.add_meta_graph_and_variables(sess, [tf.saved_model.tag_constants.SERVING])
    ...     _ = builder.save()
    ...     with tf.Graph().as_default(), tf.Session() as other:
    ...         _ = tf.saved_model.load(other, ["serve"], folder + "/model")
    ...         float(other.run("y:0"))
    6.0
    """

    def __init__(self, export_dir: Any) -> None:
        self._export_dir = os.fsdecode(export_dir)
        self._saved_model = SavedModel(saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION)
        self._has_saved_variables = False
        if not os.path.exists(self._export_dir):
            os.makedirs(self._export_dir)
        elif os.listdir(self._export_dir):
            raise AssertionError(
                "Export directory already exists, and isn't empty. Please choose a different export directory, or delete "
                f"all the contents of the specified directory: {export_dir}"
            )

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Iterable[Any] | None = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Adds the default graph, whose variables have the values saved before.

        Args:
          tags: what tells the graph from others in the SavedModel.
          signature_def_map: name -> SignatureDef of what it computes.
          assets_collection: string constants that hold the paths of files to bring along.
          legacy_init_op: the older name of `main_op`.
          clear_devices: whether the nodes lose their devices.
          main_op: the operation to run when the model is loaded.
          strip_default_attrs: whether attrs that have their default are left out.
          saver: the Saver for the variables; a new one when None.

        Raises:
          AssertionError: no variables were saved; a signature lacks names or types.
          KeyError: a name of a signature is reserved.
          TypeError: `main_op` is no operation.
          ValueError: the graph has a main operation already.
        """
        if not self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. Please invoke "
                "`add_meta_graph_and_variables()` first."
            )
        signatures = _checked_signatures(signature_def_map)
        self._add_collections(assets_collection, main_op or legacy_init_op)
        self._add(_saver(saver), tags, signatures, clear_devices, strip_default_attrs)

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Iterable[Any] | None = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Adds the default graph with the values that its variables have in a session; once, before all other graphs.

        Args:
          sess: the session that holds the variables.
          tags, signature_def_map, assets_collection, legacy_init_op, clear_devices, main_op, strip_default_attrs, saver:
            as those of `add_meta_graph`.

        Raises:
          AssertionError: variables were saved already; a signature lacks names or types.
        """
        if self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. Please invoke `add_meta_graph()` "
                "instead."
            )
        signatures = _checked_signatures(signature_def_map)
        self._add_collections(assets_collection, main_op or legacy_init_op)
        folder = os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY)
        os.makedirs(folder, exist_ok=True)
        saver = _saver(saver)
        prefix = os.path.join(folder, constants.VARIABLES_FILENAME)
        saver.save(sess, prefix, write_meta_graph=False, write_state=False)
        self._add(saver, tags, signatures, clear_devices, strip_default_attrs)
        self._has_saved_variables = True

    def save(self, as_text: bool = False) -> bytes:
        """Writes the file that makes the folder a SavedModel; returns its path.

        Args:
          as_text: whether to write the text format.
        """
        os.makedirs(self._export_dir, exist_ok=True)
        name = constants.SAVED_MODEL_FILENAME_PBTXT if as_text else constants.SAVED_MODEL_FILENAME_PB
        path = os.path.join(self._export_dir, name)
        write_file(path, str(self._saved_model).encode() if as_text else self._saved_model.SerializeToString())
        tf_logging.info("SavedModel written to: %s", path)
        return os.fsencode(path)

    def _add(
        self,
        saver: Any,
        tags: Iterable[str],
        signatures: Mapping[str, Any],
        clear_devices: bool,
        strip_default_attrs: bool,
    ) -> None:
        message: MetaGraphDef = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        message.meta_info_def.tags.extend(tags)
        for key, signature in signatures.items():
            message.signature_def[key].CopyFrom(signature)
        self._saved_model.meta_graphs.add().CopyFrom(message)

    def _add_collections(self, asset_tensors: Iterable[Any] | None, main_op: Any) -> None:
        graph = stacks.get_default_graph()
        names: dict[str, str] = {}
        if asset_tensors is None:
            tf_logging.info("No assets to save.")
        else:
            messages, names = assets.described(asset_tensors)
            for message in messages:
                graph.add_to_collection(constants.ASSETS_KEY, assets.as_any(message))
            tf_logging.info("Assets added to graph.")
        if names:
            assets.copy_assets(names, self._export_dir)
        else:
            tf_logging.info("No assets to write.")
        if main_op is None:
            return
        if not isinstance(main_op, Operation):
            raise TypeError(f"main_op needs to be an Operation: {main_op!r}")
        for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
            if graph.get_collection(key):
                raise ValueError(f"Graph already contains one or more main ops under the collection {key}.")
        graph.add_to_collection(constants.MAIN_OP_KEY, main_op)


def _saver(saver: Any) -> Any:
    if saver:
        return saver
    make = registry.resolve_name("train", "Saver")
    found = get_collection(GraphKeys.GLOBAL_VARIABLES) + get_collection(GraphKeys.SAVEABLE_OBJECTS)
    return make(found, sharded=True, allow_empty=True)


def _checked_signatures(signatures: Mapping[str, Any] | None) -> Mapping[str, Any]:
    signatures = signatures or {}
    for signature in signatures.values():
        for info in [*signature.inputs.values(), *signature.outputs.values()]:
            _check_tensor_info(info)
    for key, what in (
        (constants.INIT_OP_SIGNATURE_KEY, "initialization"),
        (constants.TRAIN_OP_SIGNATURE_KEY, "the train op"),
    ):
        if key in signatures:
            raise KeyError(f'SignatureDef map key "{key}" is reserved for {what}. Please use a different key.')
    return signatures


def _check_tensor_info(info: Any) -> None:
    every = "All TensorInfo protos used in the SignatureDefs must have"
    if info is None:
        raise AssertionError(f"{every} the name and dtype fields set.")
    if info.WhichOneof("encoding") is None:
        raise AssertionError(f"{every} one of the 'encoding' fields (e.g., name or coo_sparse) set: {info}")
    if info.dtype == DataType.DT_INVALID:
        raise AssertionError(f"{every} the dtype field set: {info}")


@export("saved_model.simple_save")
def simple_save(
    session: Any,
    export_dir: Any,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    legacy_init_op: Any = None,
) -> None:
    """Writes the default graph as a SavedModel with one signature, of a prediction, for serving.

    Args:
      session: the session that holds the variables.
      export_dir: the folder, which must be empty or not exist.
      inputs: name -> tensor of each input.
      outputs: name -> tensor of each output.
      legacy_init_op: the operation to run when the model is loaded.
    """
    signature = predict_signature_def(inputs, outputs)
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        tags=[constants.SERVING],
        signature_def_map={constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        assets_collection=get_collection(GraphKeys.ASSET_FILEPATHS),
        main_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()
