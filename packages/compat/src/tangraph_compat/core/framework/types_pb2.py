"""`tensorflow.core.framework.types_pb2`: the numbers of types, as messages have them."""

from tangraph.framework.protos import DataType

globals().update(DataType.items())
