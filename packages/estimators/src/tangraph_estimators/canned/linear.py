"""Linear estimators: LinearClassifier, LinearRegressor and LinearEstimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.canned.optimizers import optimizer_of
from tangraph_estimators.canned.summaries import fraction_of_zero
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.feature_columns.embedding_layer import parts_of
from tangraph_estimators.feature_columns.interface import is_feature_column_v2
from tangraph_estimators.feature_columns.linear_layer import LinearModel
from tangraph_estimators.feature_columns.linear_model import _LinearModel
from tangraph_estimators.heads.multi_class import classification_head
from tangraph_estimators.heads.regression import RegressionHead

_LEARNING_RATE: Final = 0.2
#: Variables that are smaller are not cut for several parameter servers.
MIN_SLICE_SIZE: Final = 64 << 20


@export("estimator.experimental.linear_logit_fn_builder", "contrib.estimator.linear_logit_fn_builder")
def linear_logit_fn_builder(
    units: int, feature_columns: Any, sparse_combiner: str = "sum"
) -> Callable[[dict[str, Any]], Any]:
    """Returns a function from features to the logits of a linear model.

    Args:
      units: how many logits there are.
      feature_columns: the columns.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".
    """

    def linear_logit_fn(features: dict[str, Any]) -> Any:
        bias: list[Any]
        if is_feature_column_v2(feature_columns):
            model = LinearModel(feature_columns, units, sparse_combiner=sparse_combiner, name="linear_model")
            logits = model(features)
            bias = parts_of(model.layer.bias)
            of_bias = {id(part) for part in bias}
            everything = [part for variable in model.layer.weights for part in parts_of(variable)]
            variables = [part for part in everything if id(part) not in of_bias]
        else:
            older = _LinearModel(feature_columns, units, sparse_combiner, name="linear_model")
            logits = older(features)
            of_columns = older.cols_to_vars()
            bias = of_columns.pop("bias")
            variables = [part for parts in of_columns.values() for part in parts]
        if units > 1:
            tf.summary.histogram("bias", bias)
        else:
            tf.summary.scalar("bias", bias[0][0])
        tf.summary.scalar("fraction_of_zero_weights", fraction_of_zero(variables))
        return logits

    return linear_logit_fn


def check_features(features: Any) -> None:
    """Raises ValueError unless features are a dictionary."""
    if not isinstance(features, dict):
        raise ValueError(f"features should be a dictionary of `Tensor`s. Given type: {type(features)}")


def partitioner_of(config: Any, **options: Any) -> Any:
    """Returns what cuts variables for the parameter servers of a RunConfig."""
    return tf.min_max_variable_partitioner(max_partitions=config.num_ps_replicas if config else 0, **options)


def _linear_model_fn(
    features: Any,
    labels: Any,
    mode: Any,
    head: Any,
    feature_columns: Any,
    optimizer: Any,
    partitioner: Any,
    config: Any,
    sparse_combiner: str,
) -> Any:
    check_features(features)
    partitioner = partitioner or partitioner_of(config, min_slice_size=MIN_SLICE_SIZE)
    with tf.variable_scope("linear", values=tuple(features.values()), partitioner=partitioner):
        logit_fn = linear_logit_fn_builder(head.logits_dimension, feature_columns, sparse_combiner)
        logits = logit_fn(features)
        if not optimizer:
            rate = min(_LEARNING_RATE, len(feature_columns) ** -0.5)
            optimizer = tf.train.FtrlOptimizer(learning_rate=rate)
        optimizer = optimizer_of(optimizer, _LEARNING_RATE)
        return head.create_estimator_spec(
            features=features, mode=mode, labels=labels, optimizer=optimizer, logits=logits
        )


@export("estimator.LinearEstimator")
class LinearEstimator(Estimator):
    """A linear model with any head.

    Args:
      head: a head, as `tf.contrib.estimator.regression_head` makes it.
      feature_columns: the columns.
      model_dir: the folder of checkpoints and summaries.
      optimizer: an optimizer, a function that returns one, or a name; "Ftrl" has the learning rate 0.2.
      config: a RunConfig.
      partitioner: what cuts variables.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".
    """

    def __init__(
        self,
        head: Any,
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            _model_fn_of(head, feature_columns, optimizer, partitioner, sparse_combiner), model_dir, config
        )


def _model_fn_of(
    head: Any, feature_columns: Any, optimizer: Any, partitioner: Any, sparse_combiner: str
) -> Callable[..., Any]:
    def _model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
        columns = tuple(feature_columns or ())
        return _linear_model_fn(features, labels, mode, head, columns, optimizer, partitioner, config, sparse_combiner)

    return _model_fn


@export("estimator.LinearClassifier")
class LinearClassifier(Estimator):
    """A linear classifier.

    Args:
      feature_columns: the columns.
      model_dir: the folder of checkpoints and summaries.
      n_classes: how many classes there are.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      label_vocabulary: the names of the classes where labels are names; None where they are numbers.
      optimizer: an optimizer, a function that returns one, or a name; "Ftrl" has the learning rate 0.2.
      config: a RunConfig.
      partitioner: what cuts variables.
      warm_start_from: see Estimator.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".

    >>> import numpy as np, tangraph as tf
    >>> inputs = tf.estimator.inputs.numpy_input_fn(
    ...     {"x": np.array([[0.0], [1.0]])}, np.array([0, 1]), num_epochs=None, batch_size=2, shuffle=False
    ... )
    >>> classifier = tf.estimator.LinearClassifier([tf.feature_column.numeric_column("x")])
    >>> _ = classifier.train(inputs, steps=10)
    >>> float(classifier.evaluate(inputs, steps=1)["accuracy"])
    1.0
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        head = classification_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        model_fn = _model_fn_of(head, feature_columns, optimizer, partitioner, sparse_combiner)
        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


@export("estimator.LinearRegressor")
class LinearRegressor(Estimator):
    """A linear regression.

    Args:
      feature_columns: the columns.
      model_dir: the folder of checkpoints and summaries.
      label_dimension: the size of the last axis of labels.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      optimizer: an optimizer, a function that returns one, or a name; "Ftrl" has the learning rate 0.2.
      config: a RunConfig.
      partitioner: what cuts variables.
      warm_start_from: see Estimator.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        head = RegressionHead(weight_column, label_dimension, loss_reduction)
        model_fn = _model_fn_of(head, feature_columns, optimizer, partitioner, sparse_combiner)
        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)
