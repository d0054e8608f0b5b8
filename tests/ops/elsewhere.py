"""Op types without a case here: each with the file that tests it, and a sign of it in that file."""

from __future__ import annotations

from tangraph import _index

_UPDATES = ("backend_cpu/test_training_kernels.py", "from tangraph.ops.state.training_ops import ops")

#: Op type -> (file below tests/, what stands in it).
ELSEWHERE = {
    # Every optimizer's update, against its formula element by element.
    **{name: _UPDATES for name in _index.OPS if "Apply" in name},
    # It has no outputs, and ends the run.
    "Abort": ("ops/test_ops.py", 'make_op("Abort"'),
    # What they print, and where.
    "Print": ("backend_cpu/test_logging.py", "tf.Print("),
    "PrintV2": ("backend_cpu/test_logging.py", "tf.print("),
    # Their inputs are (indices, values, shape) that belong together: against the same operation on dense arrays.
    **{
        name: ("backend_cpu/test_sparse.py", f'"{name}": (')
        for name in (
            *("SparseAdd", "SparseAddGrad", "SparseConcat", "SparseFillEmptyRows", "SparseFillEmptyRowsGrad"),
            *("SparseReduceMax", "SparseReduceMaxSparse", "SparseReduceSum", "SparseReduceSumSparse"),
            *("SparseReorder", "SparseReshape", "SparseSoftmax", "SparseSparseMaximum", "SparseSparseMinimum"),
            "SparseSplit",
        )
    },
    # Its function gets objects, no arrays.
    "EagerPyFunc": ("backend_cpu/test_script.py", "tf.py_function("),
}
