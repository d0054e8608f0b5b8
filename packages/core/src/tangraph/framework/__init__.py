"""The graph and what it is made of: dtypes, shapes, errors, operations, tensors."""
