"""The errors of ``tf.errors``: one class for each status code of a run.

>>> import tangraph as tf
>>> raise tf.errors.NotFoundError(None, None, "no such file")
Traceback (most recent call last):
    ...
tangraph.framework.errors.NotFoundError: no such file
"""

from __future__ import annotations

import traceback
import warnings
from types import TracebackType
from typing import Any, ClassVar, Final

from tangraph.export import export

OK: Final = 0
CANCELLED: Final = 1
UNKNOWN: Final = 2
INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
NOT_FOUND: Final = 5
ALREADY_EXISTS: Final = 6
PERMISSION_DENIED: Final = 7
RESOURCE_EXHAUSTED: Final = 8
FAILED_PRECONDITION: Final = 9
ABORTED: Final = 10
OUT_OF_RANGE: Final = 11
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
DATA_LOSS: Final = 15
UNAUTHENTICATED: Final = 16


@export("OpError", "errors.OpError")
class OpError(Exception):
    """What goes wrong while a graph runs.

    ``str(error)`` is the message, followed by the lines of the user's program that built the operation.

    Attributes:
      message: what went wrong.
      op: the Operation that failed, None when it is none in particular (or one that the session made up).
      node_def: its NodeDef, or None.
      error_code: the status code, such as ``tf.errors.NOT_FOUND``.
    """

    _code: ClassVar[int | None] = None

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None) -> None:
        super().__init__()
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = self._code if error_code is None else error_code

    @property
    def message(self) -> str:
        """What went wrong, without the stack trace of the operation."""
        return self._message

    @property
    def op(self) -> Any:
        """The Operation that failed, or None."""
        return self._op

    @property
    def node_def(self) -> Any:
        """The NodeDef of the operation that failed, or None."""
        if self._node_def is None and self._op is not None:
            return self._op.node_def
        return self._node_def

    @property
    def error_code(self) -> int | None:
        """The status code."""
        return self._error_code

    def __str__(self) -> str:
        if self._op is None:
            return self._message
        return self._message + "\n" + "".join(_creation_lines(self._op))

    def __reduce__(self) -> tuple[Any, ...]:
        # An operation belongs to its graph and does not travel; what it has to say does.
        return _rebuild, (type(self), self._node_def, str(self), self._error_code)


def _rebuild(cls: type[OpError], node_def: Any, message: str, error_code: int | None) -> OpError:
    error = cls.__new__(cls)
    OpError.__init__(error, node_def, None, message, error_code)
    return error


def _creation_lines(op: Any) -> list[str]:
    """Returns the text that says where ``op`` was built, and where the op was that it was built for (a gradient)."""
    lines = [f"\nOriginal stack trace for {op.name!r}:\n", *traceback.format_list(op.traceback)]
    original = getattr(op, "_original_op", None)
    while original is not None:
        lines.append(f"\n...which was originally created as op {original.name!r}, defined at:\n")
        lines.extend(traceback.format_list(original.traceback))
        original = getattr(original, "_original_op", None)
    return lines


def node_reference(op: Any) -> str:
    """Returns ``[[node NAME (defined at FILE:LINE) ]]`` with the user's line that built ``op``."""
    frames = op.traceback
    if not frames:
        return f"[[node {op.name}]]"
    return f"[[node {op.name} (defined at {frames[-1][0]}:{frames[-1][1]}) ]]"


class _CodedError(OpError):
    """An OpError whose class decides the code."""

    def __init__(self, node_def: Any, op: Any, message: str) -> None:
        super().__init__(node_def, op, message)


@export("errors.CancelledError")
class CancelledError(_CodedError):
    """A run or a step in it was cancelled, for example by closing a session or a queue."""

    _code = CANCELLED


@export("errors.UnknownError")
class UnknownError(OpError):
    """A failure of no known kind."""

    _code = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int = UNKNOWN) -> None:
        super().__init__(node_def, op, message, error_code)


@export("errors.InvalidArgumentError")
class InvalidArgumentError(_CodedError):
    """An operation got a value or a shape that it does not take."""

    _code = INVALID_ARGUMENT


@export("errors.DeadlineExceededError")
class DeadlineExceededError(_CodedError):
    """A run took longer than ``RunOptions.timeout_in_ms`` or ``ConfigProto.operation_timeout_in_ms``."""

    _code = DEADLINE_EXCEEDED


@export("errors.NotFoundError")
class NotFoundError(_CodedError):
    """A file, or a tensor in a checkpoint, does not exist."""

    _code = NOT_FOUND


