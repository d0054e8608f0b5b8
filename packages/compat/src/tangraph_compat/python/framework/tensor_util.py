"""`tensorflow.python.framework.tensor_util`."""

from tangraph.framework.constant_value import constant_value, constant_value_as_shape
from tangraph.framework.tensor_proto import make_ndarray as MakeNdarray
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = ["MakeNdarray", "constant_value", "constant_value_as_shape"]
