"""`tensorflow.python.saved_model.utils_impl`."""

import os
from pathlib import Path
from typing import Any

from tangraph_compat.internals.homes import names_beside

__getattr__, __dir__ = names_beside(__name__, "saved_model.build_tensor_info")


def get_variables_dir(export_dir: Any) -> str:
    """Returns the folder of a SavedModel's variables."""
    return f"{os.fsdecode(export_dir)}/variables"


def get_variables_path(export_dir: Any) -> str:
    """Returns the prefix of the checkpoint with a SavedModel's variables."""
    return f"{get_variables_dir(export_dir)}/variables"


def get_or_create_variables_dir(export_dir: Any) -> str:
    """Returns the folder of a SavedModel's variables, which is made if it is not there."""
    folder = get_variables_dir(export_dir)
    Path(folder).mkdir(parents=True, exist_ok=True)
    return folder


def get_assets_dir(export_dir: Any) -> str:
    """Returns the folder of a SavedModel's assets."""
    return f"{os.fsdecode(export_dir)}/assets"
