"""`tf.train.summary_iterator`: event files, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.errors import NotFoundError
from tangraph_interop.records import read_records
from tangraph_summary.messages import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


@export("train.summary_iterator")
def summary_iterator(path: Any) -> Iterator[Event]:
    """Yields the events of an event file.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: a record is cut off or damaged; what stands before it was yielded.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115  closed below
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{path}; No such file or directory") from None
    with file:
        for record in read_records(file):
            yield Event.FromString(record)
