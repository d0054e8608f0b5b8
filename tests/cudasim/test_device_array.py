"""The simulated device is strict: nothing of it mixes with the host unnoticed."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from tangraph import registry

HOST = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def backend():
    return registry.backend("cuda")


@pytest.fixture
def there(backend):
    return backend.to_device(HOST)


def test_it_is_no_numpy_array(there):
    assert not isinstance(there, np.ndarray)


@pytest.mark.parametrize(
    "mix",
    [
        lambda x, xp: np.add(HOST, x),
        lambda x, xp: np.asarray(x),
        lambda x, xp: np.array(x),
        lambda x, xp: np.concatenate([x, x]),
        lambda x, xp: np.exp(x),
        lambda x, xp: x + HOST,
        lambda x, xp: HOST + x,
        lambda x, xp: HOST @ x,
        lambda x, xp: x > HOST,
        lambda x, xp: xp.add(x, HOST),
        lambda x, xp: xp.add(HOST, HOST),
        lambda x, xp: xp.add.reduce(HOST),
        lambda x, xp: xp.concatenate([x, HOST]),
        lambda x, xp: xp.where(x > 1, x, HOST),
        lambda x, xp: xp.linalg.norm(HOST),
        lambda x, xp: xp.add(x, x, out=HOST.copy()),
        lambda x, xp: xp.add.at(x, np.array([0]), 1.0),
        lambda x, xp: x[np.array([0, 1])],
        lambda x, xp: operator.setitem(x, 0, HOST[0]),
        lambda x, xp: operator.setitem(HOST.copy(), 0, x[0]),
        lambda x, xp: x.dot(HOST.T),
    ],
)
def test_host_and_device_do_not_mix(there, backend, mix):
    with pytest.raises((TypeError, ValueError)):
        mix(there, backend.xp)


def test_strings_stay_on_the_host(backend):
    with pytest.raises(TypeError, match="strings and objects stay on the host"):
        backend.to_device(np.array([b"a"], object))


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x, xp: xp.add(x, 1.0), HOST + 1),
        (lambda x, xp: np.float64(2.0) * x, HOST * 2),
        (lambda x, xp: xp.add.reduce(x, axis=0), HOST.sum(0)),
        (lambda x, xp: xp.add.accumulate(x, axis=1), HOST.cumsum(1)),
        (lambda x, xp: xp.stack([x, x]), np.stack([HOST, HOST])),
        (lambda x, xp: xp.split(x, 2)[1], HOST[1:]),
        (lambda x, xp: xp.linalg.norm(x), np.linalg.norm(HOST)),
        (lambda x, xp: x.T[1:, ::-1], HOST.T[1:, ::-1]),
        (lambda x, xp: x[x > 2], HOST[HOST > 2]),
        (lambda x, xp: xp.full((2,), x[0, 1]), np.full(2, 1.0)),
    ],
)
def test_it_computes_as_numpy(there, backend, compute, expected):
    result = compute(there, backend.xp)
    assert not isinstance(result, (np.ndarray, np.generic))
    np.testing.assert_array_equal(backend.to_host(result), expected)


def test_functions_of_shapes_answer_on_the_host(there, backend):
    xp = backend.xp
    assert (np.shape(there), np.ndim(there), np.size(there)) == ((2, 3), 2, 6)
    assert (xp.shape(there), xp.ndim(there), xp.result_type(there, np.float32)) == ((2, 3), 2, np.dtype("float64"))


def test_moves_are_copies(there, backend):
    host = backend.to_host(there)
    host += 1
    np.testing.assert_array_equal(backend.to_host(there), HOST)


def test_transfers_are_counted(backend, transfers):
    with transfers.counted() as found:
        there = backend.to_device(HOST)
        backend.to_host(there[0])
        assert bool(there[0, 1])
        backend.xp.asarray(HOST)
    assert (found.to_device, found.bytes_to_device) == (2, 96)
    assert (found.to_host, found.reads, found.bytes_to_host) == (1, 1, 32)


def test_ufuncs_write_where_they_are_told(there, backend):
    out = backend.xp.empty_like(there)
    assert backend.xp.add(there, there, out=out) is out
    there += 1.0
    np.testing.assert_array_equal(backend.to_host(out), HOST * 2)
    np.testing.assert_array_equal(backend.to_host(there), HOST + 1)
