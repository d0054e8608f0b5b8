"""A network and a linear model together (Cheng et al., 2016, "Wide & Deep Learning for Recommender Systems")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.canned.dnn import dnn_logit_fn_builder
from tangraph_estimators.canned.linear import MIN_SLICE_SIZE, check_features, linear_logit_fn_builder, partitioner_of
from tangraph_estimators.canned.optimizers import optimizer_of
from tangraph_estimators.canned.summaries import add_layer_summary
from tangraph_estimators.estimator import Estimator
from tangraph_estimators.heads.multi_class import classification_head
from tangraph_estimators.heads.regression import RegressionHead

_DNN_LEARNING_RATE: Final = 0.001
_LINEAR_LEARNING_RATE: Final = 0.005


class _Options(NamedTuple):
    """The two parts of the model."""

    linear_feature_columns: Any
    linear_optimizer: Any
    dnn_feature_columns: Any
    dnn_optimizer: Any
    dnn_hidden_units: Sequence[int] | None
    dnn_activation_fn: Any
    dnn_dropout: float | None
    input_layer_partitioner: Any
    batch_norm: bool
    linear_sparse_combiner: str


class _Part(NamedTuple):
    """What a part has built: its logits, its optimizer, and the scope of its variables."""

    logits: Any
    optimizer: Any
    scope: str


def _model_fn_of(head: Any, options: _Options) -> Callable[..., Any]:
    if not (list(options.linear_feature_columns or ()) + list(options.dnn_feature_columns or ())):
        raise ValueError("Either linear_feature_columns or dnn_feature_columns must be defined.")

    def _model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
        check_features(features)
        of_inputs = options.input_layer_partitioner or partitioner_of(config, min_slice_size=MIN_SLICE_SIZE)
        parts = []
        if options.dnn_feature_columns:
            parts.append(_dnn(options, features, mode, head, config, of_inputs))
        if options.linear_feature_columns:
            parts.append(_linear(options, features, head, of_inputs))
        logits = parts[0].logits if len(parts) == 1 else parts[0].logits + parts[1].logits
        return head.create_estimator_spec(
            features=features,
            mode=mode,
            labels=labels,
            train_op_fn=lambda loss: _train_op(parts, loss),
            logits=logits,
        )

    return _model_fn


def _checked_optimizer(optimizer: Any, learning_rate: float) -> Any:
    made = optimizer_of(optimizer, learning_rate)
    if isinstance(made, tf.train.SyncReplicasOptimizer):
        raise ValueError(
            "SyncReplicasOptimizer does not support multi optimizers case. Therefore, it is not supported in "
            "DNNLinearCombined model. If you want to use this optimizer, please use either DNN or Linear model."
        )
    return made


def _dnn(options: _Options, features: Any, mode: Any, head: Any, config: Any, of_inputs: Any) -> _Part:
    optimizer = _checked_optimizer(options.dnn_optimizer, _DNN_LEARNING_RATE)
    if not options.dnn_hidden_units:
        raise ValueError("dnn_hidden_units must be defined when dnn_feature_columns is specified.")
    with tf.variable_scope("dnn", values=tuple(features.values()), partitioner=partitioner_of(config)) as scope:
        logit_fn = dnn_logit_fn_builder(
            units=head.logits_dimension,
            hidden_units=options.dnn_hidden_units,
            feature_columns=options.dnn_feature_columns,
            activation_fn=options.dnn_activation_fn,
            dropout=options.dnn_dropout,
            input_layer_partitioner=of_inputs,
            batch_norm=options.batch_norm,
        )
        return _Part(logit_fn(features, mode), optimizer, scope.name)


def _linear(options: _Options, features: Any, head: Any, of_inputs: Any) -> _Part:
    columns = options.linear_feature_columns
    rate = min(_LINEAR_LEARNING_RATE, len(columns) ** -0.5)
    optimizer = _checked_optimizer(options.linear_optimizer, rate)
    with tf.variable_scope("linear", values=tuple(features.values()), partitioner=of_inputs) as scope:
        logit_fn = linear_logit_fn_builder(head.logits_dimension, columns, options.linear_sparse_combiner)
        logits = logit_fn(features)
        add_layer_summary(logits, scope.name)
        return _Part(logits, optimizer, scope.name)


def _train_op(parts: Sequence[_Part], loss: Any) -> Any:
    """Returns the training steps of all parts, after which the global step grows."""
    step = tf.train.get_global_step()
    train_ops = [
        part.optimizer.minimize(loss, var_list=tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=part.scope))
        for part in parts
    ]
    with tf.control_dependencies([tf.group(*train_ops)]):
        return tf.assign_add(step, 1).op


@export("estimator.DNNLinearCombinedEstimator")
class DNNLinearCombinedEstimator(Estimator):
    """A network and a linear model, whose logits are added, with any head.

    Args:
      head: a head, as `tf.contrib.estimator.regression_head` makes it.
      model_dir: the folder of checkpoints and summaries.
      linear_feature_columns: the columns of the linear model.
      linear_optimizer: its optimizer, a function that returns one, or a name.
      dnn_feature_columns: the columns of the network.
      dnn_optimizer: its optimizer, a function that returns one, or a name.
      dnn_hidden_units: the sizes of its hidden layers.
      dnn_activation_fn: their activation.
      dnn_dropout: the rate at which hidden units are dropped in training; None for none.
      input_layer_partitioner: what cuts the variables of the columns.
      config: a RunConfig.
      linear_sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".

    Raises:
      ValueError: there are no columns.
    """

    def __init__(
        self,
        head: Any,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = tf.nn.relu,
        dnn_dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        options = _Options(
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            batch_norm=False,
            linear_sparse_combiner=linear_sparse_combiner,
        )
        super().__init__(_model_fn_of(head, options), model_dir, config)


@export("estimator.DNNLinearCombinedClassifier")
class DNNLinearCombinedClassifier(Estimator):
    """A network and a linear model that classify together.

    Args:
      model_dir: the folder of checkpoints and summaries.
      linear_feature_columns: the columns of the linear model.
      linear_optimizer: its optimizer, a function that returns one, or a name.
      dnn_feature_columns: the columns of the network.
      dnn_optimizer: its optimizer, a function that returns one, or a name.
      dnn_hidden_units: the sizes of its hidden layers.
      dnn_activation_fn: their activation.
      dnn_dropout: the rate at which hidden units are dropped in training; None for none.
      n_classes: how many classes there are.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      label_vocabulary: the names of the classes where labels are names; None where they are numbers.
      input_layer_partitioner: what cuts the variables of the columns.
      config: a RunConfig.
      warm_start_from: see Estimator.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      batch_norm: whether hidden layers are normalized.
      linear_sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".

    Raises:
      ValueError: there are no columns.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = tf.nn.relu,
        dnn_dropout: float | None = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        options = _Options(
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            batch_norm,
            linear_sparse_combiner,
        )
        head = classification_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(_model_fn_of(head, options), model_dir, config, warm_start_from=warm_start_from)


