"""Strings that hold values: raw bytes, lines of CSV files, serialized tensors and examples."""
