"""Philox4x32-10 against the vectors of its authors, and the distributions made of it."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from tangraph_backend_cpu.kernels import philox
from tangraph_backend_cpu.kernels import philox_distributions as distributions
from tangraph_backend_cpu.kernels.random_discrete import permutation

PI_COUNTER = 0x03707344_13198A2E_85A308D3_243F6A88
#: (key, counter, words), from the Random123 distribution's kat_vectors.
VECTORS = [
    (0, 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (2**64 - 1, 2**128 - 1, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (0x299F31D0_A4093822, PI_COUNTER, (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


@pytest.mark.parametrize(("key", "counter", "words"), VECTORS)
def test_known_vectors(key, counter, words):
    assert philox.block(key, counter) == words
    made = philox.blocks(philox.round_keys(key), counter, 1)
    assert made.dtype == np.uint32
    assert tuple(made[0].tolist()) == words


def test_array_and_integer_paths_agree():
    at = philox.stream(12345678901234, 98765)
    keys = philox.round_keys(at.key)
    low_carry = philox.Stream(at.key, at.counter + 2**32 - 5)
    for start in (at, low_carry):
        expected = [philox.block(start.key, start.counter + i) for i in range(11)]
        np.testing.assert_array_equal(philox.words(start, 11), expected)
        np.testing.assert_array_equal(philox.words(start, 2), expected[:2])
        np.testing.assert_array_equal(philox.blocks(keys, start.counter, 4, step=3), expected[:12:3])


def test_chunks_join_to_the_whole():
    at = philox.stream(1, 2)
    count = 2 * philox.CHUNK + 3
    pieces = dict(philox.chunks(at, count))
    assert list(pieces) == [0, philox.CHUNK, 2 * philox.CHUNK]
    joined = np.concatenate(list(pieces.values()))
    np.testing.assert_array_equal(joined, philox.blocks(philox.round_keys(at.key), at.counter, count))


def test_negative_seeds_wrap():
    assert philox.stream(-1, -2) == philox.Stream(2**64 - 1, (2**64 - 2) << 64)
    assert philox.scrambled_stream(-1, 0) == philox.scrambled_stream(2**64 - 1, 0)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_uniform_range(dtype):
    out = np.empty(10001, dtype)
    distributions.fill(out, philox.stream(3, 4), *distributions.UNIFORM[np.dtype(dtype)])
    values = out.astype(np.float64)
    assert values.min() >= 0
    assert values.max() < 1
    assert abs(values.mean() - 0.5) < 0.02


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_normal_moments(dtype):
    out = np.empty(40001, dtype)
    distributions.fill(out, philox.stream(3, 4), *distributions.NORMAL[np.dtype(dtype)])
    values = out.astype(np.float64)
    assert abs(values.mean()) < 0.02
    assert abs(values.std() - 1) < 0.02


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_truncated_normal_takes_the_first_that_fit(dtype):
    """Against the rejection loop written out."""
    group, transform = distributions.NORMAL[np.dtype(dtype)]
    at = philox.stream(5, 6)
    out = np.empty(203, dtype)
    distributions.fill_truncated_normal(out, at)
    expected = []
    for index in range(-(-out.size // group)):
        counter = at.counter + index * group * distributions.RESERVED // 4
        stretch = transform(philox.blocks(philox.round_keys(at.key), counter, 8)).reshape(-1)
        expected.extend(stretch[np.abs(stretch) < 2][:group])
    np.testing.assert_array_equal(out, np.array(expected[: out.size]).astype(dtype))
    assert (np.abs(out) <= 2).all()


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [(np.int32, -3, 4), (np.int32, -(2**31), 2**31 - 1), (np.int64, -(2**63), 2**63 - 1), (np.int64, 5, 6)],
)
def test_uniform_int_stays_in_range(dtype, low, high):
    out = np.empty(1001, dtype)
    transform = distributions.uniform_int(low, high, np.dtype(dtype))
    distributions.fill(out, philox.stream(1, 0), 16 // np.dtype(dtype).itemsize, transform)
    assert low <= int(out.min())
    assert int(out.max()) < high
    if high - low < 10:
        assert set(out.tolist()) == set(range(low, high))


def test_permutation_is_one():
    order = permutation(1000, philox.stream(1, 1))
    assert sorted(order.tolist()) == list(range(1000))
    assert order.tolist() != list(range(1000))
