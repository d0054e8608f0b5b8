"""`tensorflow.core.framework.variable_pb2`."""

from tangraph_compat.internals.homes import names_beside

__getattr__, __dir__ = names_beside(__name__, "GraphDef")
