"""Event files for TensorBoard."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.callbacks.base import Callback
from tangraph_layers.engine.learning_phase import learning_phase
from tangraph_layers.engine.node import int_shape
from tangraph_layers.engine.session import get_session
from tangraph_layers.engine.settings import image_data_format

_NO_METRICS = ("batch", "size", "num_steps")


@export("keras.callbacks.TensorBoard")
class TensorBoard(Callback):
    """Writes event files: losses and metrics, the graph, histograms of weights and outputs, embeddings.

    Args:
      log_dir: the folder.
      histogram_freq: after how many epochs histograms are written; 0 for never. They need validation data.
      batch_size: the size of the batches for embeddings.
      write_graph: whether to write the graph.
      write_grads: whether to write histograms of gradients, too.
      write_images: whether to write weights as images, too.
      embeddings_freq: after how many epochs embeddings are saved; 0 for never.
      embeddings_layer_names: the layers whose outputs these are; all of class Embedding when None.
      embeddings_metadata: a file that names the embeddings, or a dictionary from layers to files.
      embeddings_data: the data to embed.
      update_freq: "epoch", "batch", or a number of examples: when losses and metrics are written.
      profile_batch: the batch that TensorFlow profiles; not used here, use `tf.RunMetadata`.
    """

    def __init__(
        self,
        log_dir: str = "./logs",
        histogram_freq: int = 0,
        batch_size: int = 32,
        write_graph: bool = True,
        write_grads: bool = False,
        write_images: bool = False,
        embeddings_freq: int = 0,
        embeddings_layer_names: Any = None,
        embeddings_metadata: Any = None,
        embeddings_data: Any = None,
        update_freq: Any = "epoch",
        profile_batch: int = 2,
    ) -> None:
        super().__init__()
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq
        self.merged: Any = None
        self.write_graph = write_graph
        self.write_grads = write_grads
        self.write_images = write_images
        self.batch_size = batch_size
        self.embeddings_freq = embeddings_freq
        self.embeddings_layer_names = embeddings_layer_names
        self.embeddings_metadata = embeddings_metadata
        self.embeddings_data = embeddings_data
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._total_batches_seen = 0
        self._total_val_batches_seen = 0
        self._samples_seen = 0
        self._samples_seen_at_last_write = 0

    def set_model(self, model: Any) -> None:
        """Takes the model, opens the file and makes summaries."""
        self.model = model
        self.writer = tf.summary.FileWriter(self.log_dir, tf.get_default_graph() if self.write_graph else None)
        if self.histogram_freq and self.merged is None:
            for layer in model.layers:
                self._summarize(layer)
        self.merged = tf.summary.merge_all()
        if self.embeddings_freq and self.embeddings_data is not None:
            self._prepare_embeddings(model)

    def _summarize(self, layer: Any) -> None:
        for weight in layer.weights:
            name = weight.name.replace(":", "_")
            tf.summary.histogram(name, weight)
            if self.write_images:
                _image_summary(name, weight)
        if self.write_grads:
            for weight in layer.trainable_weights:
                gradients = self.model.optimizer.get_gradients(self.model.total_loss, weight)
                values = [g.values if isinstance(g, tf.IndexedSlices) else g for g in gradients]
                tf.summary.histogram(f"{weight.name.replace(':', '_')}_grad", values)
        if hasattr(layer, "output"):
            if isinstance(layer.output, list):
                for number, output in enumerate(layer.output):
                    tf.summary.histogram(f"{layer.name}_out_{number}", output)
            else:
                tf.summary.histogram(f"{layer.name}_out", layer.output)

    def _prepare_embeddings(self, model: Any) -> None:
        from tangraph_keras.engine.standardize import standardize_input_data

        self.embeddings_data = standardize_input_data(self.embeddings_data, model.input_names)
        names = self.embeddings_layer_names or [x.name for x in model.layers if type(x).__name__ == "Embedding"]
        self.batch_id, self.step = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
        self.assign_embeddings = []
        embeddings = {}
        for layer in model.layers:
            if layer.name in names:
                size = int(np.prod(layer.output.shape.as_list()[1:]))
                value = tf.reshape(layer.output, (self.step, size))
                variable = tf.Variable(
                    tf.zeros((self.embeddings_data[0].shape[0], size)), name=f"{layer.name}_embedding"
                )
                embeddings[layer.name] = variable
                rows = variable[self.batch_id : self.batch_id + self.step]
                self.assign_embeddings.append(tf.assign(rows, value))
        self.saver = tf.train.Saver(list(embeddings.values()))
        metadata = self.embeddings_metadata or {}
        if isinstance(metadata, str):
            metadata = dict.fromkeys(embeddings, metadata)
        config = tf.contrib.tensorboard.plugins.projector.ProjectorConfig()
        for name, variable in embeddings.items():
            entry = config.embeddings.add()
            entry.tensor_name = variable.name
            if name in metadata:
                entry.metadata_path = metadata[name]
        tf.contrib.tensorboard.plugins.projector.visualize_embeddings(self.writer, config)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Writes losses and metrics, where that is due."""
        logs = logs or {}
        self._samples_seen += logs.get("size", 1)
        if self.update_freq != "epoch" and self._samples_seen - self._samples_seen_at_last_write >= self.update_freq:
            self._write(self._total_batches_seen, "batch_", logs)
            self._samples_seen_at_last_write = self._samples_seen
        self._total_batches_seen += 1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Has validation fetch the histograms, where they are due."""
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self.model._make_test_function()
            function = self.model.test_function
            if self.merged not in function.fetches:
                function.fetches.append(self.merged)
                function.fetch_callbacks[self.merged] = self._add_summary

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes losses and metrics, and saves embeddings."""
        self._write(epoch if self.update_freq == "epoch" else self._samples_seen, "epoch_", logs or {})
        if self.histogram_freq:
            function = self.model.test_function
            if self.merged in function.fetches:
                function.fetches.remove(self.merged)
            function.fetch_callbacks.pop(self.merged, None)
        if self.embeddings_freq and self.embeddings_data is None:
            raise ValueError("To visualize embeddings, embeddings_data must be provided.")
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._save_embeddings(epoch)

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the file."""
        self.writer.close()

    def _add_summary(self, summary: Any) -> None:
        self.writer.add_summary(summary, self._total_val_batches_seen)
        self._total_val_batches_seen += 1

    def _write(self, step: int, prefix: str, logs: dict[str, Any]) -> None:
        for name, value in logs.items():
            if name not in _NO_METRICS:
                summary = tf.Summary()
                summary.value.add(tag=prefix + name, simple_value=float(value))
                self.writer.add_summary(summary, step)
        self.writer.flush()

    def _save_embeddings(self, epoch: int) -> None:
        data = self.embeddings_data
        inputs = self.model.input if isinstance(self.model.input, list) else [self.model.input]
        session = get_session()
        for start in range(0, data[0].shape[0], self.batch_size):
            size = min(self.batch_size, data[0].shape[0] - start)
            feeds = {x: values[start : start + size] for x, values in zip(inputs, data, strict=False)}
            feeds.update({self.batch_id: start, self.step: size})
            if not isinstance(learning_phase(), int):
                feeds[learning_phase()] = False
            session.run(self.assign_embeddings, feed_dict=feeds)
            self.saver.save(session, os.path.join(self.log_dir, "keras_embedding.ckpt"), epoch)


def _image_summary(name: str, weight: Any) -> None:
    image = tf.squeeze(weight)
    shape = int_shape(image)
    if len(shape) == 2:
        if shape[0] > shape[1]:
            image = tf.transpose(image)
        rows, columns = int_shape(image)
        image = tf.reshape(image, [1, rows, columns, 1])
    elif len(shape) == 3:
        if image_data_format() == "channels_last":
            image = tf.transpose(image, [2, 0, 1])
        image = tf.reshape(image, [*int_shape(image), 1])
    elif len(shape) == 1:
        image = tf.reshape(image, [1, shape[0], 1, 1])
    else:
        return
    tf.summary.image(name, image)
