"""Hashes of strings: buckets and fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _fingerprint_shape(c: ShapeContext) -> Raw:
    data = raw_shape.with_rank_at_least(c.shapes[0], 1)
    raw_shape.with_rank(c.shapes[1], 0)
    method = c.value(1)
    size = None
    if method is not None:
        text: Any = method[()] if hasattr(method, "shape") else method
        if text != b"farmhash64":
            raise ValueError(f"Unsupported method: {text.decode(errors='replace')}")
        size = 8
    return (None if data is None else data[0], size)


_BUCKETS = "num_buckets: int >= 1"
TO_BUCKET = ops.define(
    "StringToHashBucket", ["string_tensor: string"], ["output: int64"], [_BUCKETS], shape=lambda c: c.shapes[0]
)
TO_BUCKET_FAST = ops.define(
    "StringToHashBucketFast", ["input: string"], ["output: int64"], [_BUCKETS], shape=lambda c: c.shapes[0]
)
TO_BUCKET_STRONG = ops.define(
    "StringToHashBucketStrong",
    ["input: string"],
    ["output: int64"],
    [_BUCKETS, "key: list(int)"],
    shape=lambda c: c.shapes[0],
)
FINGERPRINT = ops.define(
    "Fingerprint", ["data: T", "method: string"], ["fingerprint: uint8"], ["T: type"], shape=_fingerprint_shape
)
ops.not_differentiable("StringToHashBucket", "StringToHashBucketFast", "StringToHashBucketStrong")
ops.without_gradient("Fingerprint")


@export("string_to_hash_bucket_fast", "strings.to_hash_bucket_fast")
def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """Returns the numbers of the buckets that strings fall into, by FarmHash's Fingerprint64.

    Args:
      input: strings.
      num_buckets: how many there are.
      name: the operation's name.

    Returns:
      An int64 tensor of the shape of `input`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.string_to_hash_bucket_fast(["Hello", "TensorFlow", "2.x"], 3)).tolist()
    [0, 2, 2]
    """
    result: Tensor = make_op(TO_BUCKET_FAST, input, num_buckets=num_buckets, name=name)
    return result


@export("string_to_hash_bucket_strong", "strings.to_hash_bucket_strong")
def string_to_hash_bucket_strong(input: Any, num_buckets: int, key: Any, name: str | None = None) -> Tensor:
    """As `string_to_hash_bucket_fast`, by SipHash, for input from those who would make all strings fall into one bucket.

    Args:
      input: strings.
      num_buckets: how many buckets there are.
      key: two integers of 64 bits that nobody else knows.
      name: the operation's name.
    """
    result: Tensor = make_op(TO_BUCKET_STRONG, input, num_buckets=num_buckets, key=key, name=name)
    return result


@export("string_to_hash_bucket", "strings.to_hash_bucket")
def string_to_hash_bucket(
    string_tensor: Any = None, num_buckets: Any = None, name: str | None = None, input: Any = None
) -> Tensor:
    """As `string_to_hash_bucket_fast`, by an older hash (MurmurHash).

    Args:
      string_tensor: strings.
      num_buckets: how many buckets there are.
      name: the operation's name.
      input: the newer name of `string_tensor`.
    """
    string_tensor = deprecated_argument_lookup("input", input, "string_tensor", string_tensor)
    result: Tensor = make_op(TO_BUCKET, string_tensor, num_buckets=num_buckets, name=name)
    return result


@export("fingerprint")
def fingerprint(data: Any, method: Any = "farmhash64", name: str | None = None) -> Tensor:
    """Returns eight bytes that stand for each row of a tensor.

    Args:
      data: a tensor of any type with at least one axis.
      method: "farmhash64".
      name: the operation's name.

    Returns:
      A uint8 tensor of shape [rows, 8].
    """
    result: Tensor = make_op(FINGERPRINT, data, method, name=name)
    return result
