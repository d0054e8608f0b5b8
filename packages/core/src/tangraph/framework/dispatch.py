"""Public functions that take more than tensors: what they cannot convert, they hand to whom it belongs.

As in TensorFlow, a function is tried first, and only when it fails, with TypeError or ValueError, is it asked whether
one of its arguments is a RaggedTensor. So plain tensors pay nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

NOT_SUPPORTED: Final = object()
#: Functions of one tensor, by the first of their public names that stands here: applied to the elements.
UNARY: Final = frozenset(
    """
    abs acos acosh as_string asin asinh atan atanh bitwise.invert cast check_numerics clip_by_value conj cos cosh
    decode_base64 digamma encode_base64 erf erfc exp expm1 floor identity imag is_finite is_inf is_nan lgamma log log1p
    log_sigmoid logical_not math.angle math.ceil math.log_sigmoid negative ones_like real reciprocal regex_replace rint
    round rsqrt saturate_cast sign sin sinh sqrt square string_strip string_to_hash_bucket string_to_hash_bucket_fast
    string_to_hash_bucket_strong string_to_number strings.length strings.regex_full_match strings.unicode_script substr
    tan zeros_like
    """.split()  # noqa: SIM905  a table
)
#: Functions of two tensors: applied to the elements, with broadcasting.
BINARY: Final = frozenset(
    """
    add atan2 bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift complex
    div_no_nan divide equal floormod greater greater_equal less less_equal logical_and logical_or logical_xor
    math.floordiv maximum minimum multiply not_equal pow realdiv squared_difference subtract truediv truncatediv
    truncatemod
    """.split()  # noqa: SIM905
)
#: Functions of a list of tensors: applied to the elements.
ON_LISTS: Final = frozenset({"add_n", "string_join"})
#: Functions that have a form of their own for RaggedTensors.
SPECIAL: Final = frozenset(
    """
    batch_gather concat dynamic_partition expand_dims gather gather_nd one_hot rank reduce_all reduce_any reduce_max
    reduce_mean reduce_min reduce_prod reduce_sum size squeeze stack tile unsorted_segment_max
    unsorted_segment_mean unsorted_segment_min unsorted_segment_prod unsorted_segment_sqrt_n unsorted_segment_sum where
    """.split()  # noqa: SIM905
)
_ALL: Final = UNARY | BINARY | ON_LISTS | SPECIAL


def dispatched(function: F, names: tuple[str, ...]) -> F:
    """Returns a function that also takes RaggedTensors, where it is one of those that do.

    Args:
      function: a public function.
      names: its public names.
    """
    name = next((n for n in names if n in _ALL), None)
    if name is None or isinstance(function, type):
        return function
    key: str = name

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError):
            from tangraph.ops.ragged.dispatch import handle

            result = handle(key, call, args, kwargs)
            if result is NOT_SUPPORTED:
                raise
            return result

    return cast("F", call)
