"""Networks: DNNClassifier, DNNRegressor and DNNEstimator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.canned.dnn_model import DNNModel
from tangraph_estimators.canned.linear import MIN_SLICE_SIZE, check_features, partitioner_of
from tangraph_estimators.canned.optimizers import optimizer_of
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.heads.multi_class import classification_head
from tangraph_estimators.heads.regression import RegressionHead

_LEARNING_RATE: Final = 0.05


@export("estimator.experimental.dnn_logit_fn_builder", "contrib.estimator.dnn_logit_fn_builder")
def dnn_logit_fn_builder(
    units: int,
    hidden_units: Sequence[int],
    feature_columns: Any,
    activation_fn: Any,
    dropout: float | None,
    input_layer_partitioner: Any,
    batch_norm: bool,
) -> Callable[..., Any]:
    """Returns a function from features and mode to the logits of a network.

    Args:
      units: how many logits there are.
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns.
      activation_fn: the activation of the hidden layers.
      dropout: the rate at which hidden units are dropped in training; None for none.
      input_layer_partitioner: what cuts the variables of the columns.
      batch_norm: whether hidden layers are normalized.

    Raises:
      ValueError: `units` is no integer.
    """
    if not isinstance(units, int):
        raise ValueError(f"units must be an int.  Given type: {type(units)}")

    def dnn_logit_fn(features: Any, mode: Any) -> Any:
        partitioner = input_layer_partitioner
        model = DNNModel(
            units, hidden_units, feature_columns, activation_fn, dropout, partitioner, batch_norm, name="dnn"
        )
        return model(features, mode)

    return dnn_logit_fn


def _model_fn_of(
    head: Any,
    hidden_units: Sequence[int],
    feature_columns: Any,
    optimizer: Any,
    activation_fn: Any,
    dropout: float | None,
    input_layer_partitioner: Any,
    batch_norm: bool,
) -> Callable[..., Any]:
    columns = tuple(feature_columns or ())

    def _model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
        made = optimizer_of(optimizer, _LEARNING_RATE)
        check_features(features)
        with tf.variable_scope("dnn", values=tuple(features.values()), partitioner=partitioner_of(config)):
            of_inputs = input_layer_partitioner or partitioner_of(config, min_slice_size=MIN_SLICE_SIZE)
            logit_fn = dnn_logit_fn_builder(
                head.logits_dimension, hidden_units, columns, activation_fn, dropout, of_inputs, batch_norm
            )
            logits = logit_fn(features, mode)
            return head.create_estimator_spec(
                features=features, mode=mode, labels=labels, optimizer=made, logits=logits
            )

    return _model_fn


@export("estimator.DNNEstimator")
class DNNEstimator(Estimator):
    """A network with any head.

    Args:
      head: a head, as `tf.contrib.estimator.regression_head` makes it.
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns.
      model_dir: the folder of checkpoints and summaries.
      optimizer: an optimizer, a function that returns one, or a name; "Adagrad" has the learning rate 0.05.
      activation_fn: the activation of the hidden layers.
      dropout: the rate at which hidden units are dropped in training; None for none.
      input_layer_partitioner: what cuts the variables of the columns.
      config: a RunConfig.
      warm_start_from: see Estimator.
      batch_norm: whether hidden layers are normalized.
    """

    def __init__(
        self,
        head: Any,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = tf.nn.relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        batch_norm: bool = False,
    ) -> None:
        network = (
            hidden_units,
            feature_columns,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            batch_norm,
        )
        super().__init__(_model_fn_of(head, *network), model_dir, config, warm_start_from=warm_start_from)


@export("estimator.DNNClassifier")
class DNNClassifier(Estimator):
    """A network that classifies.

    Args:
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns.
      model_dir: the folder of checkpoints and summaries.
      n_classes: how many classes there are.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      label_vocabulary: the names of the classes where labels are names; None where they are numbers.
      optimizer: an optimizer, a function that returns one, or a name; "Adagrad" has the learning rate 0.05.
      activation_fn: the activation of the hidden layers.
      dropout: the rate at which hidden units are dropped in training; None for none.
      input_layer_partitioner: what cuts the variables of the columns.
      config: a RunConfig.
      warm_start_from: see Estimator.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      batch_norm: whether hidden layers are normalized.

    >>> import numpy as np, tangraph as tf
    >>> inputs = tf.estimator.inputs.numpy_input_fn(
    ...     {"x": np.array([[0.0], [1.0], [2.0]])},
    ...     np.array([0, 1, 2]),
    ...     num_epochs=None,
    ...     batch_size=3,
    ...     shuffle=False,
    ... )
    >>> columns = [tf.feature_column.numeric_column("x")]
    >>> classifier = tf.estimator.DNNClassifier([4], columns, n_classes=3)
    >>> _ = classifier.train(inputs, steps=2)
    >>> next(classifier.predict(inputs))["probabilities"].shape
    (3,)
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = tf.nn.relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        batch_norm: bool = False,
    ) -> None:
        head = classification_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        network = (
            hidden_units,
            feature_columns,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            batch_norm,
        )
        super().__init__(_model_fn_of(head, *network), model_dir, config, warm_start_from=warm_start_from)


@export("estimator.DNNRegressor")
class DNNRegressor(Estimator):
    """A network for a regression.

    Args:
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns.
      model_dir: the folder of checkpoints and summaries.
      label_dimension: the size of the last axis of labels.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      optimizer: an optimizer, a function that returns one, or a name; "Adagrad" has the learning rate 0.05.
      activation_fn: the activation of the hidden layers.
      dropout: the rate at which hidden units are dropped in training; None for none.
      input_layer_partitioner: what cuts the variables of the columns.
      config: a RunConfig.
      warm_start_from: see Estimator.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      batch_norm: whether hidden layers are normalized.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = tf.nn.relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        batch_norm: bool = False,
    ) -> None:
        head = RegressionHead(weight_column, label_dimension, loss_reduction)
        network = (
            hidden_units,
            feature_columns,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            batch_norm,
        )
        super().__init__(_model_fn_of(head, *network), model_dir, config, warm_start_from=warm_start_from)
