"""The linear map that contrib's cells use."""

from __future__ import annotations

from typing import Any

import tangraph as tf


class Linear:
    """[args...] · kernel + bias, with variables in the current variable scope.

    Args:
      args: a tensor of shape [batch, size], or a list of them.
      output_size: the size of the result.
      build_bias: whether there is a bias.
      bias_initializer: how it starts; zeros when None.
      kernel_initializer: how the kernel starts.

    Raises:
      ValueError: there are no tensors, or one has another rank or no known size.
    """

    def __init__(
        self,
        args: Any,
        output_size: int,
        build_bias: bool,
        bias_initializer: Any = None,
        kernel_initializer: Any = None,
    ) -> None:
        if args is None or (tf.nest.is_nested(args) and not args):
            raise ValueError("`args` must be specified")
        self._is_sequence = tf.nest.is_nested(args)
        tensors = args if self._is_sequence else [args]
        depth = 0
        for shape in [one.shape for one in tensors]:
            if shape.ndims != 2:
                raise ValueError(f"linear is expecting 2D arguments: {[one.shape for one in tensors]}")
            if shape.dims[1].value is None:
                raise ValueError(f"linear expects shape[1] to be provided for shape {shape}, but saw {shape.dims[1]}")
            depth += shape.dims[1].value
        dtype = tensors[0].dtype
        scope = tf.get_variable_scope()
        with tf.variable_scope(scope) as outer_scope:
            self._kernel = tf.get_variable("kernel", [depth, output_size], dtype=dtype, initializer=kernel_initializer)
            self._bias = None
            if build_bias:
                with tf.variable_scope(outer_scope) as inner_scope:
                    inner_scope.set_partitioner(None)
                    if bias_initializer is None:
                        bias_initializer = tf.constant_initializer(0.0, dtype=dtype)
                    self._bias = tf.get_variable("bias", [output_size], dtype=dtype, initializer=bias_initializer)

    def __call__(self, args: Any) -> Any:
        """Returns the result for tensors like those that it was made for."""
        tensors = args if self._is_sequence else [args]
        if len(tensors) == 1:
            result = tf.matmul(tensors[0], self._kernel)
        else:
            one = tf.constant(1, dtype=tf.int32)
            result = tf.matmul(tf.concat(tensors, one), self._kernel)
        return result if self._bias is None else tf.nn.bias_add(result, self._bias)
