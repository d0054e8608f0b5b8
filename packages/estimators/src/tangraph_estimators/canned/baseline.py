"""Baselines, which ignore features: BaselineClassifier, BaselineRegressor and BaselineEstimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.canned.optimizers import optimizer_of
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.feature_columns.numeric import _NumericColumn
from tangraph_estimators.heads.multi_class import classification_head
from tangraph_estimators.heads.regression import RegressionHead

_LEARNING_RATE: Final = 0.3


def _key_of(weight_column: Any) -> Any:
    if weight_column is None or isinstance(weight_column, str):
        return weight_column
    if not isinstance(weight_column, _NumericColumn):
        raise TypeError(f"Weight column must be either a string or _NumericColumn. Given type: {type(weight_column)}.")
    return weight_column.key


def _logits(features: Any, n_outputs: int, weight_column: Any) -> Any:
    """Returns the bias, for every example; the features say how many there are."""
    key, batch_size, checks = _key_of(weight_column), None, []
    for name, feature in features.items():
        if name == key:
            continue
        length = tf.shape(feature)[0]
        if batch_size is None:
            batch_size = length
        else:
            checks.append(tf.assert_equal(batch_size, length))
    with tf.control_dependencies(checks), tf.variable_scope("baseline"):
        bias = tf.get_variable("bias", shape=[n_outputs], initializer=tf.zeros_initializer)
        return tf.multiply(bias, tf.ones([batch_size, n_outputs]))


def _model_fn_of(head: Any, optimizer: Any, weight_column: Any = None) -> Callable[..., Any]:
    def _model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
        logits = _logits(features, head.logits_dimension, weight_column)

        def train_op_fn(loss: Any) -> Any:
            made = optimizer_of(optimizer, _LEARNING_RATE)
            return made.minimize(loss, global_step=tf.train.get_global_step())

        return head.create_estimator_spec(
            features=features, mode=mode, logits=logits, labels=labels, train_op_fn=train_op_fn
        )

    return _model_fn


@export("estimator.BaselineEstimator")
class BaselineEstimator(Estimator):
    """A bias with any head.

    Args:
      head: a head, as `tf.contrib.estimator.regression_head` makes it.
      model_dir: the folder of checkpoints and summaries.
      optimizer: an optimizer, a function that returns one, or a name; "Ftrl" has the learning rate 0.3.
      config: a RunConfig.
    """

    def __init__(self, head: Any, model_dir: Any = None, optimizer: Any = "Ftrl", config: Any = None) -> None:
        super().__init__(_model_fn_of(head, optimizer), model_dir, config)


@export("estimator.BaselineClassifier")
class BaselineClassifier(Estimator):
    """A classifier that learns how frequent the classes are.

    Args:
      model_dir: the folder of checkpoints and summaries.
      n_classes: how many classes there are.
      weight_column: the name of a feature with the weights of examples, or None.
      label_vocabulary: the names of the classes where labels are names; None where they are numbers.
      optimizer: an optimizer, a function that returns one, or a name; "Ftrl" has the learning rate 0.3.
      config: a RunConfig.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
    ) -> None:
        head = classification_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(_model_fn_of(head, optimizer, weight_column), model_dir, config)


@export("estimator.BaselineRegressor")
class BaselineRegressor(Estimator):
    """A regression that learns the mean of the labels.

    Args:
      model_dir: the folder of checkpoints and summaries.
      label_dimension: the size of the last axis of labels.
      weight_column: the name of a feature with the weights of examples, or None.
      optimizer: an optimizer, a function that returns one, or a name; "Ftrl" has the learning rate 0.3.
      config: a RunConfig.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
    ) -> None:
        head = RegressionHead(weight_column, label_dimension, loss_reduction)
        super().__init__(_model_fn_of(head, optimizer, weight_column), model_dir, config)
