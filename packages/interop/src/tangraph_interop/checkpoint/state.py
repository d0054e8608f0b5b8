"""The file called "checkpoint", which says what checkpoints a folder has, and checkpoints as files."""

from __future__ import annotations

import contextlib
import glob
import os
import re
from collections.abc import Sequence
from typing import Final

from tangraph.export import export
from tangraph.framework.errors import NotFoundError, OpError
from tangraph.framework.protos import SaverDef
from tangraph.util import tf_logging
from tangraph_interop.checkpoint.bundle import index_file
from tangraph_interop.checkpoint.bundle_reader import BundleReader
from tangraph_interop.checkpoint.files import matching_files, open_checkpoint
from tangraph_interop.files import write_file
from tangraph_interop.messages import CheckpointState
from tangraph_interop.wire import merge_text


def _state_path(folder: str, latest_filename: str | None) -> str:
    return os.path.join(folder, "checkpoint" if latest_filename is None else latest_filename)


@export("train.generate_checkpoint_state_proto")
def generate_checkpoint_state_proto(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> CheckpointState:
    """Returns a CheckpointState message.

    Args:
      save_dir: the folder that it is for; where it is relative, so are the paths.
      model_checkpoint_path: the latest checkpoint.
      all_model_checkpoint_paths: all that are kept, from the oldest to the latest.
      all_model_checkpoint_timestamps: when each of them was made.
      last_preserved_timestamp: when the last one that is kept for good was made.

    Raises:
      ValueError: not as many timestamps as paths.
    """
    paths = list(all_model_checkpoint_paths or [])
    if not paths or paths[-1] != model_checkpoint_path:
        tf_logging.info("%s is not in all_model_checkpoint_paths. Manually adding it.", model_checkpoint_path)
        paths.append(model_checkpoint_path)
    if all_model_checkpoint_timestamps and len(all_model_checkpoint_timestamps) != len(paths):
        raise ValueError(
            "Checkpoint timestamps, if provided, must match checkpoint paths (got paths "
            f"{paths} and timestamps {all_model_checkpoint_timestamps})"
        )
    if not os.path.isabs(save_dir):
        paths = [path if os.path.isabs(path) else os.path.relpath(path, save_dir) for path in paths]
        if not os.path.isabs(model_checkpoint_path):
            model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir)
    return CheckpointState(
        model_checkpoint_path=model_checkpoint_path,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=all_model_checkpoint_timestamps,
        last_preserved_timestamp=last_preserved_timestamp,
    )


@export("train.update_checkpoint_state")
def update_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the file that says what checkpoints a folder has; see `generate_checkpoint_state_proto`.

    Raises:
      RuntimeError: a checkpoint would be overwritten.
    """
    write_checkpoint_state(
        save_dir,
        model_checkpoint_path,
        all_model_checkpoint_paths,
        latest_filename,
        all_model_checkpoint_timestamps=all_model_checkpoint_timestamps,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def write_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    save_relative_paths: bool = False,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """As `update_checkpoint_state`, with paths relative to the folder if asked for."""
    path = _state_path(save_dir, latest_filename)
    latest, paths = model_checkpoint_path, list(all_model_checkpoint_paths or [])
    if save_relative_paths:
        latest, *paths = [os.path.relpath(p, save_dir) if os.path.isabs(p) else p for p in [latest, *paths]]
    state = generate_checkpoint_state_proto(
        save_dir, latest, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
    )
    if path == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  Please use a "
            "different save path."
        )
    write_file(path, str(state).encode())


@export("train.get_checkpoint_state")
def get_checkpoint_state(checkpoint_dir: str, latest_filename: str | None = None) -> CheckpointState | None:
    """Returns what checkpoints a folder has, or None when it does not say.

    Raises:
      ValueError: it says so, but not which is the latest.
    """
    if isinstance(checkpoint_dir, os.PathLike):
        checkpoint_dir = os.fspath(checkpoint_dir)
    path = _state_path(checkpoint_dir, latest_filename)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return None
    state = CheckpointState()
    try:
        merge_text(text, state)
    except ValueError as error:
        tf_logging.warning("%s: %s", type(error).__name__, error)
        tf_logging.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")

    def absolute(found: str) -> str:
        return found if os.path.isabs(found) else os.path.join(checkpoint_dir, found)

    state.model_checkpoint_path = absolute(state.model_checkpoint_path)
    for index, found in enumerate(state.all_model_checkpoint_paths):
        state.all_model_checkpoint_paths[index] = absolute(found)
    return state


@export("train.latest_checkpoint")
def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """Returns the name of the latest checkpoint of a folder, or None.

    When its files are gone or cut off, the latest one before it that is whole is returned.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    latest = state.model_checkpoint_path
    paths: list[str] = [latest, *reversed(list(state.all_model_checkpoint_paths))]
    for path in dict.fromkeys(paths):
        if _is_whole(path):
            if path != latest:
                tf_logging.warning("Checkpoint %s is damaged or gone; %s is used.", latest, path)
            return path
    tf_logging.error("Couldn't match files for checkpoint %s", latest)
    return None


