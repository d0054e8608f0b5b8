"""Names of `tf.contrib` that are other public names: what they stand for is looked up when it is used."""

from typing import Final

ALIASES: Final = {
    "contrib.framework": {
        "TensorSpec": "tangraph:TensorSpec",
        "add_model_variable": "tangraph_compat.contrib.framework.variables:add_model_variable",
        "argsort": "tangraph:argsort",
        "assert_global_step": "tangraph:train.assert_global_step",
        "assert_same_float_dtype": "tangraph:debugging.assert_same_float_dtype",
        "assert_scalar": "tangraph:assert_scalar",
        "convert_to_tensor_or_sparse_tensor": "tangraph:convert_to_tensor_or_sparse_tensor",
        "create_global_step": "tangraph:train.create_global_step",
        "get_global_step": "tangraph:train.get_global_step",
        "get_or_create_global_step": "tangraph:train.get_or_create_global_step",
        "init_from_checkpoint": "tangraph:train.init_from_checkpoint",
        "is_tensor": "tangraph:is_tensor",
        "list_variables": "tangraph:train.list_variables",
        "load_checkpoint": "tangraph:train.load_checkpoint",
        "load_variable": "tangraph:train.load_variable",
        "sort": "tangraph:sort",
    },
    "contrib.util": {
        "make_ndarray": "tangraph:make_ndarray",
        "make_tensor_proto": "tangraph:make_tensor_proto",
    },
}
