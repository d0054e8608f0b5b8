"""tf.errors against TensorFlow 1.15.5."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import pytest

from tangraph.framework import errors

CODES = {
    "CancelledError": 1,
    "UnknownError": 2,
    "InvalidArgumentError": 3,
    "DeadlineExceededError": 4,
    "NotFoundError": 5,
    "AlreadyExistsError": 6,
    "PermissionDeniedError": 7,
    "ResourceExhaustedError": 8,
    "FailedPreconditionError": 9,
    "AbortedError": 10,
    "OutOfRangeError": 11,
    "UnimplementedError": 12,
    "InternalError": 13,
    "UnavailableError": 14,
    "DataLossError": 15,
    "UnauthenticatedError": 16,
}


def an_op(name="chk", original=None):
    lines = [
        ("/home/me/train.py", 5, "<module>", "b = f()"),
        ("/home/me/train.py", 4, "f", 'return tf.check_numerics(a, "bad", name="chk")'),
    ]
    return SimpleNamespace(name=name, traceback=lines, node_def="<the node>", _original_op=original)


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_classes_and_codes(name, code):
    cls = getattr(errors, name)
    error = cls(None, None, "msg")
    assert isinstance(error, errors.OpError)
    assert (error.message, str(error), error.error_code, error.op, error.node_def) == ("msg", "msg", code, None, None)
    assert error.args == ()
    assert errors.exception_type_from_error_code(code) is cls
    assert errors.error_code_from_exception_type(cls) == code


def test_constants():
    names = (
        "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
        "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
        "UNAUTHENTICATED"
    )
    assert [getattr(errors, name) for name in names.split()] == list(range(17))


def test_op_error_takes_any_code():
    error = errors.OpError(None, None, "msg", 3)
    assert error.error_code == 3
    assert errors.UnknownError(None, None, "m", 77).error_code == 77


def test_constructor_wants_three_arguments():
    with pytest.raises(TypeError, match="missing 2 required positional arguments: 'op' and 'message'"):
        errors.InvalidArgumentError("msg")


@pytest.mark.parametrize("code", [0, 99])
def test_no_class_for_a_code(code):
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(code)


def test_no_code_for_a_class():
    with pytest.warns(UserWarning, match="Unknown class exception"):
        result = errors.error_code_from_exception_type(ValueError)
    assert isinstance(result, errors.UnknownError)


def test_text_leads_to_the_users_line():
    error = errors.InvalidArgumentError(None, an_op(), "bad : Tensor had NaN values")
    assert str(error) == (
        "bad : Tensor had NaN values\n\n"
        "Original stack trace for 'chk':\n"
        '  File "/home/me/train.py", line 5, in <module>\n'
        "    b = f()\n"
        '  File "/home/me/train.py", line 4, in f\n'
        '    return tf.check_numerics(a, "bad", name="chk")\n'
    )
    assert error.message == "bad : Tensor had NaN values"
    assert error.node_def == "<the node>"


def test_text_names_the_op_that_a_gradient_is_of():
    error = errors.InternalError(None, an_op("gradients/chk_grad", original=an_op()), "m")
    assert "Original stack trace for 'gradients/chk_grad':\n" in str(error)
    assert "\n...which was originally created as op 'chk', defined at:\n" in str(error)


def test_node_reference():
    assert errors.node_reference(an_op()) == "[[node chk (defined at /home/me/train.py:4) ]]"
    assert errors.node_reference(SimpleNamespace(name="x", traceback=[])) == "[[node x]]"


def test_pickling_keeps_what_is_said():
    error = pickle.loads(pickle.dumps(errors.NotFoundError("a node_def", an_op(), "msg")))
    assert type(error) is errors.NotFoundError
    assert error.op is None
    assert error.node_def == "a node_def"
    assert "/home/me/train.py" in str(error)


def test_make_exception():
    assert type(errors.make_exception(None, None, "m", 11)) is errors.OutOfRangeError
    unknown = errors.make_exception(None, None, "m", 88)
    assert (type(unknown), unknown.error_code) == (errors.UnknownError, 88)


def test_raise_exception_on_not_ok_status():
    with errors.raise_exception_on_not_ok_status() as status:
        assert status.code == errors.OK
    with pytest.raises(errors.NotFoundError, match="gone"), errors.raise_exception_on_not_ok_status() as status:
        status.code, status.message = errors.NOT_FOUND, "gone"


def test_an_error_inside_is_not_hidden_by_the_status():
    def fail():
        with errors.raise_exception_on_not_ok_status() as status:
            status.code = errors.INTERNAL
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_operator_not_allowed_is_a_type_error():
    assert issubclass(errors.OperatorNotAllowedInGraphError, TypeError)