@export("errors.AlreadyExistsError")
class AlreadyExistsError(_CodedError):
    """Something that was to be created exists."""

    _code = ALREADY_EXISTS


@export("errors.PermissionDeniedError")
class PermissionDeniedError(_CodedError):
    """The operating system does not allow it."""

    _code = PERMISSION_DENIED


@export("errors.UnauthenticatedError")
class UnauthenticatedError(_CodedError):
    """The request carries no valid credentials."""

    _code = UNAUTHENTICATED


@export("errors.ResourceExhaustedError")
class ResourceExhaustedError(_CodedError):
    """Memory or another resource ran out."""

    _code = RESOURCE_EXHAUSTED


@export("errors.FailedPreconditionError")
class FailedPreconditionError(_CodedError):
    """The system is in no state to run it; most often a variable was read before it was initialized."""

    _code = FAILED_PRECONDITION


@export("errors.AbortedError")
class AbortedError(_CodedError):
    """Something else that happened at the same time made it fail."""

    _code = ABORTED


@export("errors.OutOfRangeError")
class OutOfRangeError(_CodedError):
    """A dataset, a queue or a reader has come to its end."""

    _code = OUT_OF_RANGE


@export("errors.UnimplementedError")
class UnimplementedError(_CodedError):
    """There is no such operation, or not for these types or on this device."""

    _code = UNIMPLEMENTED


@export("errors.InternalError")
class InternalError(_CodedError):
    """Something that is a mistake of the library, not of its user."""

    _code = INTERNAL


@export("errors.UnavailableError")
class UnavailableError(_CodedError):
    """A service is not there at the moment."""

    _code = UNAVAILABLE


@export("errors.DataLossError")
class DataLossError(_CodedError):
    """A file is damaged or cut short."""

    _code = DATA_LOSS


class InaccessibleTensorError(ValueError):
    """A tensor is fetched that exists only inside a branch, a loop or a function."""


class OperatorNotAllowedInGraphError(TypeError):
    """A Python operation needs the value of a tensor, which it has only in a run."""


_CLASS_BY_CODE: Final[dict[int, type[OpError]]] = {
    cls._code: cls
    for cls in (
        CancelledError,
        UnknownError,
        InvalidArgumentError,
        DeadlineExceededError,
        NotFoundError,
        AlreadyExistsError,
        PermissionDeniedError,
        ResourceExhaustedError,
        FailedPreconditionError,
        AbortedError,
        OutOfRangeError,
        UnimplementedError,
        InternalError,
        UnavailableError,
        DataLossError,
        UnauthenticatedError,
    )
    if cls._code is not None
}
_CODE_BY_CLASS: Final = {cls: code for code, cls in _CLASS_BY_CODE.items()}


@export("errors.exception_type_from_error_code")
def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """Returns the exception class of a status code.

    Raises:
      KeyError: there is none (``OK`` among others).
    """
    return _CLASS_BY_CODE[error_code]


@export("errors.error_code_from_exception_type")
def error_code_from_exception_type(cls: Any) -> Any:
    """Returns the status code of an exception class.

    For a class that has none, TensorFlow warns and returns an UnknownError object; so does this.
    """
    try:
        return _CODE_BY_CLASS[cls]
    except KeyError:
        warnings.warn("Unknown class exception", stacklevel=2)
        return UnknownError(None, None, "Unknown class exception")


def make_exception(node_def: Any, op: Any, message: str, error_code: int) -> OpError:
    """Returns the exception of a status code; an UnknownError that carries the code when it has no class."""
    cls = _CLASS_BY_CODE.get(error_code)
    if cls is None:
        return UnknownError(node_def, op, message, error_code)
    return cls(node_def, op, message)


class Status:
    """A status that :class:`raise_exception_on_not_ok_status` turns into an exception.

    Attributes:
      code: a status code.
      message: what went wrong.
    """

    __slots__ = ("code", "message")

    def __init__(self) -> None:
        self.code = OK
        self.message = ""


@export("errors.raise_exception_on_not_ok_status")
class raise_exception_on_not_ok_status:
    """A context manager that gives a :class:`Status` and raises its exception at the end if its code is not OK.

    >>> with raise_exception_on_not_ok_status() as status:
    ...     status.code, status.message = NOT_FOUND, "gone"
    Traceback (most recent call last):
        ...
    tangraph.framework.errors.NotFoundError: gone
    """

    def __enter__(self) -> Status:
        self.status = Status()
        return self.status

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if exc is None and self.status.code != OK:
            raise make_exception(None, None, self.status.message, self.status.code)


_CODES: Final = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
__tf_values__ = {f"errors.{name}": globals()[name] for name in _CODES}
