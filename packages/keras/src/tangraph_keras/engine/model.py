"""Models: what is trained, evaluated and saved."""

from __future__ import annotations

import inspect
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.engine import array_loop, datasets, generator_loop
from tangraph_keras.engine.feeding import Fed, is_generator_or_sequence


@export("keras.models.Model", "keras.Model")
class Model(Fed):
    """Layers from some inputs to some outputs, which can be trained; or a subclass with a `call` of its own.

    Args:
      *args: the inputs and the outputs: tensors, or lists or dictionaries of tensors. Inputs come from `tf.keras.Input`.
      **kwargs: `inputs`, `outputs`, `name`, `trainable`.

    Raises:
      ValueError: inputs that are no inputs; outputs that cannot be computed from them.

    >>> with tf.Graph().as_default():
    ...     x = tf.keras.Input(shape=(3,))
    ...     model = tf.keras.Model(x, tf.keras.layers.Dense(2)(x))
    ...     model.output_shape, model.count_params()
    ((None, 2), 8)
    """

    history: Any
    stop_training: bool

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Trains the model for a number of epochs.

        Args:
          x: inputs: an array or tensor, a list or dictionary of them; a data set of tf.data; a generator of (inputs,
            targets) or (inputs, targets, weights); or a `tf.keras.utils.Sequence`.
          y: targets, as `x`; None where `x` brings them.
          batch_size: how many samples a batch has; 32 when None.
          epochs: the number of the last epoch.
          verbose: 0 for nothing, 1 for a bar, 2 for a line an epoch.
          callbacks: a list of `tf.keras.callbacks.Callback`.
          validation_split: which part of the data, from its end, is for validation.
          validation_data: (inputs, targets) or (inputs, targets, weights) for validation, or what yields them.
          shuffle: whether samples are shuffled before each epoch; "batch" for whole batches.
          class_weight: a dictionary from classes to the weights of their samples.
          sample_weight: an array of weights of samples.
          initial_epoch: the epoch to begin with, counted from 0.
          steps_per_epoch: how many batches an epoch has, where the data does not say.
          validation_steps: the same for validation.
          validation_freq: after how many epochs there is a validation, or after which.
          max_queue_size, workers, use_multiprocessing: how batches of generators are made ahead.
          **kwargs: `nb_epoch`, the old name of `epochs`.

        Returns:
          A `History`: `history.history["loss"]` is a list, one number an epoch.

        Raises:
          RuntimeError: the model is not compiled.
          ValueError: data that does not fit the model.
          TypeError: an unknown argument.
        """
        if "nb_epoch" in kwargs:
            tf.logging.warning("The `nb_epoch` argument in `fit` has been renamed `epochs`.")
            epochs = kwargs.pop("nb_epoch")
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self._assert_compile_was_called()
        self._check_call("fit", x)
        batch_size = self._batch_size_for(batch_size, steps_per_epoch, x)
        options = {
            "epochs": epochs,
            "verbose": verbose,
            "callbacks": callbacks,
            "shuffle": shuffle,
            "initial_epoch": initial_epoch,
            "validation_steps": validation_steps,
            "validation_freq": validation_freq,
            "steps": steps_per_epoch,
            "steps_name": "steps_per_epoch",
        }
        if is_generator_or_sequence(x):
            _check_generator(y, sample_weight, validation_split)
            return generator_loop.run(
                self,
                "train",
                x,
                validation_data=validation_data,
                class_weight=class_weight,
                max_queue_size=max_queue_size,
                workers=workers,
                use_multiprocessing=use_multiprocessing,
                **options,
            )
        x, y, weights = self._standardize_user_data(
            x,
            y,
            sample_weight=sample_weight,
            class_weight=class_weight,
            batch_size=batch_size,
            check_steps=True,
            steps_name="steps_per_epoch",
            steps=steps_per_epoch,
            validation_split=validation_split,
        )
        validation: Any = None
        if validation_data:
            validation = self._standard_validation(validation_data, batch_size, validation_steps)
        elif validation_split and 0.0 < validation_split < 1.0:
            x, y, weights, *validation = array_loop.split(x, y, weights, validation_split)
        elif validation_steps:
            raise ValueError("`validation_steps` should not be specified if `validation_data` is None.")
        return array_loop.run(self, "train", x, y, weights, batch_size=batch_size, validation=validation, **options)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int = 1,
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Returns the loss and the metrics of some data; the arguments are those of `fit`.

        Returns:
          The loss, or a list of it and the metrics: see `metrics_names`.
        """
        self._assert_compile_was_called()
        self._check_call("evaluate", x)
        batch_size = self._batch_size_for(batch_size, steps, x)
        options = {"verbose": verbose, "callbacks": callbacks, "steps": steps}
        if is_generator_or_sequence(x):
            _check_generator(y, sample_weight, 0)
            options.update(max_queue_size=max_queue_size, workers=workers, use_multiprocessing=use_multiprocessing)
            return generator_loop.run(self, "test", x, **options)
        x, y, weights = self._standardize_user_data(
            x, y, sample_weight=sample_weight, batch_size=batch_size, check_steps=True, steps=steps
        )
        return array_loop.run(self, "test", x, y, weights, batch_size=batch_size, **options)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int = 0,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Returns the outputs for some data; the arguments are those of `fit`.

        Returns:
          An array, or a list of arrays for several outputs.
        """
        self._check_call("predict", x)
        batch_size = self._batch_size_for(batch_size, steps, x)
        options = {"verbose": verbose, "callbacks": callbacks, "steps": steps}
        if is_generator_or_sequence(x):
            options.update(max_queue_size=max_queue_size, workers=workers, use_multiprocessing=use_multiprocessing)
            return generator_loop.run(self, "predict", x, **options)
        x, _, _ = self._standardize_user_data(x, check_steps=True, steps=steps)
        return array_loop.run(self, "predict", x, batch_size=batch_size, **options)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        reset_metrics: bool = True,
    ) -> Any:
        """Trains the model on one batch.

        Args:
          x, y, sample_weight, class_weight: see `fit`.
          reset_metrics: whether metrics start over after it.

        Returns:
          The loss, or a list of it and the metrics.
        """
        self._assert_compile_was_called()
        self._check_call("train_on_batch")
        x, y, weights = self._standardize_user_data(
            x, y, sample_weight=sample_weight, class_weight=class_weight, extract_tensors_from_dataset=True
        )
        return self._run_batch("train", x, y, weights, reset_metrics)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True) -> Any:
        """Returns the loss and the metrics of one batch; see `train_on_batch`."""
        self._assert_compile_was_called()
        self._check_call("test_on_batch")
        x, y, weights = self._standardize_user_data(
            x, y, sample_weight=sample_weight, extract_tensors_from_dataset=True
        )
        return self._run_batch("test", x, y, weights, reset_metrics)

    def _run_batch(self, mode: str, x: Any, y: Any, weights: Any, reset_metrics: bool) -> Any:
        feeds = self._feeds(x, y, weights, mode)
        self._update_sample_weight_modes(weights)
        outputs = self._make_function(mode)(feeds)
        if reset_metrics:
            self.reset_metrics()
        return outputs[0] if len(outputs) == 1 else outputs

    def predict_on_batch(self, x: Any) -> Any:
        """Returns the outputs for one batch.

        Args:
          x: inputs, see `fit`.
        """
        self._check_call("predict_on_batch")
        x, _, _ = self._standardize_user_data(x, extract_tensors_from_dataset=True)
        outputs = self._make_function("predict")(self._feeds(x, None, None, "predict"))
        return outputs[0] if len(outputs) == 1 else outputs

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
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
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> Any:
        """Trains the model on what a generator yields; see `fit`."""
        self._check_call("fit_generator")
        return generator_loop.run(
            self,
            "train",
            generator,
            steps=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            steps_name="steps_per_epoch",
        )

    def evaluate_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
    ) -> Any:
        """Returns the loss and the metrics of what a generator yields; see `evaluate`."""
        self._check_call("evaluate_generator")
        return generator_loop.run(
            self,
            "test",
            generator,
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
            callbacks=callbacks,
        )

    def predict_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
    ) -> Any:
        """Returns the outputs for what a generator yields; see `predict`."""
        return generator_loop.run(
            self,
            "predict",
            generator,
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
            callbacks=callbacks,
        )

    # -- files ---------------------------------------------------------------------------------------------------

    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        include_optimizer: bool = True,
        save_format: str | None = None,
        signatures: Any = None,
    ) -> None:
        """Saves the model in an HDF5 file; see `tf.keras.models.save_model`."""
        from tangraph_keras.saving.models import save_model

        save_model(self, filepath, overwrite, include_optimizer, save_format, signatures)

    def save_weights(self, filepath: Any, overwrite: bool = True, save_format: str | None = None) -> None:
        """Saves the weights.

        Args:
          filepath: the name of the file, or the prefix of a checkpoint's.
          overwrite: whether to write over what is there; otherwise the user is asked.
          save_format: "h5" or "tf"; by the name when None: HDF5 where it ends in .h5, .hdf5 or .keras.

        Raises:
          ImportError: HDF5, and there is no h5py.
          ValueError: another format.
        """
        from tangraph_keras.saving.weights import save_weights

        save_weights(self, filepath, overwrite, save_format)

    def load_weights(self, filepath: Any, by_name: bool = False) -> Any:
        """Loads weights from an HDF5 file or a checkpoint.

        Args:
          filepath: the name of the file, or the prefix of a checkpoint's.
          by_name: whether weights of HDF5 go to the layers of the same names, and not to the layers in their order.

        Returns:
          None; for a checkpoint, a status as that of `tf.train.Checkpoint.restore`.

        Raises:
          ImportError: HDF5, and there is no h5py.
          NotFoundError: there is no such checkpoint.
          ValueError: the weights do not fit the model.
        """
        from tangraph_keras.saving.weights import load_weights

        return load_weights(self, filepath, by_name)

    def _set_output_attributes(self, outputs: Any) -> None:
        super()._set_output_attributes(outputs)
        self._restore_awaited()

    def _make_train_function(self) -> None:
        before = self.train_function
        super()._make_train_function()
        if before is not self.train_function:
            self._restore_awaited()

    def _restore_awaited(self) -> None:
        if self.__dict__.get("_awaited") is not None:
            from tangraph_keras.saving.weights import restore_awaited

            restore_awaited(self)

    def _standard_validation(self, data: Any, batch_size: int | None, steps: int | None) -> tuple[Any, Any, Any]:
        y = weights = None
        if datasets.is_dataset(data) or datasets.is_iterator(data):
            x = data
        elif len(data) == 2:
            x, y = data
        elif len(data) == 3:
            x, y, weights = data
        else:
            raise ValueError(
                "When passing a `validation_data` argument, it must contain either 2 items (x_val, y_val), or 3 items "
                "(x_val, y_val, val_sample_weights), or alternatively it could be a dataset or a dataset or a dataset "
                f"iterator. However we received `validation_data={data}`"
            )
        return self._standardize_user_data(
            x, y, sample_weight=weights, batch_size=batch_size, steps=steps, steps_name="validation_steps"
        )

    def _check_call(self, method: str, x: Any = None) -> None:
        """Raises ValueError for a `call` that needs more than its inputs, or for data that is an iterator."""
        if datasets.is_iterator(x):
            raise ValueError(
                "For performance reasons Keras `fit`, `evaluate` and`predict` accept tf.data `Datasets` as input but not "
                "iterators that have been manually generated from Datasets by users. Please directly pass in the "
                "original `Dataset` object instead of passing in `iter(dataset)`."
            )
        _ = self.run_eagerly
        specification = inspect.getfullargspec(self.call)
        count = len(specification.args) - len(specification.defaults or ())
        extra = [name for name in specification.args[:count] if name != "training"][2:]
        if extra:
            raise ValueError(
                f"Models passed to `{method}` can only have `training` and the first argument in `call` as positional "
                f"arguments, found: {extra}."
            )


def _check_generator(y: Any, sample_weight: Any, validation_split: float) -> None:
    if y is not None:
        raise ValueError(
            "`y` argument is not supported when data isa generator or Sequence instance. Instead pass targets as the "
            "second element of the generator."
        )
    if sample_weight is not None:
        raise ValueError(
            "`sample_weight` argument is not supported when data isa generator or Sequence instance. Instead pass "
            "sample weights as the third element of the generator."
        )
    if validation_split:
        raise ValueError("If your data is in the form of a Python generator, you cannot use `validation_split`.")
