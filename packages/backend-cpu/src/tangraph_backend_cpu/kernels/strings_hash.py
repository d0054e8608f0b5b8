"""Kernels of hash buckets and fingerprints."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.string_arrays import flat, numbers, shape_of
from tangraph_backend_cpu.kernels.string_hashes import by_length, fingerprint64, murmur64, siphash

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("StringToHashBucket", "StringToHashBucketFast", "StringToHashBucketStrong")
def string_to_hash_bucket(k: KernelContext) -> Callable[..., Any]:
    """The buckets that strings fall into."""
    buckets: Any = np.uint64(k.attr("num_buckets"))
    hashed: Any = fingerprint64 if k.op_type == "StringToHashBucketFast" else murmur64
    if k.op_type == "StringToHashBucketStrong":
        key = k.attr("key")
        if len(key) != 2:
            raise errors.InvalidArgumentError(None, None, f"Key must have 2 elements. Received: {len(key)}")
        hashed = partial(siphash, key=key)
    return lambda x: numbers(by_length(flat(x), hashed) % buckets, np.int64, shape_of(x))


@kernel("Fingerprint")
def fingerprint(k: KernelContext) -> Callable[..., Any]:
    """Eight bytes for each row of a tensor."""
    of_strings = k.input_dtypes[0].name == "string"

    def run(data: Any, method: Any) -> Any:
        name = flat(method)[0]
        if name != b"farmhash64":
            raise errors.InvalidArgumentError(None, None, f"Unsupported method: {name.decode(errors='replace')}")
        rows = np.shape(data)[0]
        if of_strings:
            found = by_length(flat(data), fingerprint64)
            if len(found) == rows:
                return _as_bytes(found)
            data = found
        return _as_bytes(fingerprint64(_as_bytes(np.ascontiguousarray(data), rows)))

    return run


def _as_bytes(x: Any, rows: int | None = None) -> Any:
    rows = len(x) if rows is None else rows
    little = x.astype(x.dtype.newbyteorder("<"), copy=False)
    return np.frombuffer(little.tobytes(), np.uint8).reshape(rows, x.nbytes // rows if rows else 8)
