"""What a layer demands of its inputs."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("layers.InputSpec", "keras.layers.InputSpec")
class InputSpec:
    """The type, rank and sizes that a layer demands of an input; what is None is free.

    Args:
      dtype: the element type.
      shape: the shape, None in it for any size.
      ndim: the rank.
      max_ndim: the greatest rank.
      min_ndim: the least rank.
      axes: a dictionary from axis to size.

    Raises:
      TypeError: an axis that is no integer.
      ValueError: an axis that the rank does not have.

    >>> InputSpec(min_ndim=2, axes={-1: 3})
    InputSpec(min_ndim=2, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Any = None,
    ) -> None:
        self.dtype = None if dtype is None else tf.as_dtype(dtype).name
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        try:
            self.axes: dict[int, Any] = {int(axis): size for axis, size in (axes or {}).items()}
        except (ValueError, TypeError, AttributeError):
            raise TypeError("The keys in axes must be integers.") from None
        if self.axes and (self.ndim is not None or self.max_ndim is not None):
            greatest = (self.ndim or self.max_ndim or 0) - 1
            if max(self.axes) > greatest:
                raise ValueError(f"Axis {max(self.axes)} is greater than the maximum allowed value: {greatest}")

    def __repr__(self) -> str:
        given = ((key, value) for key, value in self.get_config().items() if value)
        return f"InputSpec({', '.join(f'{key}={value}' for key, value in given)})"

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal object."""
        return {key: getattr(self, key) for key in ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Makes one from what `get_config` returned."""
        return cls(**config)


def assert_input_compatibility(specs: Any, inputs: Any, layer_name: str) -> None:
    """Raises ValueError unless the inputs of a layer are what its specifications demand."""
    if not specs:
        return
    flat_inputs, flat_specs = tf.nest.flatten(inputs), tf.nest.flatten(specs)
    if len(flat_inputs) != len(flat_specs):
        raise ValueError(
            f"Layer {layer_name} expects {len(flat_specs)} inputs, but it received {len(flat_inputs)} input tensors. "
            f"Inputs received: {flat_inputs}"
        )
    for index, (x, spec) in enumerate(zip(flat_inputs, flat_specs, strict=True)):
        if spec is not None:
            where = f"Input {index} of layer {layer_name} is incompatible with the layer: "
            _check_rank(x, spec, where)
            if spec.dtype is not None and x.dtype != spec.dtype:
                raise ValueError(f"{where}expected dtype={spec.dtype}, found dtype={x.dtype}")
            _check_sizes(x, spec, where, f"Input {index} is incompatible with layer {layer_name}: ")


def _check_rank(x: Any, spec: InputSpec, where: str) -> None:
    ndim = x.shape.ndims
    if (spec.ndim, spec.min_ndim, spec.max_ndim) == (None, None, None):
        return
    if ndim is None:
        raise ValueError(f"{where}its rank is undefined, but the layer requires a defined rank.")
    if spec.ndim is not None and ndim != spec.ndim:
        raise ValueError(
            f"{where}expected ndim={spec.ndim}, found ndim={ndim}. Full shape received: {x.shape.as_list()}"
        )
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        raise ValueError(f"{where}expected max_ndim={spec.max_ndim}, found ndim={ndim}")
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        raise ValueError(
            f"{where}: expected min_ndim={spec.min_ndim}, found ndim={ndim}. Full shape received: {x.shape.as_list()}"
        )


def _check_sizes(x: Any, spec: InputSpec, where: str, short_where: str) -> None:
    if spec.axes:
        shape = x.shape.as_list()
        for axis, size in spec.axes.items():
            wanted = getattr(size, "value", size)
            if wanted is not None and shape[axis] not in {wanted, None}:
                raise ValueError(
                    f"{where}expected axis {axis} of input shape to have value {wanted} but received input with shape "
                    f"{shape}"
                )
    if spec.shape is not None:
        shape = x.shape.as_list()
        for wanted, size in zip(spec.shape, shape, strict=False):
            if wanted is not None and size is not None and wanted != size:
                raise ValueError(f"{short_where}expected shape={spec.shape}, found shape={shape}")
