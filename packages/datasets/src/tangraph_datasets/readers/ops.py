"""The operations on readers: schemas and kernels.

A handle's value is the reader itself, which the session keeps. The ops without a V2 are those of old graphs, whose
handles are references to strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, OpSet, errors
from tangraph_datasets.queues.ops import one
from tangraph_datasets.readers.sources import (
    FixedLengthRecordReader,
    IdentityReader,
    Reader,
    TextLineReader,
    TFRecordReader,
    WholeFileReader,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_KINDS: Final[dict[str, type[Reader]]] = {
    "IdentityReader": IdentityReader,
    "WholeFileReader": WholeFileReader,
    "TextLineReader": TextLineReader,
    "TFRecordReader": TFRecordReader,
    "FixedLengthRecordReader": FixedLengthRecordReader,
}
_NAMES: Final = ("container: string = ''", "shared_name: string = ''")
_SIZES: Final = ("header_bytes: int = 0", "record_bytes: int", "footer_bytes: int = 0", "hop_bytes: int = 0")


def _handle_shape(c: ShapeContext) -> Raw:
    return () if c.op_type.endswith("V2") else (2,)


def _pair_shape(c: ShapeContext) -> list[Raw]:
    del c
    return [(), ()]


def _pairs_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[2], 0)
    return [(None,), (None,)]


def _scalar(c: ShapeContext) -> Raw:
    del c
    return ()


def _nothing(c: ShapeContext) -> list[Raw]:
    del c
    return []


for _suffix, _type in (("", "Ref(string)"), ("V2", "resource")):
    _reader, _queue = f"reader_handle: {_type}", f"queue_handle: {_type}"
    _encoding = ("encoding: string = ''",) if _suffix else ()
    for _kind, _attrs in (
        ("IdentityReader", _NAMES),
        ("WholeFileReader", _NAMES),
        ("TextLineReader", ("skip_header_lines: int = 0", *_NAMES)),
        ("TFRecordReader", (*_NAMES, "compression_type: string = ''")),
        ("FixedLengthRecordReader", (*_SIZES, *_NAMES, *_encoding)),
    ):
        ops.define(f"{_kind}{_suffix}", outputs=[_reader], attrs=_attrs, shape=_handle_shape, stateful=True)
    ops.define(
        f"ReaderRead{_suffix}",
        [_reader, _queue],
        ["key: string", "value: string"],
        shape=_pair_shape,
        stateful=True,
        blocking=True,
    )
    ops.define(
        f"ReaderReadUpTo{_suffix}",
        [_reader, _queue, "num_records: int64"],
        ["keys: string", "values: string"],
        shape=_pairs_shape,
        stateful=True,
        blocking=True,
    )
    for _name, _output in (
        ("ReaderNumRecordsProduced", "records_produced: int64"),
        ("ReaderNumWorkUnitsCompleted", "units_completed: int64"),
        ("ReaderSerializeState", "state: string"),
    ):
        ops.define(f"{_name}{_suffix}", [_reader], [_output], shape=_scalar, stateful=True)
    ops.define(f"ReaderRestoreState{_suffix}", [_reader, "state: string"], shape=_nothing, stateful=True)
    ops.define(f"ReaderReset{_suffix}", [_reader], shape=_nothing, stateful=True)
ops.define("LMDBReader", outputs=["reader_handle: Ref(string)"], attrs=_NAMES, shape=_handle_shape, stateful=True)
ops.not_differentiable(*(op_type for op_type in ops if not op_type.endswith("V2")))
ops.without_gradient(*(op_type for op_type in ops if op_type.endswith("V2")))


@kernel(*_KINDS, *[f"{_kind}V2" for _kind in _KINDS])
def reader(k: KernelContext) -> Callable[[], Reader]:
    """Finds the reader of this name in the session, or makes it."""
    kind = _KINDS[k.op_type.removesuffix("V2")]
    store = k.resources
    assert store is not None
    options = {key: value for key, value in k.attrs.items() if key not in {"container", "shared_name"}}
    if kind is FixedLengthRecordReader:
        options.setdefault("encoding", "")
    key = ("reader", k.attr("container"), k.attr("shared_name") or k.name)
    return lambda: store.get_or_create(*key, lambda: kind(k.name, **options))


@kernel("LMDBReader")
def lmdb_reader(k: KernelContext) -> Callable[[], Reader]:
    """Says that there is none."""
    del k

    def run() -> Reader:
        raise errors.UnimplementedError(
            None, None, "LMDBReader is not implemented in Tangraph: convert the database to TFRecord files."
        )

    return run


@kernel("ReaderRead", "ReaderReadV2")
def read(k: KernelContext) -> Callable[..., Any]:
    """The next record."""
    del k
    return lambda handle, queue: one(handle).read(one(queue))


@kernel("ReaderReadUpTo", "ReaderReadUpToV2")
def read_up_to(k: KernelContext) -> Callable[..., Any]:
    """The next records."""
    del k

    def run(handle: Any, queue: Any, count: Any) -> Any:
        pairs = one(handle).read_up_to(one(queue), int(count))
        keys, values = np.empty(len(pairs), object), np.empty(len(pairs), object)
        for i, (key, value) in enumerate(pairs):
            keys[i], values[i] = key, value
        return keys, values

    return run


@kernel("ReaderNumRecordsProduced", "ReaderNumRecordsProducedV2")
def num_records_produced(k: KernelContext) -> Callable[..., Any]:
    """The number of records."""
    del k
    return lambda handle: np.int64(one(handle).produced)


@kernel("ReaderNumWorkUnitsCompleted", "ReaderNumWorkUnitsCompletedV2")
def num_work_units_completed(k: KernelContext) -> Callable[..., Any]:
    """The number of files."""
    del k
    return lambda handle: np.int64(one(handle).finished)


@kernel("ReaderSerializeState", "ReaderSerializeStateV2")
def serialize_state(k: KernelContext) -> Callable[..., Any]:
    """How far a reader is."""
    del k
    return lambda handle: one(handle).serialize()


@kernel("ReaderRestoreState", "ReaderRestoreStateV2")
def restore_state(k: KernelContext) -> Callable[..., Any]:
    """Sets how far a reader is."""
    del k
    return lambda handle, state: one(handle).restore(one(state))


@kernel("ReaderReset", "ReaderResetV2")
def reset(k: KernelContext) -> Callable[..., Any]:
    """Makes a reader as it was at first."""
    del k
    return lambda handle: one(handle).reset()
