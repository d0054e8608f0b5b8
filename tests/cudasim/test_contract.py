"""The simulated device keeps the contract of backends."""

from __future__ import annotations

from tangraph.testing import BackendContract


class TestSimulated(BackendContract):
    backend = "cuda"
    types = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128"
