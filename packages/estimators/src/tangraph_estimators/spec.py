"""EstimatorSpec: what a model function returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn, Self

import tangraph as tf
from tangraph.export import export
from tangraph.framework.tensor_conversion import is_dense_tensor_like
from tangraph_estimators.export.outputs import with_default_output
from tangraph_estimators.mode_keys import ModeKeys


class _Fields(NamedTuple):
    mode: Any
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: Any
    export_outputs: Any
    training_chief_hooks: Any
    training_hooks: Any
    scaffold: Any
    evaluation_hooks: Any
    prediction_hooks: Any


@export("estimator.EstimatorSpec")
class EstimatorSpec(_Fields):
    """Operations and objects of one mode of a model, as a model function returns them.

    Args:
      mode: one of `tf.estimator.ModeKeys`.
      predictions: a tensor, or a dictionary of tensors by name. Needed in mode PREDICT.
      loss: a scalar tensor, or one of shape [1]. Needed in modes TRAIN and EVAL.
      train_op: the operation of a training step. Needed in mode TRAIN.
      eval_metric_ops: name -> (value, update operation), or name -> a Keras metric that has been updated.
      export_outputs: name -> `tf.estimator.export.ExportOutput`, the signatures of an exported model.
      training_chief_hooks: hooks for training, of the chief only.
      training_hooks: hooks for training.
      scaffold: a `tf.train.Scaffold`.
      evaluation_hooks: hooks for evaluations.
      prediction_hooks: hooks for predictions.

    Raises:
      ValueError: something that the mode needs is missing, the loss is no scalar, or a tensor is of another graph.
      TypeError: something is not of the type it must have.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     spec = tf.estimator.EstimatorSpec("infer", predictions={"p": tf.constant([1.0])})
    ...     spec.mode, sorted(spec.predictions), spec.loss is None
    ('infer', ['p'], True)
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: Any,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Any = None,
        export_outputs: Any = None,
        training_chief_hooks: Any = None,
        training_hooks: Any = None,
        scaffold: Any = None,
        evaluation_hooks: Any = None,
        prediction_hooks: Any = None,
    ) -> Self:
        """Checks everything."""
        train_op = checked_train_op(train_op, mode)
        loss = checked_loss(loss, mode)
        predictions = checked_predictions(predictions, mode)
        if mode == ModeKeys.PREDICT:
            export_outputs = with_default_output(export_outputs, predictions)
        training_hooks, evaluation_hooks = checked_hooks(training_hooks), checked_hooks(evaluation_hooks)
        prediction_hooks, training_chief_hooks = checked_hooks(prediction_hooks), checked_hooks(training_chief_hooks)
        eval_metric_ops = _checked_metrics(eval_metric_ops)
        scaffold = scaffold or tf.train.Scaffold()
        if not isinstance(scaffold, tf.train.Scaffold):
            raise TypeError(f"scaffold must be tf.train.Scaffold. Given: {scaffold}")
        return super().__new__(
            cls,
            mode,
            predictions,
            loss,
            train_op,
            eval_metric_ops,
            export_outputs,
            training_chief_hooks,
            training_hooks,
            scaffold,
            evaluation_hooks,
            prediction_hooks,
        )

    def _replace(self, **kwds: Any) -> EstimatorSpec:
        """Returns a spec with other values in some fields, checked again; the mode stays.

        Raises:
          ValueError: the mode is another one.
        """
        if "mode" in kwds and kwds["mode"] != self.mode:
            raise ValueError("mode of EstimatorSpec cannot be changed.")
        return EstimatorSpec(**{**dict(zip(self._fields, self, strict=True)), **kwds})


def _of_another_graph(what: str, name: str) -> NoReturn:
    raise ValueError(
        f'{what} with "{name}" must be from the default graph. Possible causes of this error include: \n\n'
        f"1) {what} was created outside the context of the default graph.\n\n2) The object passed through to "
        'EstimatorSpec was not created in the most recent call to "model_fn".'
    )


def _is_here(value: Any) -> bool:
    return value.graph is tf.get_default_graph()


