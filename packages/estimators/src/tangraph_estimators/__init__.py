"""Estimators: a model as a function, trained, evaluated, asked and exported; and the columns that feed them."""
