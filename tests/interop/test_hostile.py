"""Damaged and hostile files: thousands of mutations end in a clean error, within bounded memory and time."""

from __future__ import annotations

import os
import random
import resource
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph_interop import import_graph
from tangraph_interop.checkpoint.snappy import decompress
from tangraph_interop.checkpoint.sstable import read_table, write_table
from tangraph_interop.checkpoint.varint import FormatError
from tangraph_interop.messages import BundleEntryProto, SavedTensorSlices
from tangraph_interop.saved_model.loader import parse_saved_model

RECORDED = Path(__file__).parent / "recorded"
#: How many mutations of each file are tried.
MUTATIONS = int(os.environ.get("TANGRAPH_MUTATIONS", "60"))
SECONDS, MEBIBYTES = 20, 500
CLEAN = (ValueError, tf.errors.OpError)
NUMBERS = [0, 1, -1, 2, 127, 255, 2**31 - 1, 2**31, 2**40, 2**62, -(2**63)]


@pytest.fixture(autouse=True)
def _bounded_memory():
    """A test that takes more memory gets a MemoryError, which is no clean error."""
    if not Path("/proc/self/statm").exists():
        yield
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (MEBIBYTES << 20), limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@contextmanager
def bounded():
    """Fails when the block takes too long."""

    def expired(*_):
        raise TimeoutError(f"more than {SECONDS} seconds")

    previous = signal.signal(signal.SIGALRM, expired)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def damage(data, generator):
    """Returns bytes with one to five changes: flips, cuts, repeats, moves."""
    changed = bytearray(data)
    for _ in range(generator.randint(1, 5)):
        place = generator.randrange(len(changed) + 1)
        length = generator.choice([1, 1, 2, 4, 16, 200])
        kind = generator.randrange(5)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << generator.randrange(8)
        elif kind == 1 and place < len(changed):
            changed[place] = generator.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            del changed[place : place + length]
        elif kind == 3:
            changed[place:place] = changed[place : place + length]
        else:
            start = generator.randrange(len(changed) + 1)
            changed[place:place] = changed[start : start + length]
        if not changed:
            break
    return bytes(changed)


def wreck(message, generator):
    """Changes a message in its fields: what a program that writes hostile files would do."""
    place, depth = message, 0
    while depth < 12:
        depth += 1
        fields = [f for f, _ in place._set_fields()]
        if not fields:
            return
        field = generator.choice(fields)
        value = getattr(place, field.name)
        if hasattr(field, "key"):
            keys = list(value)
            key = generator.choice(keys)
            if generator.random() < 0.2 or field.kind != "message":
                del value[key]
                return
            place = value[key]
        elif field.kind == "message":
            if not field.repeated:
                if generator.random() < 0.1:
                    place.ClearField(field.name)
                    return
                place = value
                continue
            index = generator.randrange(len(value))
            if generator.random() < 0.1:
                del value[index]
                return
            if generator.random() < 0.1:
                value.add().CopyFrom(value[index])
                return
            place = value[index]
        else:
            _wreck_scalar(place, field, generator)
            return


def _wreck_scalar(message, field, generator):
    """Gives a field another value."""
    texts = ["", "a", "^a", "x:9", "a:-1", "../../etc", "Const", "Merge", "Switch", "While", "b" * 300, "é"]
    choices = {
        "string": texts,
        "bytes": [text.encode() for text in texts],
        "bool": [True, False],
        "float": [0.0, float("nan"), 1e30],
        "double": [0.0, float("inf")],
    }.get(field.kind, NUMBERS)
    value = generator.choice(choices)
    try:
        if field.repeated:
            items = getattr(message, field.name)
            items[generator.randrange(len(items))] = value
        else:
            setattr(message, field.name, value)
    except ValueError:
        message.ClearField(field.name)


def imported(graph_def):
    with tf.Graph().as_default() as g:
        try:
            tf.import_graph_def(graph_def, name="")
        except CLEAN:
            assert not g.get_operations()