@export("estimator.DNNLinearCombinedRegressor")
class DNNLinearCombinedRegressor(Estimator):
    """A network and a linear model for a regression together.

    Args:
      model_dir: the folder of checkpoints and summaries.
      linear_feature_columns: the columns of the linear model.
      linear_optimizer: its optimizer, a function that returns one, or a name.
      dnn_feature_columns: the columns of the network.
      dnn_optimizer: its optimizer, a function that returns one, or a name.
      dnn_hidden_units: the sizes of its hidden layers.
      dnn_activation_fn: their activation.
      dnn_dropout: the rate at which hidden units are dropped in training; None for none.
      label_dimension: the size of the last axis of labels.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.
      input_layer_partitioner: what cuts the variables of the columns.
      config: a RunConfig.
      warm_start_from: see Estimator.
      loss_reduction: how the losses of a batch become one; of `tf.losses.Reduction`.
      batch_norm: whether hidden layers are normalized.
      linear_sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".

    Raises:
      ValueError: there are no columns.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = tf.nn.relu,
        dnn_dropout: float | None = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = tf.losses.Reduction.SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        options = _Options(
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            batch_norm,
            linear_sparse_combiner,
        )
        head = RegressionHead(weight_column, label_dimension, loss_reduction)
        super().__init__(_model_fn_of(head, options), model_dir, config, warm_start_from=warm_start_from)
