"""`tf.contrib.tensorboard.plugins.projector`: embeddings for TensorBoard's projector."""

from __future__ import annotations

import os
from typing import Any

from tangraph.export import export
from tangraph.framework.message import Message
from tangraph.framework.message_fields import Nested, RepeatedNested, repeated, string
from tangraph_interop.files import write_file


@export("contrib.tensorboard.plugins.projector.SpriteMetadata")
class SpriteMetadata(Message):
    """One image that holds the small images of all points."""

    image_path = string(1)
    single_image_dim = repeated(2, "uint32")


@export("contrib.tensorboard.plugins.projector.EmbeddingInfo")
class EmbeddingInfo(Message):
    """An embedding: its tensor, and the files that describe its points."""

    tensor_name = string(1)
    metadata_path = string(2)
    bookmarks_path = string(3)
    tensor_shape = repeated(4, "uint32")
    sprite = Nested(5, SpriteMetadata)
    tensor_path = string(6)


@export("contrib.tensorboard.plugins.projector.ProjectorConfig")
class ProjectorConfig(Message):
    """The embeddings that the projector shows."""

    model_checkpoint_path = string(1)
    embeddings = RepeatedNested(2, EmbeddingInfo)
    model_checkpoint_dir = string(3)


@export("contrib.tensorboard.plugins.projector.visualize_embeddings")
def visualize_embeddings(summary_writer: Any, config: ProjectorConfig) -> None:
    """Writes the configuration where TensorBoard looks for it: beside the event file of a writer.

    Raises:
      ValueError: the writer has no folder.
    """
    logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("Summary writer must have a logdir")
    write_file(os.path.join(logdir, "projector_config.pbtxt"), str(config).encode())