@pytest.mark.parametrize("name", ["graph", "cnn", "loop", "rnn", "functions"])
def test_mutations_of_a_graph(name):
    data = (RECORDED / f"{name}.pb").read_bytes()
    generator = random.Random(name)
    for _ in range(MUTATIONS):
        with bounded():
            try:
                message = tf.GraphDef.FromString(damage(data, generator))
            except ValueError:
                continue
            imported(message)
    for _ in range(MUTATIONS):
        message = tf.GraphDef.FromString(data)
        for _ in range(generator.randint(1, 3)):
            wreck(message, generator)
        with bounded():
            imported(message)


def read_all(prefix):
    reader = tf.train.NewCheckpointReader(str(prefix))
    for name in reader.get_variable_to_shape_map():
        with suppress(CLEAN):
            reader.get_tensor(name)
    reader.debug_string()


@pytest.mark.parametrize(
    ("name", "suffix"), [("kinds-v2", ".index"), ("kinds-v2", ".data-00000-of-00001"), ("kinds-v1", "")]
)
def test_mutations_of_a_checkpoint(tmp_path, name, suffix):
    files = {path.name: path.read_bytes() for path in RECORDED.glob(f"{name}*") if "sharded" not in path.name}
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    target = tmp_path / f"{name}{suffix}"
    entry_type = BundleEntryProto if suffix == ".index" else SavedTensorSlices
    generator = random.Random(suffix)
    for number in range(2 * MUTATIONS):
        if number % 2 and "data" not in suffix:
            # A table whose checksums are right holds damaged entries.
            entries = read_table(files[target.name])
            for key in generator.sample(sorted(entries)[1:], 3):
                message = entry_type.FromString(entries[key])
                wreck(message, generator)
                entries[key] = message.SerializeToString()
            if number % 4 == 1:
                entries[generator.choice(sorted(entries))] = damage(entries[b""], generator)
            damaged = write_table(entries)
        else:
            damaged = damage(files[target.name], generator)
        target.write_bytes(damaged)
        with bounded():
            with suppress(CLEAN):
                read_all(tmp_path / name)
            tf.train.checkpoint_exists(str(tmp_path / name))


def test_mutations_of_a_saved_model(tmp_path):
    data = (RECORDED / "model" / "saved_model.pb").read_bytes()
    generator = random.Random(5)
    for _ in range(MUTATIONS):
        (tmp_path / "saved_model.pb").write_bytes(damage(data, generator))
        with bounded(), tf.Graph().as_default():
            try:
                (meta_graph,) = parse_saved_model(tmp_path).meta_graphs
                tf.train.import_meta_graph(meta_graph)
            except (*CLEAN, OSError):
                pass


def constant(shape, **fields):
    message = tf.GraphDef()
    node = message.node.add(name="c", op="Const")
    node.attr["dtype"].type = tf.float32.as_datatype_enum
    node.attr["value"].tensor.dtype = tf.float32.as_datatype_enum
    for size in shape:
        node.attr["value"].tensor.tensor_shape.dim.add(size=size)
    for name, value in fields.items():
        getattr(node.attr["value"].tensor, name).extend(value)
    return message


def test_a_small_message_cannot_ask_for_all_memory(monkeypatch):
    with bounded(), pytest.raises(ValueError, match="2 GiB"), tf.Graph().as_default():
        tf.import_graph_def(constant([2**40], float_val=[1.0]))
    monkeypatch.setattr(import_graph, "MAX_BYTES", 10000)
    message = constant([1000], float_val=[1.0])
    for index in range(2):
        message.node.add().CopyFrom(message.node[0])
        message.node[-1].name = f"c{index}"
    with bounded(), pytest.raises(ValueError, match="2 GiB"), tf.Graph().as_default():
        tf.import_graph_def(message)


def test_blocks_that_grow():
    assert decompress(b"\x05\x10hello") == b"hello"
    assert decompress(b"\x41\x00a" + b"\xfa\x01\x00" + b"\x00b") == b"a" * 64 + b"b"
    assert decompress(b"\xc8\x01" + b"\xf0\xc7" + b"z" * 200) == b"z" * 200
    for bad in (b"", b"\xff\xff\xff\xff\x7f\x00a", b"\x05\x01\x05", b"\x05\x10he", b"\x01\x05", b"\x02\x04ab\x04ab"):
        with pytest.raises(FormatError):
            decompress(bad)
    generator = np.random.default_rng(0)
    for _ in range(300):
        with bounded(), suppress(FormatError):
            decompress(generator.bytes(int(generator.integers(1, 40))))
