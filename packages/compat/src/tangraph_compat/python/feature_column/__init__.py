"""`tensorflow.python.feature_column`."""

from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
