"""What a dataset is when it runs: values that describe it, and iterators that make its elements."""
