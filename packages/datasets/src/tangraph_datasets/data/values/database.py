"""The dataset of the rows that a query finds in a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tangraph.framework.dtypes import string
from tangraph.plugin import errors
from tangraph_datasets.data.values.base import DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType


class Rows(DatasetValue):
    """The rows that a query finds in a SQLite database.

    Args:
      path: the database.
      query: the query.
      types: those of the columns.
    """

    def __init__(self, path: str, query: str, types: Sequence[DType]) -> None:
        self._path, self._query, self._types = path, query, types

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return self._rows()

    def _rows(self) -> Iterator[Element]:
        try:
            connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise errors.NotFoundError(None, None, f"Failed to open '{self._path}': {error}") from None
        try:
            cursor = connection.execute(self._query)
            found = 0 if cursor.description is None else len(cursor.description)
            if found != len(self._types):
                raise invalid(
                    "The number of columns in the database does not match the number of types in output_types: expected "
                    f"{len(self._types)} but got {found}."
                )
            for row in cursor:
                yield tuple([_converted(value, dtype) for value, dtype in zip(row, self._types, strict=True)])
        except sqlite3.Error as error:
            raise errors.UnknownError(None, None, f"Failed to set up query connection: {error}") from None
        finally:
            connection.close()


def _converted(value: Any, dtype: DType) -> Any:
    """Returns a column's value in a type; what is no number counts as 0, as SQLite counts it."""
    if dtype is string:
        text = b"" if value is None else value
        return text if isinstance(text, bytes) else str(text).encode()
    if not isinstance(value, (int, float)):
        try:
            value = float(value)
        except (TypeError, ValueError):
            value = 0
    return dtype.np.type(value)
