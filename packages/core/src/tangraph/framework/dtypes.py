"""The element types of tensors, and their ``_ref`` twins."""

from __future__ import annotations

import builtins
from typing import Any, Final, Self

import ml_dtypes
import numpy as np

from tangraph.export import export

# (enum of the DataType proto, name, NumPy scalar type or None, kind)
_TYPES: Final = (
    (1, "float32", np.float32, "f"),
    (2, "float64", np.float64, "f"),
    (3, "int32", np.int32, "i"),
    (4, "uint8", np.uint8, "u"),
    (5, "int16", np.int16, "i"),
    (6, "int8", np.int8, "i"),
    (7, "string", object, ""),
    (8, "complex64", np.complex64, "c"),
    (9, "int64", np.int64, "i"),
    (10, "bool", builtins.bool, "b"),
    (11, "qint8", np.dtype([("qint8", np.int8)]), "q"),
    (12, "quint8", np.dtype([("quint8", np.uint8)]), "q"),
    (13, "qint32", np.dtype([("qint32", np.int32)]), "q"),
    (14, "bfloat16", ml_dtypes.bfloat16, "f"),
    (15, "qint16", np.dtype([("qint16", np.int16)]), "q"),
    (16, "quint16", np.dtype([("quint16", np.uint16)]), "q"),
    (17, "uint16", np.uint16, "u"),
    (18, "complex128", np.complex128, "c"),
    (19, "float16", np.float16, "f"),
    (20, "resource", None, ""),
    (21, "variant", None, ""),
    (22, "uint32", np.uint32, "u"),
    (23, "uint64", np.uint64, "u"),
)
_REF_OFFSET: Final = 100

#: Every DType by the number that the DataType proto gives it (a ref dtype's is 100 more than its base's).
BY_ENUM: Final[dict[int, DType]] = {}
#: Every DType by its name; "half", "float" and "double" are there too.
BY_NAME: Final[dict[str, DType]] = {}
#: The non-ref DType of a `np.dtype` in the machine's byte order.
BY_NUMPY: Final[dict[np.dtype[Any], DType]] = {}
# What else `as_dtype` takes: Python's and NumPy's types.
_BY_TYPE: Final[dict[Any, DType]] = {}


