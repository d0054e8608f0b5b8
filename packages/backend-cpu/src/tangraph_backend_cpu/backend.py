"""NumPy as a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph_backend_cpu import heap, products

if TYPE_CHECKING:
    from tangraph.plan.ir import Program


class CpuBackend:
    """Runs plans on the host with NumPy; see `tangraph.backend.Backend`."""

    name: Final = "cpu"
    bases: Final = ()
    device_type: Final = "CPU"
    xp: Final = np

    def devices(self) -> list[str]:
        """Returns the one host device."""
        return ["/device:CPU:0"]

    def to_device(self, array: Any) -> Any:
        """Returns the array itself."""
        return array

    def to_host(self, array: Any) -> Any:
        """Returns the array itself."""
        return array

    def compile_pass(self, program: Program) -> None:
        """Makes one step of several where that is cheaper."""
        heap.keep()
        kinds = {step.op_type for step in program.region.walk()}
        if "Split" in kinds:
            from tangraph_backend_cpu.passes.gates import fuse_gates

            fuse_gates(program, self)
        if {"Slice", "MatMul"} <= kinds:
            from tangraph_backend_cpu.passes.sliced_products import slice_products

            slice_products(program, self)
        if "_While" in kinds:
            from tangraph_backend_cpu.passes.lifted_factors import lift_factors
            from tangraph_backend_cpu.passes.lifted_products import lift_products
            from tangraph_backend_cpu.passes.loop_sums import collect_sums

            collect_sums(program, self)
            lift_products(program, self)
            lift_factors(program, self)
        if any("Apply" in kind for kind in kinds):
            from tangraph_backend_cpu.passes.updates import join_updates

            join_updates(program, self)
        if products.USERS & kinds:
            from tangraph_backend_cpu.passes.one_thread import keep_to_one_thread

            keep_to_one_thread(program)

    def synchronize(self) -> None:
        """Has nothing to wait for."""

    def describe(self) -> list[str]:
        """Returns what `tangraph doctor` says of it."""
        return [f"every kernel runs on NumPy {np.__version__}; no accelerated library is in use", _threads(), _memory()]


def _threads() -> str:
    from tangraph_backend_cpu import blas, threads

    count = f"large operations are shared by {threads.available()} thread(s)"
    if blas.control() is None:
        return f"{count}; products by those of BLAS, which is no OpenBLAS that can be told their number"
    return count


def _memory() -> str:
    if heap.keep():
        return f"freed memory is kept for the next step, up to {heap.TRIM >> 20} MiB (set MALLOC_TRIM_THRESHOLD_ to change it)"
    return "what becomes of freed memory is the C library's or the environment's decision"
