"""Data sets, and what else feeds a model.

>>> import tangraph_datasets
>>> digits = tangraph_datasets.load("digits")
>>> digits.train.images.shape, digits.test.images.shape
((1438, 64), (359, 64))
"""

from tangraph_datasets.loading import DataSet, Split, load

__all__ = ["DataSet", "Split", "load"]
