"""Training, evaluation and prediction on arrays, on tensors and on data sets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tangraph as tf
from tangraph_keras.engine import datasets
from tangraph_keras.engine.aggregation import MetricsAggregator, OutputsAggregator
from tangraph_keras.engine.feeding import check_steps_argument
from tangraph_keras.engine.loop_parts import configure_callbacks, make_logs, progress_of, should_run_validation


class _Loop:
    """One call of `fit`, `evaluate` or `predict`; what it needs in each batch is looked up once."""

    def __init__(
        self,
        model: Any,
        mode: str,
        x: Any,
        y: Any = None,
        weights: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation: Any = None,
        shuffle: Any = False,
        initial_epoch: int = 0,
        steps: int | None = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        steps_name: str = "steps",
        feeds: list[Any] | None = None,
    ) -> None:
        self.model, self.mode, self.epochs, self.initial_epoch = model, mode, epochs, initial_epoch
        self.batch_size, self.shuffle, self.verbose, self.steps_name = batch_size, shuffle, verbose, steps_name
        self.validation_steps, self.validation_freq = validation_steps, validation_freq
        self.is_dataset = datasets.is_dataset(x)
        self._restarts = self.is_dataset and steps is None
        self._iterator: Any = None
        if self.is_dataset:
            if steps is None:
                steps = datasets.number_of_steps(x, steps, epochs, steps_name)
            self._iterator = datasets.iterator_of(x)
            x, y, weights = model._standardize_user_data(self._iterator)
        self.steps = steps
        self.use_steps = self.is_dataset or steps is not None
        self.feeds = model._feeds(x, y, weights, mode) if feeds is None else feeds
        self.count = steps if self.is_dataset or steps else self._samples()
        if mode != "predict":
            fed = len(model._feed_inputs) + len(model._feed_targets)
            rest = self.feeds[fed:]
            model._update_sample_weight_modes([value for value in rest if value is not True])
        self.function = model._make_function(mode)
        self._prepare_validation(validation)
        if mode == "train" and verbose:
            self._print_counts()
        self.callbacks = configure_callbacks(
            callbacks,
            model,
            mode,
            validation is not None,
            batch_size=batch_size,
            epochs=epochs,
            steps=steps,
            samples=self.count,
        )
        self._names = model.metrics_names
        self.progress = progress_of(model, "steps" if self.use_steps else "samples", self.callbacks, verbose)
        kind = OutputsAggregator if mode == "predict" else MetricsAggregator
        self.aggregator = kind(self.use_steps, self.count)

    def _samples(self) -> int | None:
        if self.steps is not None and self.batch_size is not None:
            raise ValueError("If steps_per_epoch is set, the `batch_size` must be None.")
        if check_steps_argument(self.feeds, self.steps, "steps_per_epoch"):
            return None
        shape = getattr(self.feeds[0], "shape", None)
        if shape is None:
            shape = getattr(self.feeds[0], "dense_shape", None)
            return None if shape is None else int(shape[0])
        return int(shape[0])

    def _prepare_validation(self, validation: Any) -> None:
        """Keeps what is validated on: (inputs, targets, weights), or the iterator of a data set and its tensors."""
        self._validation, self._validation_iterator, self._validation_feeds = validation, None, None
        self._validation_count: Any = None
        if validation is None:
            return
        x = validation[0]
        if datasets.is_dataset(x):
            if self.validation_steps is None:
                self.validation_steps = datasets.number_of_steps(x, None, self.epochs, "validation_steps")
            self._validation_iterator = datasets.iterator_of(x)
            tensors = self.model._standardize_user_data(self._validation_iterator)
            self._validation_feeds = self.model._feeds(*tensors, "test")
            self._validation_count = self.validation_steps
        elif x:
            self._validation_count = tf.nest.flatten(x)[0].shape[0]

    def _print_counts(self) -> None:
        what = "steps" if self.is_dataset else "samples"
        text = f"Train on {self.count} {what}"
        if self._validation_count:
            text += f", validate on {self._validation_count} {what}"
        print(text)  # noqa: T201  Keras prints it

    def run(self) -> Any:
        """Runs the epochs, and returns the history, or the results of the last."""
        model, mode, callbacks, progress = self.model, self.mode, self.callbacks, self.progress
        model.stop_training = False
        callbacks.call_hook(mode, "begin")
        progress.on_train_begin()
        results: Any = None
        for epoch in range(self.initial_epoch, self.epochs):
            if model.stop_training:
                break
            logs: dict[str, Any] = {}
            model.reset_metrics()
            if mode == "train":
                callbacks.on_epoch_begin(epoch, logs)
            progress.on_epoch_begin(epoch, logs)
            if self.use_steps:
                self._run_steps()
            else:
                self._run_samples()
            self.aggregator.finish()
            results = self.aggregator.results
            logs = make_logs(self._names, logs, results, mode)
            if len(results) == 1:
                results = results[0]
            if (
                self._validation is not None
                and should_run_validation(self.validation_freq, epoch)
                and not model.stop_training
            ):
                logs = self._validate(epoch, logs)
            if mode == "train":
                callbacks.on_epoch_end(epoch, logs)
            progress.on_epoch_end(epoch, logs)
            if self._restarts and epoch < self.epochs - 1:
                datasets.initialize(self._iterator)
        callbacks.call_hook(mode, "end")
        return model.history if mode == "train" else results

    def _run_steps(self) -> None:
        step = 0
        while step < (math.inf if self.steps is None else self.steps):
            logs = {"batch": step, "size": 1}
            self._begin(step, logs)
            try:
                outs = self.function(self.feeds)
            except tf.errors.OutOfRangeError:
                self._ran_out(step)
                break
            self._end(step, logs, outs, 0, 1)
            step += 1
            if self.model.stop_training:
                break

    def _ran_out(self, step: int) -> None:
        if not self.is_dataset or self.steps:
            self.model.stop_training = True
            kind = "dataset" if self.is_dataset else "dataset iterator"
            source = "dataset" if self.is_dataset else "iterator"
            tf.logging.warning(
                f"Your {kind} ran out of data; interrupting training. Make sure that your {source} can generate at least "
                f"`{self.steps_name} * epochs` batches (in this case, {(self.steps or 0) * self.epochs} batches). You "
                "may need to use the repeat() function when building your dataset."
            )
        elif step > 0:
            # Now it is known how many batches there are.
            self.steps = step
            self.aggregator.count = step
            if self.mode == "train":
                self.progress.params["steps"] = step
                self.progress.progbar.target = step

    def _run_samples(self) -> None:
        assert self.count is not None
        assert self.batch_size is not None
        order = np.arange(self.count)
        if self.shuffle == "batch":
            order = _shuffled_batches(order, self.batch_size)
        elif self.shuffle:
            np.random.shuffle(order)  # noqa: NPY002  seeded programs get Keras' order
        number = math.ceil(self.count / self.batch_size)
        sparse = any(hasattr(x, "tocoo") for x in self.feeds)
        # Without a shuffle, batches are views of the arrays.
        whole = [] if self.shuffle else [x[:] if hasattr(x, "__getitem__") else x for x in self.feeds]
        for batch in range(number):
            start, end = batch * self.batch_size, min(self.count, (batch + 1) * self.batch_size)
            if number == 1:
                feeds = self.feeds
            elif self.shuffle:
                feeds = _slices(self.feeds, order[start:end])
            else:
                feeds = [x if x is True or x is None else x[start:end] for x in whole]
            if sparse:
                feeds = [_dense(x, tensor) for x, tensor in zip(feeds, self.function.inputs, strict=True)]
            logs = {"batch": batch, "size": end - start}
            self._begin(batch, logs)
            self._end(batch, logs, self.function(feeds), start, end)
            if self.model.stop_training:
                break

    def _begin(self, batch: int, logs: dict[str, Any]) -> None:
        self.callbacks.call_batch_hook(self.mode, "begin", batch, logs)
        self.progress.on_batch_begin(batch, logs)

    def _end(self, batch: int, logs: dict[str, Any], outs: Any, start: int, end: int) -> None:
        outs = outs if isinstance(outs, list) else [outs]
        if batch == 0:
            self.aggregator.create(outs)
        self.aggregator.add(outs, start, end)
        logs = make_logs(self._names, logs, outs, self.mode)
        self.callbacks.call_batch_hook(self.mode, "end", batch, logs)
        self.progress.on_batch_end(batch, logs)

    def _validate(self, epoch: int, logs: dict[str, Any]) -> dict[str, Any]:
        x, y, weights = self._validation
        if self._validation_iterator is not None:
            x = []
        results = _Loop(
            self.model,
            "test",
            x,
            y,
            weights,
            batch_size=self.batch_size,
            callbacks=self.callbacks,
            verbose=0,
            # Of no use here, but it takes from np.random what Keras takes.
            shuffle=True,
            steps=self.validation_steps,
            steps_name="validation_steps",
            feeds=self._validation_feeds,
        ).run()
        results = results if isinstance(results, list) else [results]
        if self._validation_iterator is not None and epoch < self.epochs - 1:
            datasets.initialize(self._validation_iterator)
        return make_logs(self._names, logs, results, self.mode, prefix="val_")


def run(model: Any, mode: str, x: Any, y: Any = None, weights: Any = None, **options: Any) -> Any:
    """Trains a model, evaluates it or has it predict, on standardized data.

    Args:
      model: the model.
      mode: "train", "test" or "predict".
      x, y, weights: what `Fed._standardize_user_data` returned.
      **options: the other arguments of `fit`, `evaluate` and `predict`, and `validation`, (inputs, targets, weights).

    Returns:
      The history in mode "train"; a list of the loss and the metrics, or the loss alone; the outputs.
    """
    return _Loop(model, mode, x, y, weights, **options).run()


def _slices(arrays: list[Any], rows: Any) -> list[Any]:
    try:
        return [x if x is True or x is None else _rows(x, rows) for x in arrays]
    except TypeError:
        raise TypeError('TypeError while preparing batch. If using HDF5 input data, pass shuffle="batch".') from None


def _rows(x: Any, rows: Any) -> Any:
    # Files take lists of indices only.
    return x[rows] if isinstance(x, np.ndarray) or hasattr(x, "tocoo") else x[rows.tolist()]


def _dense(x: Any, tensor: Any) -> Any:
    return x.toarray() if hasattr(x, "tocoo") and not isinstance(tensor, tf.SparseTensor) else x


def _shuffled_batches(order: Any, batch_size: int) -> Any:
    """Returns indices with whole batches shuffled, which is what files can read."""
    whole = len(order) // batch_size * batch_size
    batches = order[:whole].reshape((-1, batch_size))
    np.random.shuffle(batches)  # noqa: NPY002
    return np.append(batches.flatten(), order[whole:])


def split(x: Any, y: Any, weights: Any, part: float) -> tuple[Any, ...]:
    """Returns inputs, targets and weights to train on, and those to validate on: the last part of them.

    Raises:
      ValueError: the inputs are tensors.
    """
    from tangraph_keras.engine.standardize import has_tensors

    if has_tensors(x):
        raise ValueError("If your data is in the form of symbolic tensors, you cannot use `validation_split`.")
    first = tf.nest.flatten(x)[0]
    at = int((first.shape[0] if hasattr(first, "shape") else len(first)) * (1.0 - part))

    def cut(arrays: Any, rows: slice) -> Any:
        if arrays is None:
            return None
        if isinstance(arrays, dict):
            return {key: value[rows] for key, value in arrays.items()}
        return [None if value is None else value[rows] for value in arrays]

    before, after = slice(None, at), slice(at, None)
    return (*(cut(arrays, before) for arrays in (x, y, weights)), *(cut(arrays, after) for arrays in (x, y, weights)))