# What was found whole: (file, time of the last change, size) of its files, since looking reads all of it.
_MOST_SEEN: Final = 256
_seen_whole: Final[dict[str, tuple[tuple[str, int, int], ...]]] = {}


def _is_whole(prefix: str) -> bool:
    """Whether a checkpoint can be read, with the checksums that it should have."""
    signature = tuple((path, os.stat(path).st_mtime_ns, os.stat(path).st_size) for path in _files_of(prefix))
    if signature and _seen_whole.get(prefix) == signature:
        return True
    try:
        reader = open_checkpoint(prefix)
        if isinstance(reader, BundleReader):
            reader.verify()
    except (OpError, OSError):
        return False
    if len(_seen_whole) >= _MOST_SEEN:
        _seen_whole.clear()
    _seen_whole[prefix] = signature
    return True


def _files_of(prefix: str) -> list[str]:
    files = [index_file(prefix), *glob.glob(f"{glob.escape(prefix)}.data-?????-of-?????"), *matching_files(prefix)]
    return sorted(path for path in files if os.path.exists(path))


@export("train.checkpoint_exists")
def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Returns whether there is a checkpoint of that name.

    Raises:
      NotFoundError: there is not even its folder.
    """
    prefix = os.fsdecode(checkpoint_prefix)
    folder = os.path.dirname(prefix)
    if folder and not os.path.isdir(folder):
        raise NotFoundError(None, None, f"{folder}; No such file or directory")
    if not prefix:
        return False
    return bool(glob.glob(index_file(prefix)) or glob.glob(prefix))


@export("train.get_checkpoint_mtimes")
def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """Returns when checkpoints were made, in seconds since the epoch; those that there are not are left out."""
    times = []
    for prefix in checkpoint_prefixes:
        found = [path for path in (index_file(prefix), *matching_files(prefix)) if os.path.exists(path)]
        if found:
            times.append(float(int(os.path.getmtime(found[0]))))
    return times


@export("train.remove_checkpoint")
def remove_checkpoint(
    checkpoint_prefix: str, checkpoint_format_version: int = SaverDef.V2, meta_graph_suffix: str = "meta"
) -> None:
    """Deletes the files of a checkpoint."""
    found = [meta_graph_filename(checkpoint_prefix, meta_graph_suffix), index_file(checkpoint_prefix)]
    if checkpoint_format_version != SaverDef.V2:
        found += matching_files(checkpoint_prefix)
    # Without its index it is no checkpoint any more: its data can go, and what interrupted saves left.
    for pattern in (".data-?????-of-?????", ".data-?????-of-?????.tempstate*", ".index.tempstate*"):
        found += glob.glob(glob.escape(checkpoint_prefix) + pattern)
    for path in found:
        with contextlib.suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            os.unlink(path)


def meta_graph_filename(checkpoint_filename: str, meta_graph_suffix: str = "meta") -> str:
    """Returns the name of the MetaGraph file of a checkpoint (of a sharded one: without its numbers).

    >>> meta_graph_filename("m-?????-of-00002")
    'm.meta'
    """
    return f"{re.sub(r'-[0-9?]+-of-[0-9]+$', '', checkpoint_filename)}.{meta_graph_suffix}"
