"""Names of `tf.contrib.layers` and `tf.contrib.slim` that are other public names."""

from typing import Final

_FRAMEWORK: Final = """
    VariableDeviceChooser add_arg_scope add_model_variable arg_scope arg_scoped_arguments assert_global_step
    assign_from_checkpoint_fn assign_from_values assign_from_values_fn create_global_step current_arg_scope deprecated
    deprecated_arg_values filter_variables get_global_step get_local_variables get_model_variables
    get_or_create_global_step get_trainable_variables get_unique_variable get_variable_full_name get_variables
    get_variables_by_name get_variables_by_suffix get_variables_to_restore global_variable has_arg_scope local_variable
    model_variable variable
    """
_INITIALIZERS: Final = "variance_scaling_initializer xavier_initializer xavier_initializer_conv2d"

_LOSSES: Final = """
    absolute_difference add_loss compute_weighted_loss cosine_distance get_losses get_regularization_losses
    get_total_loss hinge_loss log_loss mean_pairwise_squared_error mean_squared_error sigmoid_cross_entropy
    softmax_cross_entropy sparse_softmax_cross_entropy
    """
_METRICS: Final = """
    accuracy aggregate_metric_map aggregate_metrics confusion_matrix f1_score streaming_accuracy streaming_auc
    streaming_mean streaming_precision streaming_recall
    """

ALIASES: Final[dict[str, dict[str, str]]] = {
    "contrib.slim.learning": {
        "clip_gradient_norms": "tangraph:contrib.training.clip_gradient_norms",
        "multiply_gradients": "tangraph:contrib.training.multiply_gradients",
    },
    **{
        f"contrib.slim.{module}": {name: f"tangraph:contrib.{module}.{name}" for name in names.split()}
        for module, names in {"losses": _LOSSES, "metrics": _METRICS}.items()
    },
    "contrib.layers": {"safe_embedding_lookup_sparse": "tangraph:nn.safe_embedding_lookup_sparse"},
    "contrib.slim": {
        **{name: f"tangraph:contrib.framework.{name}" for name in _FRAMEWORK.split()},
        **{name: f"tangraph:contrib.layers.{name}" for name in _INITIALIZERS.split()},
        "safe_embedding_lookup_sparse": "tangraph:nn.safe_embedding_lookup_sparse",
    },
}