@export("DType", "dtypes.DType")
class DType:
    """The type of the elements of a tensor.

    There is exactly one object for each type, so dtypes may be compared with ``is``. ``==`` also takes whatever
    :func:`as_dtype` takes.

    Attributes:
      name: "float32", or "float32_ref" for the type of a reference to a variable's buffer.
      np: the ``np.dtype`` of arrays of this type (object arrays for strings, resources and variants).
      base: the dtype without ``_ref``.
      is_ref: whether this is a ``_ref`` dtype.
      is_floating: a real floating point type (bfloat16 too).
      is_integer: an integer type that is not quantized.
      is_complex: complex64 or complex128.
      is_bool: bool.
      is_quantized: one of the qint and quint types.
      is_unsigned: an unsigned integer type that is not quantized.
      is_numpy_compatible: whether NumPy has such elements (not so for resource and variant).
      as_datatype_enum: the number of the type in the DataType proto.
      kind: "f" (floating), "i" (signed), "u" (unsigned), "c" (complex), "b" (bool), "q" (quantized) or "".
      size: bytes an element takes (8 for strings, 1 for resource and variant, as in TensorFlow).

    >>> import tangraph as tf
    >>> tf.float32
    tf.float32
    >>> tf.float32 == "float32", tf.float32.as_numpy_dtype, tf.complex64.real_dtype
    (True, <class 'numpy.float32'>, tf.float32)
    """

    __slots__ = (
        "_numpy_type",
        "_ref",
        "as_datatype_enum",
        "base",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_ref",
        "is_unsigned",
        "kind",
        "name",
        "np",
        "size",
    )

    name: str
    np: np.dtype[Any]
    base: DType
    is_ref: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_complex: builtins.bool
    is_bool: builtins.bool
    is_quantized: builtins.bool
    is_unsigned: builtins.bool
    is_numpy_compatible: builtins.bool
    as_datatype_enum: int
    kind: str
    size: int
    _numpy_type: Any
    _ref: DType

    def __new__(cls, type_enum: int) -> Self:
        """Returns the dtype with this number in the DataType proto.

        Raises:
          TypeError: there is none.
        """
        try:
            return BY_ENUM[int(type_enum)]  # type: ignore[return-value]
        except KeyError:
            raise TypeError(f"type_enum is not a valid types_pb2.DataType: {type_enum}") from None

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type, such as ``np.float32`` (``object`` for strings, ``bool`` for bool).

        Raises:
          KeyError: resources and variants have none.
        """
        if self._numpy_type is None:
            raise KeyError(f"{self!r} has no NumPy type (its number is {self.as_datatype_enum})")
        return self._numpy_type

    @property
    def base_dtype(self) -> DType:
        """The dtype without ``_ref``."""
        return self.base

    @property
    def real_dtype(self) -> DType:
        """The type of the real part: float32 of complex64, float64 of complex128, else the dtype itself."""
        if self.kind == "c":
            return BY_NAME["float32" if self.size == 8 else "float64"]
        return self

    @property
    def _type_enum(self) -> int:
        return self.as_datatype_enum

    @property
    def _is_ref_dtype(self) -> builtins.bool:
        return self.is_ref

    @property
    def _as_ref(self) -> DType:
        return self._ref

    @property
    def min(self) -> Any:
        """The least finite value.

        Raises:
          TypeError: the type is not ordered (complex, bool, string, quantized, resource, variant).
        """
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The greatest finite value.

        Raises:
          TypeError: the type is not ordered (complex, bool, string, quantized, resource, variant).
        """
        return self._extreme("max", "maximum")

    def _extreme(self, which: str, word: str) -> Any:
        if self.kind == "f":
            # ml_dtypes.finfo serves NumPy's own types as well as bfloat16.
            return getattr(ml_dtypes.finfo(self._numpy_type), which)  # type: ignore[no-untyped-call]
        if self.kind in ("i", "u"):
            return int(getattr(np.iinfo(self._numpy_type), which))
        raise TypeError(f"Cannot find {word} value of {self}.")

    @property
    def limits(self) -> tuple[int, int]:
        """The usual range of intensities of an image of this type: (0, 1) for floats, (0, max) for integers.

        Raises:
          KeyError: the type is none that images have.
        """
        if self.base.name in ("float32", "float64"):
            return 0, 1
        if self.kind in ("i", "u"):
            return 0, self.max
        raise KeyError(f"{self!r} has no range of intensities")

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Returns whether a tensor of type ``other`` may be used where this type is asked for.

        A dtype is compatible with itself and with its ``_ref`` twin; a ``_ref`` dtype only with itself.

        Raises:
          TypeError: ``other`` is not convertible to a dtype.
        """
        other = as_dtype(other)
        return self is other or self is other.base

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or type(other) is DType:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __ne__(self, other: object) -> builtins.bool:
        return not self == other

    def __hash__(self) -> int:
        return self.as_datatype_enum

    def __repr__(self) -> str:
        return "tf." + self.name

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)

    def __copy__(self) -> DType:
        return self

    def __deepcopy__(self, memo: Any) -> DType:
        return self


def _make(enum: int, name: str, numpy_type: Any, kind: str, *, is_ref: builtins.bool) -> DType:
    dtype: DType = object.__new__(DType)
    dtype.name = name + "_ref" if is_ref else name
    dtype.as_datatype_enum = enum + _REF_OFFSET if is_ref else enum
    dtype.np = np.dtype(object if numpy_type is None else numpy_type)
    dtype.is_ref = is_ref
    dtype.is_floating = kind == "f"
    dtype.is_integer = kind in ("i", "u")
    dtype.is_complex = kind == "c"
    dtype.is_bool = kind == "b"
    dtype.is_quantized = kind == "q"
    dtype.is_unsigned = kind == "u"
    dtype.is_numpy_compatible = numpy_type is not None
    dtype.size = 1 if numpy_type is None else dtype.np.itemsize
    dtype.kind = kind
    dtype._numpy_type = numpy_type
    BY_ENUM[dtype.as_datatype_enum] = BY_NAME[dtype.name] = dtype
    return dtype


def _make_all() -> None:
    for enum, name, numpy_type, kind in _TYPES:
        dtype = _make(enum, name, numpy_type, kind, is_ref=False)
        ref = _make(enum, name, numpy_type, kind, is_ref=True)
        dtype.base = ref.base = dtype
        dtype._ref = ref._ref = ref
        if numpy_type is not None:
            BY_NUMPY[dtype.np] = dtype
    for alias, name in (("half", "float16"), ("float", "float32"), ("double", "float64")):
        BY_NAME[alias] = BY_NAME[name]
        BY_NAME[alias + "_ref"] = BY_NAME[name + "_ref"]
    # The types of scalars; a Python float means float32, while int, complex, str and bytes mean no dtype.
    _BY_TYPE.update({dtype.np.type: dtype for dtype in BY_NUMPY.values() if not dtype.is_quantized})
    # C's int, long and long long: two of them share a width, and which two depends on the platform.
    _BY_TYPE.update({np.dtype(code).type: BY_NUMPY[np.dtype(code)] for code in "iIlLqQ"})
    _BY_TYPE.update({builtins.float: BY_NAME["float32"], builtins.bool: BY_NAME["bool"], object: BY_NAME["string"]})
    _BY_TYPE.update(dict.fromkeys((np.str_, np.bytes_), BY_NAME["string"]))


_make_all()


@export("as_dtype", "dtypes.as_dtype")
def as_dtype(value: Any) -> DType:
    """Returns the DType that ``value`` names.

    Args:
      value: a DType, its name, its number in the DataType proto, a ``np.dtype``, a NumPy scalar type, or one of
        Python's ``float`` (float32), ``bool`` and ``object`` (string).

    Raises:
      TypeError: ``value`` is none of these. Python's ``int``, ``complex``, ``str`` and ``bytes`` are not taken.

    >>> import numpy as np
    >>> as_dtype("half"), as_dtype(np.int64), as_dtype(float), as_dtype(np.dtype("S3"))
    (tf.float16, tf.int64, tf.float32, tf.string)
    """
    if type(value) is DType:
        return value
    if isinstance(value, np.dtype):
        return _from_numpy(value)
    found = (BY_NAME if isinstance(value, str) else _BY_TYPE if isinstance(value, type) else BY_ENUM).get(value)
    if found is None:
        raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.")
    return found


def _from_numpy(value: np.dtype[Any]) -> DType:
    found = BY_NUMPY.get(value)
    if found is not None:
        return found
    if value.kind in "SUT":
        return string
    found = BY_NUMPY.get(value.newbyteorder("="))
    if found is None:
        raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.")
    return found


float16 = half = BY_NAME["float16"]
float32 = BY_NAME["float32"]
float64 = double = BY_NAME["float64"]
bfloat16 = BY_NAME["bfloat16"]
complex64 = BY_NAME["complex64"]
complex128 = BY_NAME["complex128"]
int8 = BY_NAME["int8"]
int16 = BY_NAME["int16"]
int32 = BY_NAME["int32"]
int64 = BY_NAME["int64"]
uint8 = BY_NAME["uint8"]
uint16 = BY_NAME["uint16"]
uint32 = BY_NAME["uint32"]
uint64 = BY_NAME["uint64"]
bool = BY_NAME["bool"]
string = BY_NAME["string"]
resource = BY_NAME["resource"]
variant = BY_NAME["variant"]
qint8 = BY_NAME["qint8"]
qint16 = BY_NAME["qint16"]
qint32 = BY_NAME["qint32"]
quint8 = BY_NAME["quint8"]
quint16 = BY_NAME["quint16"]

float16_ref = half_ref = float16._as_ref
float32_ref = float32._as_ref
float64_ref = double_ref = float64._as_ref
bfloat16_ref = bfloat16._as_ref
complex64_ref = complex64._as_ref
complex128_ref = complex128._as_ref
int8_ref = int8._as_ref
int16_ref = int16._as_ref
int32_ref = int32._as_ref
int64_ref = int64._as_ref
uint8_ref = uint8._as_ref
uint16_ref = uint16._as_ref
uint32_ref = uint32._as_ref
uint64_ref = uint64._as_ref
bool_ref = bool._as_ref
string_ref = string._as_ref
resource_ref = resource._as_ref
variant_ref = variant._as_ref
qint8_ref = qint8._as_ref
qint16_ref = qint16._as_ref
qint32_ref = qint32._as_ref
quint8_ref = quint8._as_ref
quint16_ref = quint16._as_ref

QUANTIZED_DTYPES: Final = frozenset(dtype for dtype in BY_ENUM.values() if dtype.is_quantized)

_PUBLIC: Final = (
    *("bool", "string", "resource", "variant", "bfloat16", "half", "double", "QUANTIZED_DTYPES"),
    *("float16", "float32", "float64", "complex64", "complex128", "qint8", "qint16", "qint32", "quint8", "quint16"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
__tf_values__ = {prefix + name: globals()[name] for name in _PUBLIC for prefix in ("", "dtypes.")}


def cpp_name(dtype: DType) -> str:
    """Returns the name of a type in the errors of TensorFlow's C++: "float" for float32.

    >>> cpp_name(as_dtype("float64")), cpp_name(as_dtype("int32"))
    ('double', 'int32')
    """
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)
