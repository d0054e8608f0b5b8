"""Training, evaluation and prediction on generators and sequences of batches."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

import tangraph as tf
from tangraph_keras.engine import datasets
from tangraph_keras.engine.aggregation import MetricsAggregator, OutputsAggregator
from tangraph_keras.engine.feeding import is_generator_or_sequence
from tangraph_keras.engine.loop_parts import (
    configure_callbacks,
    make_logs,
    progress_of,
    set_parameters,
    should_run_validation,
)


def run(  # noqa: PLR0915  one loop over what changes from batch to batch
    model: Any,
    mode: str,
    data: Any,
    steps: int | None = None,
    epochs: int = 1,
    verbose: int = 1,
    callbacks: Any = None,
    validation_data: Any = None,
    validation_steps: int | None = None,
    validation_freq: Any = 1,
    class_weight: Any = None,
    max_queue_size: int = 10,
    workers: int = 1,
    use_multiprocessing: bool = False,
    shuffle: bool = False,
    initial_epoch: int = 0,
    batch_size: int | None = None,
    steps_name: str = "steps",
) -> Any:
    """Trains a model, evaluates it or has it predict, on what yields batches.

    Args:
      model: the model.
      mode: "train", "test" or "predict".
      data: a generator or a `tf.keras.utils.Sequence`; for validation also arrays or a data set.
      steps: how many batches an epoch has.
      workers, use_multiprocessing, max_queue_size: how batches are made ahead; in this thread with 0 workers.
      batch_size: the size of batches of arrays.
      steps_name: what `steps` is called, for errors.
      epochs, verbose, callbacks, validation_data, validation_steps, validation_freq, class_weight, shuffle,
        initial_epoch: as in `fit`.

    Returns:
      The history in mode "train"; a list of the loss and the metrics, or the loss alone; the outputs.

    Raises:
      ValueError: the number of batches is not known.
    """
    if datasets.is_dataset(data):
        return model.evaluate(data, steps=steps, verbose=0) if mode == "test" else None
    source, steps = _generator(data, steps, batch_size, epochs - initial_epoch, shuffle)
    steps = _check(data, steps, validation_data, validation_steps, mode, use_multiprocessing and workers > 1)
    step_function = _step_function(model, mode, class_weight)
    batches, stop = _ahead(source, workers, use_multiprocessing, max_queue_size, shuffle)
    first = tf.nest.flatten(data)[0] if isinstance(data, tuple | list) else data
    by_samples = hasattr(first, "shape")
    parameters = {
        "batch_size": batch_size,
        "epochs": epochs,
        "steps": steps,
        "samples": int(first.shape[0]) if by_samples else steps,
    }
    do_validation = validation_data is not None
    callbacks = configure_callbacks(callbacks, model, mode, do_validation, **parameters)
    progress = progress_of(model, "samples" if by_samples else "steps", callbacks, verbose)
    aggregator: Any = (OutputsAggregator if mode == "predict" else MetricsAggregator)(True, steps)
    model.stop_training = False
    callbacks.call_hook(mode, "begin")
    progress.on_train_begin()
    results: Any = None
    names = model.metrics_names
    try:
        for epoch in range(initial_epoch, epochs):
            if model.stop_training:
                break
            model.reset_metrics()
            logs: dict[str, Any] = {}
            if mode == "train":
                callbacks.on_epoch_begin(epoch, logs)
            progress.on_epoch_begin(epoch, logs)
            for step in range(steps):
                batch = _next(batches)
                if batch is None:
                    model.stop_training = True
                    tf.logging.warning(
                        "Your dataset iterator ran out of data; interrupting training. Make sure that your iterator can "
                        f"generate at least `{steps_name} * epochs` batches (in this case, {steps * epochs} batches). "
                        "You may need to use the repeat() function when building your dataset."
                    )
                    break
                batch_size = int(tf.nest.flatten(batch)[0].shape[0])
                batch_logs = {"batch": step, "size": batch_size}
                callbacks.call_batch_hook(mode, "begin", step, batch_logs)
                progress.on_batch_begin(step, batch_logs)
                was_compiled = model._is_compiled
                outs = step_function(*batch)
                outs = outs if isinstance(outs, list) else [outs]
                if step == 0:
                    aggregator.create(outs)
                    names = model.metrics_names
                    if not was_compiled:
                        parameters["batch_size"] = batch_size
                        set_parameters(callbacks, model, mode, do_validation, verbose=verbose, **parameters)
                        progress.params = callbacks.params
                aggregator.add(outs)
                batch_logs = make_logs(names, batch_logs, outs, mode)
                callbacks.call_batch_hook(mode, "end", step, batch_logs)
                progress.on_batch_end(step, batch_logs)
                if model.stop_training:
                    break
            aggregator.finish()
            results = aggregator.results
            logs = make_logs(names, logs, results, mode)
            if len(results) == 1:
                results = results[0]
            if do_validation and should_run_validation(validation_freq, epoch) and not model.stop_training:
                found = run(
                    model,
                    "test",
                    validation_data,
                    steps=validation_steps,
                    batch_size=batch_size,
                    class_weight=class_weight,
                    workers=workers,
                    use_multiprocessing=use_multiprocessing,
                    max_queue_size=max_queue_size,
                    callbacks=callbacks,
                    verbose=verbose,
                    steps_name="validation_steps",
                )
                logs = make_logs(names, logs, found if isinstance(found, list) else [found], mode, prefix="val_")
            if mode == "train":
                callbacks.on_epoch_end(epoch, logs)
            progress.on_epoch_end(epoch, logs)
        callbacks.call_hook(mode, "end")
    finally:
        stop()
    return model.history if mode == "train" else results


def _generator(
    data: Any, steps: int | None, batch_size: int | None, epochs: int, shuffle: bool
) -> tuple[Any, int | None]:
    if is_generator_or_sequence(data):
        if steps is None and isinstance(data, tf.keras.utils.Sequence):
            steps = len(data)
        return data, steps
    parts = (
        tuple(x for x in data if not all(y is None for y in tf.nest.flatten(x))) if isinstance(data, tuple) else data
    )
    samples = int(tf.nest.flatten(parts)[0].shape[0])
    if batch_size is None:
        raise ValueError(
            "When passing input data as arrays, do not specify `steps_per_epoch`/`steps` argument. Please use "
            "`batch_size` instead."
        )
    return _batches(parts, samples, batch_size, epochs, shuffle), math.ceil(samples / batch_size)


def _batches(data: Any, samples: int, batch_size: int, epochs: int, shuffle: bool) -> Any:
    order = np.arange(samples)
    for _ in range(epochs):
        if shuffle:
            np.random.shuffle(order)  # noqa: NPY002  seeded programs get Keras' order
        for start in range(0, samples, batch_size):
            rows = order[start : start + batch_size]
            yield tf.nest.map_structure(lambda x, _rows=rows: x[_rows], data)


def _check(
    data: Any, steps: int | None, validation_data: Any, validation_steps: int | None, mode: str, many_workers: bool
) -> int:
    sequence = tf.keras.utils.Sequence
    if many_workers and not isinstance(data, sequence):
        tf.logging.warning(
            "Using a generator with `use_multiprocessing=True` and multiple workers may duplicate your data. Please "
            "consider using the `keras.utils.Sequence` class."
        )
    if steps is None:
        name = "steps_per_epoch" if mode == "train" else "steps"
        raise ValueError(f"Please specify the number of steps via the `{name}` argument.")
    if is_generator_or_sequence(validation_data) and not isinstance(validation_data, sequence) and not validation_steps:
        raise ValueError("Please specify the `validation_steps` argument.")
    return steps


def _ahead(source: Any, workers: int, use_multiprocessing: bool, max_queue_size: int, shuffle: bool) -> tuple[Any, Any]:
    """Returns what yields the batches, and a function that ends what makes them ahead."""
    utils = tf.keras.utils
    is_sequence = isinstance(source, utils.Sequence)
    if workers <= 0:
        return (_endless(source) if is_sequence else source), lambda: None
    if is_sequence:
        enqueuer = utils.OrderedEnqueuer(source, use_multiprocessing=use_multiprocessing, shuffle=shuffle)
    else:
        enqueuer = utils.GeneratorEnqueuer(source, use_multiprocessing=use_multiprocessing)
    enqueuer.start(workers=workers, max_queue_size=max_queue_size)
    return enqueuer.get(), enqueuer.stop


def _endless(sequence: Any) -> Any:
    while True:
        for number in range(len(sequence)):
            yield sequence[number]


def _next(batches: Any) -> Any:
    try:
        batch = next(batches)
    except (StopIteration, tf.errors.OutOfRangeError):
        return None
    batch = batch if isinstance(batch, tuple) else (batch,)
    if len(batch) not in {1, 2, 3}:
        raise ValueError(
            "Output of generator should be a tuple of 1 or 2 or 3 elements: (input,) or (input, target) or (input, "
            f"target, sample_weights). Received {batch}"
        )
    return batch


def _step_function(model: Any, mode: str, class_weight: Any) -> Any:
    if mode == "train":
        return functools.partial(model.train_on_batch, class_weight=class_weight, reset_metrics=False)
    if mode == "test":
        return functools.partial(model.test_on_batch, reset_metrics=False)
    return lambda x, *_: model.predict_on_batch(x)
