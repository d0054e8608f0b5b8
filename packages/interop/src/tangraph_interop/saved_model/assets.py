"""The files that a SavedModel brings along, such as vocabularies."""

from __future__ import annotations

import filecmp
import os
import shutil
from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.tensor import Tensor
from tangraph.util import tf_logging
from tangraph_interop.files import whole_file
from tangraph_interop.messages import AnyProto, AssetFileDef, MetaGraphDef
from tangraph_interop.saved_model import constants

if TYPE_CHECKING:
    from collections.abc import Iterable


def path_of(tensor: Any) -> str:
    """Returns the path that an asset's tensor holds.

    Raises:
      TypeError: it is no constant with one string.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError("Asset path tensor must be a Tensor.")
    if tensor.op.type != "Const":
        raise TypeError("Asset path tensor must be of type constant.")
    if tensor.dtype is not dtypes.string:
        raise TypeError("Asset path tensor must be of dtype string.")
    values = tensor.op.get_attr("value").string_val
    if len(values) != 1:
        raise TypeError("Asset path tensor must be a scalar.")
    return os.fsdecode(values[0])


def described(tensors: Iterable[Any]) -> tuple[list[AssetFileDef], dict[str, str]]:
    """Returns a message for each asset, and the file names in the SavedModel with where the files are now.

    Files of one name stay apart: the second gets a number, unless it holds the same.
    """
    messages = []
    names: dict[str, str] = {}
    for tensor in tensors:
        path = path_of(tensor)
        if not path:
            raise ValueError(f"Invalid asset filepath tensor {tensor}")
        name = base = os.path.basename(path)
        count = 0
        while name in names and names[name] != path and not (count == 0 and filecmp.cmp(path, names[name], False)):
            count += 1
            name = f"{base}_{count}"
        names[name] = path
        message = AssetFileDef(filename=name)
        message.tensor_info.name = tensor.name
        messages.append(message)
    return messages, names


def copy_assets(names: dict[str, str], export_dir: str) -> None:
    """Copies files into the SavedModel's folder of assets."""
    folder = os.path.join(export_dir, constants.ASSETS_DIRECTORY)
    os.makedirs(folder, exist_ok=True)
    for name, path in names.items():
        target = os.path.join(folder, name)
        if not os.path.exists(target):
            with open(path, "rb") as source, whole_file(target) as copied:
                shutil.copyfileobj(source, copied)
    tf_logging.info("Assets written to: %s", folder)


def as_any(message: AssetFileDef) -> AnyProto:
    """Returns an asset's message as the collection of assets holds it."""
    packed = AnyProto()
    packed.Pack(message)
    return packed


def asset_feeds(export_dir: str, meta_graph: MetaGraphDef, import_scope: str | None = None) -> dict[str, str]:
    """Returns the name of each asset's tensor, and where its file is in a SavedModel.

    Raises:
      ValueError: a file name leads out of the folder of assets.
    """
    messages = list(meta_graph.asset_file_def)
    if not messages and constants.ASSETS_KEY in meta_graph.collection_def:
        for packed in meta_graph.collection_def[constants.ASSETS_KEY].any_list.value:
            message = AssetFileDef()
            packed.Unpack(message)
            messages.append(message)
    folder = os.path.join(export_dir, constants.ASSETS_DIRECTORY)
    feeds = {}
    for message in messages:
        name = message.tensor_info.name
        if os.path.isabs(message.filename) or ".." in message.filename.replace("\\", "/").split("/"):
            raise ValueError(f"An asset of a SavedModel must lie in its folder. Received: {message.filename!r}")
        feeds[f"{import_scope}/{name}" if import_scope else name] = os.path.join(folder, message.filename)
    return feeds


__all__ = ["as_any", "asset_feeds", "copy_assets", "described", "path_of"]
