"""The assertions of `tf.test.TestCase` on arrays, tensors and nests of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from absl.testing import absltest

from tangraph.framework import errors
from tangraph.framework.tensor import Tensor

_MISSING: Final = object()


class ArrayAssertions(absltest.TestCase):
    """Assertions; tensors are evaluated by the method `evaluate` of the class that mixes this in."""

    def evaluate(self, tensors: Any) -> Any:
        """Returns the values of tensors."""
        raise NotImplementedError

    def _GetNdArray(self, a: Any) -> Any:
        if isinstance(a, Tensor):
            a = self.evaluate(a)
        return a if isinstance(a, np.ndarray) else np.array(a)

    def assertNear(self, f1: Any, f2: Any, err: Any, msg: str | None = None) -> None:
        """Asserts that two numbers differ by at most `err`."""
        same = f1 == f2 or abs(f1 - f2) <= err
        self.assertTrue(same, f"{f1:f} != {f2:f} +/- {err:f}{f' ({msg})' if msg is not None else ''}")

    def assertArrayNear(self, farray1: Any, farray2: Any, err: Any, msg: str | None = None) -> None:
        """Asserts that two sequences of numbers differ by at most `err` at each place."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: Any, msg: str | None = None) -> None:
        """Asserts that the norm of the difference of two arrays is below `err`."""
        self.assertTrue(bool(np.linalg.norm(ndarray1 - ndarray2) < err), msg)

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        """Asserts that |a - b| <= atol + rtol * |b| everywhere.

        Args:
          a: an array, a tensor, or a list, tuple or dictionary of these.
          b: what is expected, in the same structure.
          rtol: relative tolerance.
          atol: absolute tolerance.
          msg: what to add to the message.
        """
        self._assertAllCloseRecursive(a, b, rtol, atol, [], msg or "")

    def _assertAllCloseRecursive(self, a: Any, b: Any, rtol: float, atol: float, path: list[str], msg: str) -> None:
        a, b = _as_mapping(a), _as_mapping(b)
        where = "".join(path)
        if isinstance(a, Mapping) != isinstance(b, Mapping):
            raise ValueError(f"Can't compare dict to non-dict, a{where} vs b{where}. {msg}")
        if isinstance(a, Mapping):
            self.assertItemsEqual(
                a.keys(),
                b.keys(),
                f"mismatched keys: a{where} has keys {a.keys()}, but b{where} has keys {b.keys()}. {msg}",
            )
            for key in a:
                self._assertAllCloseRecursive(a[key], b[key], rtol, atol, [*path, f"[{key}]"], msg)
        elif isinstance(a, list | tuple):
            self._close_sequences(a, b, rtol, atol, path, msg)
        else:
            text = f"Mismatched value: a{where} is different from b{where}. {msg}"
            self._assertArrayLikeAllClose(a, b, rtol, atol, text)

    def _close_sequences(self, a: Any, b: Any, rtol: float, atol: float, path: list[str], msg: str) -> None:
        where = "".join(path)
        try:
            a_array, b_array = _dense(self.evaluate_all(a)), _dense(self.evaluate_all(b))
        except (ValueError, TypeError):
            self.assertEqual(
                len(a),
                len(b),
                f"Mismatched length: a{where} has {len(a)} items, but b{where} has {len(b)} items. {msg}",
            )
            for number, (x, y) in enumerate(zip(a, b, strict=True)):
                self._assertAllCloseRecursive(x, y, rtol, atol, [*path, f"[{number}]"], msg)
        else:
            text = f"Mismatched value: a{where} is different from b{where}. {msg}"
            self._assertArrayLikeAllClose(a_array, b_array, rtol, atol, text)

    def evaluate_all(self, values: Any) -> Any:
        """Returns nested sequences with the values of the tensors in them."""
        if isinstance(values, Tensor):
            return self.evaluate(values)
        if isinstance(values, list | tuple):
            return [self.evaluate_all(value) for value in values]
        return values

    def _assertArrayLikeAllClose(self, a: Any, b: Any, rtol: float, atol: float, msg: str) -> None:
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        shape_text = f"Shape mismatch: expected {a.shape}, got {b.shape}" + (
            f" with contents {b}." if b.size <= 100 else "."
        )
        self.assertEqual(a.shape, b.shape, shape_text)
        if np.allclose(a, b, rtol=rtol, atol=atol):
            return
        with np.errstate(invalid="ignore"):
            far = (
                (np.abs(a - b) > atol + rtol * np.abs(b))
                | (np.isfinite(a) != np.isfinite(b))
                | (np.isnan(a) != np.isnan(b))
            )
        lines = [msg]
        if a.ndim:
            x, y = a[np.where(far)], b[np.where(far)]
            lines.append(f"not close where = {np.where(far)}")
        else:
            x, y = a, b
        with np.errstate(invalid="ignore"):
            lines += [f"not close lhs = {x}", f"not close rhs = {y}", f"not close dif = {np.abs(x - y)}"]
            lines += [f"not close tol = {atol + rtol * np.abs(y)}", f"dtype = {a.dtype}, shape = {a.shape}"]
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg="\n".join(lines), equal_nan=True)

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """As assertAllClose, with tolerances that suit the less exact of the two types."""
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        for kinds, kind_rtol, kind_atol in (
            (("float32", "complex64"), float_rtol, float_atol),
            (("float16",), half_rtol, half_atol),
            (("bfloat16",), bfloat16_rtol, bfloat16_atol),
        ):
            if a.dtype.name in kinds or b.dtype.name in kinds:
                rtol, atol = max(rtol, kind_rtol), max(atol, kind_atol)
        self.assertAllClose(a, b, rtol=rtol, atol=atol, msg=msg)

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Asserts that assertAllClose fails."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError("The two values are close at all elements")

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays or tensors are equal everywhere; nan equals nan."""
        msg = msg or ""
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        shape_text = f"Shape mismatch: expected {a.shape}, got {b.shape}."
        if b.ndim <= 3 or b.size < 500:
            shape_text += f" Contents: {b}. \n{msg}."
        self.assertEqual(a.shape, b.shape, shape_text)
        same = a == b
        if all(x.dtype.kind in "fc" or x.dtype.name == "bfloat16" for x in (a, b)):
            same = same | (np.isnan(a) & np.isnan(b))
        if np.all(same):
            return
        lines = [msg]
        if a.ndim:
            lines.append(f"not equal where = {np.where(np.logical_not(same))}")
            a_wrong, b_wrong = a[np.logical_not(same)], b[np.logical_not(same)]
        else:
            a_wrong, b_wrong = a, b
        lines += [f"not equal lhs = {a_wrong}", f"not equal rhs = {b_wrong}"]
        np.testing.assert_array_equal(a, b, err_msg="\n".join(lines))

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Asserts that assertAllEqual fails."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements{f'. {msg}' if msg else ''}")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Asserts that every element is greater than a number."""
        self.assertGreater(np.min(self._GetNdArray(a)), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Asserts that every element is less than a number."""
        self.assertLess(np.max(self._GetNdArray(a)), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Asserts that every element is at least a number."""
        self.assertGreaterEqual(np.min(self._GetNdArray(a)), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Asserts that every element is at most a number."""
        self.assertLessEqual(np.max(self._GetNdArray(a)), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """Asserts that every element lies in an interval, the bounds included unless they are open."""
        target = self._GetNdArray(target)
        if not (np.issubdtype(target.dtype, np.floating) or np.issubdtype(target.dtype, np.integer)):
            raise AssertionError(
                f"The value of {target} does not have an ordered numeric type, instead it has type: {target.dtype}"
            )
        below = np.less_equal if open_lower_bound else np.less
        above = np.greater_equal if open_upper_bound else np.greater
        wrong = np.where(below(target, lower_bound) | np.isnan(target) | above(target, upper_bound))
        if wrong[0].size:
            span = f"{'(' if open_lower_bound else '['}{lower_bound}, {upper_bound}{')' if open_upper_bound else ']'}"
            raise AssertionError(
                f"{wrong[0].size} of the {target.size} element(s) are outside the range {span}. "
                f"Subscript(s) and value(s) of the offending elements:\n{_listed(wrong, target)}"
            )

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Asserts that every element is a member of a set."""
        target = self._GetNdArray(target)
        others = np.setdiff1d(target.flatten(), list(expected_set))
        if np.size(others):
            raise AssertionError(f"{np.size(others)} unique element(s) are not in the set {expected_set}: {others}")

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Asserts that an array or tensor has a dtype."""
        target = self._GetNdArray(target)
        if not isinstance(target, list):
            self.assertEqual(target.dtype, expected_dtype)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: str | None = None) -> None:
        """Asserts that an array and a tensor have the same static shape.

        Raises:
          TypeError: one of them is something else.
        """
        if not isinstance(np_array, np.ndarray | np.generic):
            raise TypeError("np_array must be a Numpy ndarray or Numpy scalar")
        if not isinstance(tf_tensor, Tensor):
            raise TypeError("tf_tensor must be a Tensor")
        self.assertAllEqual(np_array.shape, tf_tensor.get_shape().as_list(), msg=msg)

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: str | None = None) -> None:
        """Asserts that two device names stand for one device."""
        from tangraph.framework.device import canonical

        first, second = canonical(device1), canonical(device2)
        self.assertEqual(first, second, f"Devices {first} and {second} are not equal. {msg}")

    def assertStartsWith(self, actual: Any, expected_start: Any, msg: str | None = None) -> None:
        """Asserts that a string starts with another."""
        if not actual.startswith(expected_start):
            text = f"{actual!r} does not start with {expected_start!r}"
            self.fail(text + (f" : {msg!r}" if msg else ""))

    def assertItemsEqual(self, first: Any, second: Any, msg: str | None = None) -> None:
        """Asserts that two collections have the same elements, in any order."""
        self.assertCountEqual(list(first), list(second), msg)

    def assertProtoEquals(self, expected_message_maybe_ascii: Any, message: Any, msg: str | None = None) -> None:
        """Asserts that two messages are equal; the expected one may be text.

        Raises:
          TypeError: what is expected is no message and no text.
        """
        expected = expected_message_maybe_ascii
        if isinstance(expected, bytes):
            expected = expected.decode()
        if not isinstance(expected, str) and type(expected) is not type(message):
            raise TypeError(f"Can't compare protos of type {type(expected)} and {type(message)}.")
        self.assertMultiLineEqual(  # type: ignore[no-untyped-call]
            _one_token_a_line(expected), _one_token_a_line(message), msg
        )

    @contextmanager
    def assertRaisesWithPredicateMatch(  # type: ignore[override]  # TensorFlow's takes a pattern too
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """Asserts that the block raises an error whose text is found by a pattern, or that satisfies a function.

        The text of an `OpError` is its message and the names of the ops that lead to it.
        """
        matches = _matcher(expected_err_re_or_predicate)
        try:
            yield
        except Exception as error:
            if not isinstance(error, exception_type) or not matches(error):
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            missing = AssertionError(f"{exception_type.__name__} not raised")
            raise AssertionError(f"Exception of type {type(missing)}: {missing}")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """Asserts that the block raises an `OpError`: see assertRaisesWithPredicateMatch."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)


def _matcher(pattern: Any) -> Callable[[Any], bool]:
    import re

    if callable(pattern):
        return lambda error: bool(pattern(error))

    def found(error: Any) -> bool:
        text = error.message if isinstance(error, errors.OpError) else str(error)
        op = error.op if isinstance(error, errors.OpError) else None
        while op is not None:
            text += f"\nCaused by: {op.name}"
            op = getattr(op, "_original_op", None)
        return re.search(pattern, text) is not None

    return found


def _one_token_a_line(message: Any) -> str:
    """Returns a message's text in a form that does not depend on its layout."""
    import re

    return "\n".join(re.findall(r'"(?:\\.|[^"\\])*"|[{}<>]|[^\s{}<>:]+', str(message)))


def _as_mapping(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return value._asdict()  # a namedtuple
    if hasattr(value, "__attrs_attrs__"):
        return {field.name: getattr(value, field.name) for field in value.__attrs_attrs__}
    return value


def _dense(values: Any) -> Any:
    """Returns an array of numbers, or raises ValueError for what is ragged or holds anything else."""
    array = np.array(values)
    if array.dtype == object:
        raise ValueError("not one array")
    return array


def _listed(indices: tuple[Any, ...], values: Any, limit: int = 10) -> str:
    lines = [
        f"  [{', '.join(str(int(part)) for part in index)}] : {values[index]}"
        for index in list(zip(*indices, strict=True))[:limit]
    ]
    return "\n".join([*lines, "  ..."] if len(indices[0]) > limit else lines)
