"""Op types without a case here: each with the file that tests it, and a sign of it in that file."""

from __future__ import annotations

from tangraph import _index

_KERNELS = "backend_cpu/test_training_kernels.py"

#: Op type -> (file below tests/, what stands in it).
ELSEWHERE = {
    # Every optimizer's update, against its formula element by element.
    **{name: (_KERNELS, "from tangraph.ops.state.training_ops import ops") for name in _index.OPS if "Apply" in name},
}
