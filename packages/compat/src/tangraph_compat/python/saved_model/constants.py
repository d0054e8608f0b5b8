"""`tensorflow.python.saved_model.constants`."""

from tangraph_compat.internals.homes import names_beside

__getattr__, __dir__ = names_beside(__name__, "saved_model.load", "constants")
