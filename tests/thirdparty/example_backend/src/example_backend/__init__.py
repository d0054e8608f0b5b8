"""An example backend: Tangraph on array-api-strict."""
