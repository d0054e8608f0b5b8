"""Feature columns: how named features become the inputs of a model."""
