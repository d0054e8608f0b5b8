"""Which operations have a GPU kernel, in which types, and where those keep their values.

As in TensorFlow: floats and most integers are computed on the device; int32 is what shapes are made of, so its arithmetic
is placed on the device but runs on the host; strings, and whole families of operations, have no GPU kernel at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework import dtypes
from tangraph.plan.memory import HOST, METADATA, PASSING

if TYPE_CHECKING:
    from tangraph.plan.memory import Memory, Node

#: Types that arrays on the device may have.
TYPES: Final = frozenset(
    {dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128, dtypes.int8, dtypes.int16}
    | {dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64, dtypes.bool}
)
#: Passed on, or computed by NumPy's own functions, whatever the type.
_ARRAYS: Final = frozenset(
    [
        "BatchToSpace",
        "BatchToSpaceND",
        "BroadcastTo",
        "Cast",
        "Concat",
        "ConcatV2",
        "CopyOp",
        "DepthToSpace",
        "Diag",
        "DiagPart",
        "ExpandDims",
        "Fill",
        "Gather",
        "GatherNd",
        "GatherV2",
        "GuaranteeConst",
        "Identity",
        "IdentityN",
        "MatrixBandPart",
        "MatrixDiag",
        "MatrixDiagPart",
        "MatrixSetDiag",
        "MirrorPad",
        "MirrorPadGrad",
        "OneHot",
        "OnesLike",
        "Pack",
        "Pad",
        "PadV2",
        "PlaceholderWithDefault",
        "PreventGradient",
        "Reshape",
        "ResourceGather",
        "ReverseSequence",
        "ReverseV2",
        "ScatterNd",
        "Select",
        "SelectV2",
        "Slice",
        "Snapshot",
        "SpaceToBatch",
        "SpaceToBatchND",
        "SpaceToDepth",
        "Split",
        "SplitV",
        "Squeeze",
        "StopGradient",
        "StridedSlice",
        "StridedSliceGrad",
        "Tile",
        "Transpose",
        "ConjugateTranspose",
        "Unpack",
        "ZerosLike",
        "CheckNumerics",
        "Bitcast",
        "Where",
        "RefIdentity",
        "InvertPermutation",
    ]
)
_MATH: Final = frozenset(
    [
        "AccumulateNV2",
        "AddN",
        "All",
        "Any",
        "ApproximateEqual",
        "ArgMax",
        "ArgMin",
        "BatchMatMul",
        "BatchMatMulV2",
        "Bucketize",
        "Cumprod",
        "Cumsum",
        "L2Loss",
        "LinSpace",
        "MatMul",
        "Max",
        "Mean",
        "Min",
        "Prod",
        "Range",
        "Sum",
        "UnsortedSegmentMax",
        "UnsortedSegmentMin",
        "UnsortedSegmentSum",
        "_SumToShape",
        "EuclideanNorm",
        "Cross",
        "Complex",
        "ComplexAbs",
        "Conj",
        "Real",
        "Imag",
        "Angle",
        "ClipByValue",
    ]
)
_NN: Final = frozenset(
    [
        "BiasAdd",
        "BiasAddGrad",
        "BiasAddV1",
        "InTopK",
        "InTopKV2",
        "LogSoftmax",
        "Softmax",
        "SoftmaxCrossEntropyWithLogits",
        "SparseSoftmaxCrossEntropyWithLogits",
        "FusedBatchNorm",
        "FusedBatchNormV2",
        "FusedBatchNormV3",
        "FusedBatchNormGrad",
        "FusedBatchNormGradV2",
        "FusedBatchNormGradV3",
        "LRN",
        "LRNGrad",
        "TopK",
        "TopKV2",
    ]
)
_STATE: Final = frozenset(
    [
        "Assign",
        "AssignAdd",
        "AssignSub",
        "AssignAddVariableOp",
        "AssignSubVariableOp",
        "AssignVariableOp",
        "DestroyResourceOp",
        "DestroyTemporaryVariable",
        "ReadVariableOp",
        "ResourceScatterAdd",
        "ResourceScatterDiv",
        "ResourceScatterMax",
        "ResourceScatterMin",
        "ResourceScatterMul",
        "ResourceScatterSub",
        "ResourceScatterUpdate",
        "ScatterAdd",
        "ScatterDiv",
        "ScatterMax",
        "ScatterMin",
        "ScatterMul",
        "ScatterNdAdd",
        "ScatterNdSub",
        "ScatterNdUpdate",
        "ScatterSub",
        "ScatterUpdate",
        "TemporaryVariable",
        "VarHandleOp",
        "Variable",
        "VariableV2",
        "ResourceStridedSliceAssign",
        "StridedSliceAssign",
    ]
)
_TENSOR_ARRAYS: Final = frozenset(
    {"TensorArrayV3", "TensorArrayCloseV3", "TensorArraySizeV3", "TensorArrayGradV3"}
    | {"TensorArrayReadV3", "TensorArrayWriteV3", "TensorArrayGatherV3"}
    | {"TensorArrayScatterV3", "TensorArrayConcatV3", "TensorArraySplitV3"}
    | {"StackV2", "StackPushV2", "StackPopV2", "StackCloseV2"}
)
#: They have a GPU kernel in TensorFlow and are placed there, but NumPy or SciPy computes them here.
_COMPUTED_ON_HOST: Final = frozenset(
    [
        "Conv2D",
        "Conv2DBackpropFilter",
        "Conv2DBackpropInput",
        "Conv3D",
        "Conv3DBackpropFilterV2",
        "Conv3DBackpropInputV2",
        "AvgPool",
        "AvgPoolGrad",
        "MaxPool",
        "MaxPoolGrad",
        "MaxPoolGradGrad",
        "MaxPoolV2",
        "MaxPoolGradV2",
        "MaxPoolWithArgmax",
        "AvgPool3D",
        "AvgPool3DGrad",
        "MaxPool3D",
        "MaxPool3DGrad",
        "DepthwiseConv2dNative",
        "DepthwiseConv2dNativeBackpropFilter",
        "DepthwiseConv2dNativeBackpropInput",
        "Digamma",
        "Erf",
        "Erfc",
        "Lgamma",
        "Multinomial",
        "Cholesky",
        "MatrixDeterminant",
        "MatrixInverse",
        "MatrixSolve",
        "MatrixTriangularSolve",
        "Qr",
        "Svd",
        "SelfAdjointEigV2",
        "LogMatrixDeterminant",
        "RandomStandardNormal",
        "RandomUniform",
        "SegmentSum",
        "UnsortedSegmentProd",
        "BesselI0e",
        "BesselI1e",
        "Igamma",
        "Igammac",
        "IgammaGradA",
        "Betainc",
        "Zeta",
        "Polygamma",
        "Ndtri",
        "Erfinv",
        "RandomUniformInt",
        "TruncatedNormal",
        "StatelessRandomNormal",
        "StatelessRandomUniform",
        "StatelessTruncatedNormal",
        "Roll",
        "ResizeBilinear",
        "ResizeNearestNeighbor",
        "ResizeBilinearGrad",
        "ResizeNearestNeighborGrad",
    ]
)
_NEEDS_NO_KERNEL: Final = frozenset({"Placeholder", "PlaceholderV2", "Const", "_Feed"})
#: int32 is on the host, but for these, whose kernels TensorFlow has for int32 data as well.
_INT32_ON_DEVICE: Final = frozenset(
    {"OneHot", "Gather", "GatherV2", "GatherNd", "Cast", "ArgMax", "ArgMin", "BroadcastTo", "Bitcast"}
)
_OUTSIDE: Final = frozenset({dtypes.resource})


def memory_of(node: Node) -> Memory | None:
    """Returns where the GPU kernel of a node has its values; None when there is none: see `tangraph.plan.memory`."""
    name = node.op_type
    if name in METADATA:
        return "metadata"
    data = {t for t in (*node.inputs, *node.outputs) if t not in _OUTSIDE}
    if name in HOST:
        return None if name in {"PyFunc", "PyFuncStateless", "EagerPyFunc", "Print", "PrintV2"} else "host"
    if name in PASSING or name in _NEEDS_NO_KERNEL:
        return "device" if data <= TYPES else "host"
    if name in _COMPUTED_ON_HOST:
        return "host"
    if not data <= TYPES or not _has_kernel(node):
        return None
    return "host" if _is_int32(node) else "device"


def _has_kernel(node: Node) -> bool:
    name = node.op_type
    if name in {"MatMul", "BatchMatMul", "BatchMatMulV2"}:
        return node.inputs[0].is_floating or node.inputs[0].is_complex
    if name in _STATE:
        return _variable_type(node) is not dtypes.int32
    if name in _ARRAYS or name in _MATH or name in _NN or name in _TENSOR_ARRAYS:
        return True
    if name.startswith(("Apply", "ResourceApply", "SparseApply", "ResourceSparseApply")):
        return True
    return node.elementwise


def _variable_type(node: Node) -> object:
    return node.attrs.get("dtype") or node.attrs.get("T")


def _is_int32(node: Node) -> bool:
    """Whether the values themselves, not only indices among them, are int32."""
    if node.op_type in _INT32_ON_DEVICE or node.op_type in _STATE:
        return False
    main = node.attrs.get("T") or node.attrs.get("dtype") or node.attrs.get("elem_type")
    if main is None:
        return bool(node.outputs) and all(t is dtypes.int32 for t in (*node.inputs, *node.outputs))
    return main is dtypes.int32
