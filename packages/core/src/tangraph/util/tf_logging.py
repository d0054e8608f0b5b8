"""``tf.logging``, on the standard library's logging.

The logger is the one that programs know: ``logging.getLogger("tensorflow")``. Its lines look as TensorFlow's do,
``INFO:tensorflow:message`` on stderr; a program that has set up the root logger gets them there instead.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from typing import Any, Final, TextIO

from tangraph.export import export

DEBUG: Final = logging.DEBUG
INFO: Final = logging.INFO
WARN: Final = logging.WARNING
ERROR: Final = logging.ERROR
FATAL: Final = logging.CRITICAL

__tf_values__ = {
    "logging.DEBUG": DEBUG,
    "logging.INFO": INFO,
    "logging.WARN": WARN,
    "logging.ERROR": ERROR,
    "logging.FATAL": FATAL,
}

_NAME: Final = "tensorflow"
_lock: Final = threading.Lock()
_set_up: list[logging.Logger] = []
# How often log_every_n and log_first_n were called, by the caller's file and line.
_calls: Counter[tuple[str, int]] = Counter()


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stderr`` is at the moment (in an interactive session: ``sys.stdout``)."""

    def __init__(self, *, interactive: bool) -> None:
        self._interactive = interactive
        super().__init__()
        self.setFormatter(logging.Formatter(logging.BASIC_FORMAT))

    @property
    def stream(self) -> TextIO:
        """Where lines go."""
        return sys.stdout if self._interactive else sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """Does nothing: the stream is looked up when a line is written."""


@export("get_logger")
def get_logger() -> logging.Logger:
    """Returns the logger that ``tf.logging`` writes to.

    >>> get_logger().name
    'tensorflow'
    """
    if not _set_up:
        with _lock:
            if not _set_up:
                _set_up.append(_make_logger())
    return _set_up[0]


def _make_logger() -> logging.Logger:
    logger = logging.getLogger(_NAME)
    if not logging.getLogger().handlers:
        interactive = hasattr(sys, "ps1") or bool(sys.flags.interactive)
        if interactive:
            logger.setLevel(INFO)
        logger.addHandler(_Handler(interactive=interactive))
    return logger


@export("logging.log")
def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message of a level; ``msg % args`` is made only if it is shown."""
    get_logger().log(level, msg, *args, **_outside(kwargs))


@export("logging.debug")
def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message that helps to find mistakes."""
    get_logger().debug(msg, *args, **_outside(kwargs))


@export("logging.info")
def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message about what goes on.

    Args:
      msg: the message, with ``%`` places for the arguments.
      *args: the arguments.
      **kwargs: as for ``logging.Logger.info``, such as ``exc_info``.
    """
    get_logger().info(msg, *args, **_outside(kwargs))


@export("logging.warning")
def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message about what may be a mistake."""
    get_logger().warning(msg, *args, **_outside(kwargs))


@export("logging.warn")
def warn(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message about what may be a mistake; an older name of :func:`warning`."""
    get_logger().warning(msg, *args, **_outside(kwargs))


@export("logging.error")
def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message about what went wrong."""
    get_logger().error(msg, *args, **_outside(kwargs))


@export("logging.fatal")
def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message about what cannot be mended; it does not end the program."""
    get_logger().critical(msg, *args, **_outside(kwargs))


def _outside(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Returns the keyword arguments so that the record names the line of our caller."""
    return {**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 1}


@export("logging.vlog")
def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes a message of a level."""
    get_logger().log(level, msg, *args, **_outside(kwargs))


@export("logging.TaskLevelStatusMessage")
def TaskLevelStatusMessage(msg: Any) -> None:
    """Writes a message about the state of a task, as an error."""
    get_logger().error(msg, stacklevel=2)


@export("logging.log_every_n")
def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Writes the first of every ``n`` messages from a line of the program."""
    if _count() % n == 0:
        get_logger().log(level, msg, *args, stacklevel=2)


@export("logging.log_first_n")
def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Writes the first ``n`` messages from a line of the program."""
    if _count() < n:
        get_logger().log(level, msg, *args, stacklevel=2)


def _count() -> int:
    """Returns how often the line that called our caller did so before."""
    frame = sys._getframe(2)
    place = (frame.f_code.co_filename, frame.f_lineno)
    with _lock:
        _calls[place] += 1
        return _calls[place] - 1


@export("logging.log_if")
def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Writes a message if the condition holds."""
    if condition:
        get_logger().log(level, msg, *args, stacklevel=2)


@export("logging.set_verbosity")
def set_verbosity(v: int | str) -> None:
    """Shows messages of a level and above, such as ``tf.logging.INFO`` or "INFO".

    >>> set_verbosity(WARN)
    >>> get_verbosity() == WARN
    True
    """
    get_logger().setLevel(v)


@export("logging.get_verbosity")
def get_verbosity() -> int:
    """Returns the level from which messages are shown: ``tf.logging.WARN`` unless it was set."""
    return get_logger().getEffectiveLevel()


@export("logging.flush")
def flush() -> None:
    """Makes sure that what was written is there."""
    for handler in get_logger().handlers:
        handler.flush()
