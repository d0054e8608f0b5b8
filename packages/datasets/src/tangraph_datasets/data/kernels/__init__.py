"""The operations of ``tf.data``: schemas and kernels."""
