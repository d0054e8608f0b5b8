"""`tensorflow.python.saved_model.signature_def_utils_impl`."""

from tangraph_compat.internals.homes import names_beside

__getattr__, __dir__ = names_beside(__name__, "saved_model.predict_signature_def")
