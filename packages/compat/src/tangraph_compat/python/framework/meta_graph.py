"""`tensorflow.python.framework.meta_graph`."""

from tangraph_compat.internals.homes import names_beside

__getattr__, __dir__ = names_beside(__name__, "train.export_meta_graph")