def checked_train_op(train_op: Any, mode: Any) -> Any:
    """Returns the operation of a training step, checked; of a variable, its operation."""
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    if not (isinstance(train_op, tf.Operation) or is_dense_tensor_like(train_op)):
        raise TypeError(f"train_op must be Operation or Tensor, given: {train_op}")
    if isinstance(train_op, tf.Variable):
        train_op = train_op.op
    if not _is_here(train_op):
        _of_another_graph("train_op", train_op.name)
    return train_op


def checked_loss(loss: Any, mode: Any) -> Any:
    """Returns the loss as a scalar tensor, checked."""
    if loss is None:
        if mode in {ModeKeys.TRAIN, ModeKeys.EVAL}:
            raise ValueError("Missing loss.")
        return None
    loss = _checked_tensor(loss, "loss")
    shape = loss.get_shape()
    if shape.num_elements() not in {None, 1}:
        raise ValueError(f"Loss must be scalar, given: {loss}")
    if not shape.is_compatible_with(tf.TensorShape([])):
        loss = tf.reshape(loss, [])
    if not _is_here(loss):
        _of_another_graph("loss", loss.name)
    return loss


def checked_predictions(predictions: Any, mode: Any) -> Any:
    """Returns predictions, checked: a tensor or a dictionary of tensors."""
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        return {}
    if not isinstance(predictions, dict):
        if not _is_here(_checked_tensor(predictions, "predictions")):
            _of_another_graph("prediction values", predictions.name)
        return predictions
    for key, value in predictions.items():
        _checked_tensor(value, f"predictions[{key}]")
    for key, value in predictions.items():
        if not _is_here(value):
            _of_another_graph("prediction values", f"{key}: {value.name}")
    return dict(predictions)


def checked_hooks(hooks: Iterable[Any] | None) -> tuple[Any, ...]:
    """Returns hooks as a tuple, checked."""
    hooks = tuple(hooks or ())
    for hook in hooks:
        if not isinstance(hook, tf.train.SessionRunHook):
            raise TypeError(f"All hooks must be SessionRunHook instances, given: {hook}")
    return hooks


def _checked_tensor(value: Any, name: str) -> Any:
    if not is_dense_tensor_like(value):
        raise TypeError(f"{name} must be Tensor, given: {value}")
    return value


def _is_keras_metric(value: Any) -> bool:
    """Whether it is a metric of Keras, told by what one has: this package does without Keras."""
    return all(hasattr(value, name) for name in ("update_state", "result", "updates", "variables"))


def _checked_metrics(metrics: Any) -> dict[str, Any]:
    """Returns name -> (value, update), of Keras metrics too; changes the given dictionary, as TensorFlow does."""
    if metrics is None:
        return {}
    if not isinstance(metrics, dict):
        raise TypeError(f"eval_metric_ops must be a dict, given: {metrics}")
    for key, value in metrics.items():
        if _is_keras_metric(value):
            if not value.updates:
                raise ValueError(f'Please call update_state(...) on the "{value.name}" metric')
        elif not isinstance(value, tuple) or len(value) != 2:
            raise TypeError(
                f"Values of eval_metric_ops must be (metric_value, update_op) tuples, given: {value} for key: {key}"
            )
    for key, value in metrics.items():
        parts = [*value.updates, value.result()] if _is_keras_metric(value) else tf.nest.flatten(value)
        for part in parts:
            if not _is_here(part):
                _of_another_graph("eval_metric_ops", f"{key}: {part.name}")
    for key, value in metrics.items():
        if _is_keras_metric(value):
            _add_to_collections(value.variables)
            metrics[key] = (value.result(), value.updates[0])
    return metrics


def _add_to_collections(variables: Iterable[Any]) -> None:
    """Makes a Keras metric's variables local ones of the graph, which evaluations initialize."""
    for collection in (tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES):
        known = {id(variable) for variable in tf.get_collection(collection)}
        for variable in variables:
            if id(variable) not in known:
                tf.add_to_collection(collection, variable)
