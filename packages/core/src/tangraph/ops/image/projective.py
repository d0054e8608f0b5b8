"""Images under projective transforms: turned, moved, sheared, seen from the side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.image.shapes import sized_image

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()

#: The types that there are kernels for.
IMAGE_TYPES: Final = frozenset(
    {dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64}
)


def _transformed_shape(c: ShapeContext) -> Raw:
    images = c.with_rank(0, 4)
    return sized_image(c, images[0], 2, images[3])


IMAGE_PROJECTIVE_TRANSFORM = ops.define(
    "ImageProjectiveTransformV2",
    ["images: dtype", "transforms: float32", "output_shape: int32"],
    ["transformed_images: dtype"],
    ["dtype: {uint8, int32, int64, half, float, double}", "interpolation: string"],
    shape=_transformed_shape,
    host_inputs=(2,),
)


def flat_transforms_to_matrices(transforms: Any) -> Tensor:
    """Returns transforms of eight numbers as matrices [transforms, 3, 3]; see `tf.contrib.image.transform`."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape

    with name_scope("flat_transforms_to_matrices"):
        transforms = convert_to_tensor(transforms, name="transforms")
        if transforms.shape.ndims not in (1, 2):
            raise ValueError(f"Transforms should be 1D or 2D, got: {transforms}")
        transforms = reshape(transforms, constant([-1, 8]))
        sizes: Any = shape(transforms)
        count = sizes[0]
        return reshape(concat([transforms, ones([count, 1])], axis=1), constant([-1, 3, 3]))


def matrices_to_flat_transforms(transform_matrices: Any) -> Tensor:
    """Returns matrices [3, 3] or [transforms, 3, 3] as transforms of eight numbers, [transforms, 8]."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.reshape import reshape

    with name_scope("matrices_to_flat_transforms"):
        matrices = convert_to_tensor(transform_matrices, name="transform_matrices")
        if matrices.shape.ndims not in (2, 3):
            raise ValueError(f"Matrices should be 2D or 3D, got: {matrices}")
        transforms: Any = reshape(matrices, constant([-1, 9]))
        transforms /= transforms[:, 8:9]
        return transforms[:, :8]  # type: ignore[no-any-return]


@ops.gradient("ImageProjectiveTransformV2")
def _transform_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    """The gradient of the images is transformed back."""
    from tangraph.ops.array.shape import shape
    from tangraph.ops.linalg.inverse import matrix_inverse

    images, transforms = op.inputs[0], op.inputs[1]
    if len(transforms.get_shape()) == 1:
        transforms = transforms[None]
    inverse = matrix_inverse(flat_transforms_to_matrices(transforms=transforms))
    back = matrices_to_flat_transforms(inverse)
    sizes: Any = shape(images)
    interpolation = op.attrs["interpolation"]
    return [make_op(IMAGE_PROJECTIVE_TRANSFORM, grad, back, sizes[1:3], interpolation=interpolation), None, None]
