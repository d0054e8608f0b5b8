"""Files of records and readers; damaged files too. Expected keys, counts and texts are TensorFlow 1.15.5's."""

from __future__ import annotations

import gzip
import zlib

import pytest

import tangraph as tf

RECORDS = [b"x", b"yy", b"zzz"]
OPTIONS = tf.python_io.TFRecordOptions
KINDS = tf.python_io.TFRecordCompressionType


def written(path, records=RECORDS, options=None):
    with tf.python_io.TFRecordWriter(str(path), options) as writer:
        for record in records:
            writer.write(record)
    return str(path)


@pytest.mark.parametrize("kind", [None, KINDS.NONE, KINDS.ZLIB, KINDS.GZIP, "GZIP", ""])
def test_records_come_back(tmp_path, kind):
    options = OPTIONS(kind)
    path = written(tmp_path / "a", [*RECORDS, b"", b"long" * 99999], options)
    assert list(tf.python_io.tf_record_iterator(path, options)) == [*RECORDS, b"", b"long" * 99999]


def test_the_format_is_tensorflows(tmp_path):
    path = written(tmp_path / "a")
    # Written by TensorFlow 1.15.5.
    assert (tmp_path / "a").read_bytes()[:17].hex() == "01000000000000000175de4178503daa61"
    for name, compression, unpack in (("z", "ZLIB", zlib.decompress), ("g", "GZIP", gzip.decompress)):
        written(tmp_path / name, RECORDS, OPTIONS(compression))
        assert unpack((tmp_path / name).read_bytes()) == (tmp_path / "a").read_bytes()
    assert list(tf.io.tf_record_iterator(path)) == RECORDS


def test_what_is_flushed_can_be_read(tmp_path):
    path = str(tmp_path / "a")
    writer = tf.io.TFRecordWriter(path)
    writer.write(b"one")
    writer.flush()
    assert list(tf.python_io.tf_record_iterator(path)) == [b"one"]
    writer.close()
    writer.close()
    with pytest.raises(tf.errors.FailedPreconditionError, match="previously closed"):
        writer.write(b"two")


DAMAGE = [
    ("data", lambda d: d[:29] + b"\xff" + d[30:], [b"x"], r"corrupted record at 29 .*damaged"),
    ("length", lambda d: d[:17] + b"\x05" + d[18:], [b"x"], r"corrupted record at 17 .*damaged"),
    ("cut in data", lambda d: d[:-3], [b"x", b"yy"], r"truncated record at 47 .*damaged"),
    ("cut in length", lambda d: d[:20], [b"x"], r"truncated record at 17 .*damaged"),
]


@pytest.mark.parametrize(("damage", "whole", "text"), [case[1:] for case in DAMAGE], ids=[case[0] for case in DAMAGE])
def test_damage_is_found_and_named(tmp_path, damage, whole, text):
    path = tmp_path / "damaged"
    written(path)
    path.write_bytes(damage(path.read_bytes()))
    found = []
    with pytest.raises(tf.errors.DataLossError, match=text):
        found.extend(iter_into(found, tf.python_io.tf_record_iterator(str(path))))
    assert found == whole
    queue = tf.FIFOQueue(1, tf.string, shapes=[()])
    read = tf.TFRecordReader().read(queue)
    with tf.Session() as session:
        session.run(queue.enqueue(str(path)))
        for record in whole:
            assert session.run(read).value == record
        with pytest.raises(tf.errors.DataLossError, match=text):
            session.run(read)


def iter_into(found, records):
    for record in records:
        found.append(record)
    return ()


def test_wrong_compression(tmp_path):
    plain, packed = written(tmp_path / "a"), written(tmp_path / "g", RECORDS, "GZIP")
    with pytest.raises(tf.errors.DataLossError, match="inflate.. failed with error -3: incorrect header check"):
        list(tf.python_io.tf_record_iterator(plain, OPTIONS("ZLIB")))
    with pytest.raises(tf.errors.DataLossError, match="corrupted record at 0"):
        list(tf.python_io.tf_record_iterator(packed))
    with pytest.raises(ValueError, match='Not a valid compression_type: "X"'):
        OPTIONS("X")
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        list(tf.python_io.tf_record_iterator(str(tmp_path / "none")))
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        tf.python_io.TFRecordWriter(str(tmp_path / "no" / "folder"))
    with tf.python_io.TFRecordWriter(plain) as writer, pytest.raises(TypeError, match="expected bytes, str found"):
        writer.write("text")


# -- readers ---------------------------------------------------------------------------------------------------------

FILES = {
    "l": b"h\nab\r\ncd\n\nlast",
    "m": b"h2\n",
    "f": b"HHabcdefghFF",
    "z": zlib.compress(b"HHabcdefghFF"),
}
READERS = {
    "lines": (lambda: tf.TextLineReader(), "lm", ["l:1 h", "l:2 ab", "l:3 cd", "l:4 ", "l:5 last", "m:1 h2"]),
    "lines without headers": (lambda: tf.TextLineReader(1), "ml", ["l:2 ab", "l:3 cd", "l:4 ", "l:5 last"]),
    "whole files": (lambda: tf.WholeFileReader(), "mf", ["m h2\n", "f HHabcdefghFF"]),
    "names": (lambda: tf.IdentityReader(), "mx", ["m m", "x x"]),
    "pieces": (lambda: tf.FixedLengthRecordReader(3, 2, 2), "f", ["f:0 abc", "f:1 def"]),
    "overlapping": (lambda: tf.FixedLengthRecordReader(4, 2, 2, 2), "f", ["f:0 abcd", "f:1 cdef", "f:2 efgh"]),
    "apart": (lambda: tf.FixedLengthRecordReader(2, 0, 0, 5), "f", ["f:0 HH", "f:1 de", "f:2 FF"]),
    "compressed": (lambda: tf.FixedLengthRecordReader(4, 2, 2, encoding="ZLIB"), "z", ["z:0 abcd", "z:1 efgh"]),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", READERS)
@pytest.mark.usefixtures("folder")
def test_readers(case):
    make, names, expected = READERS[case]
    queue, reader = tf.FIFOQueue(9, tf.string, shapes=[()]), make()
    read, produced, finished = reader.read(queue), reader.num_records_produced(), reader.num_work_units_completed()
    found = []
    with tf.Session() as session:
        session.run(queue.enqueue_many([list(names)]))
        session.run(queue.close())
        for _ in expected:
            record = session.run(read)
            found.append(f"{record.key.decode()} {record.value.decode()}")
        with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient elements"):
            session.run(read)
        assert found == expected
        assert session.run([produced, finished]) == [len(expected), len(names)]
        session.run(reader.reset())
        assert session.run([produced, finished]) == [0, 0]


@pytest.mark.usefixtures("folder")
def test_several_records_at_a_time_are_of_one_file():
    queue, reader = tf.FIFOQueue(9, tf.string, shapes=[()]), tf.TextLineReader()
    read, finished = reader.read_up_to(queue, 4), reader.num_work_units_completed()
    with tf.Session() as session:
        session.run(queue.enqueue_many([["l", "m"]]))
        counts = [(session.run(read).values.tolist(), int(session.run(finished))) for _ in range(3)]
        with pytest.raises(tf.errors.InvalidArgumentError, match="num_records must be a positive integer"):
            session.run(reader.read_up_to(queue, 0))
    assert counts == [([b"h", b"ab", b"cd", b""], 0), ([b"last"], 1), ([b"h2"], 2)]


@pytest.mark.usefixtures("folder")
def test_the_state_of_a_reader():
    queue, reader = tf.FIFOQueue(9, tf.string, shapes=[()]), tf.IdentityReader()
    state = tf.placeholder(tf.string, [])
    save, restore, read = reader.serialize_state(), reader.restore_state(state), reader.read(queue)
    with tf.Session() as session:
        session.run(queue.enqueue_many([["l", "m"]]))
        session.run(read)
        saved = session.run(save)
        assert saved == b'\x08\x01\x10\x01\x18\x01"\x01l'
        session.run(read)
        session.run(restore, {state: saved})
        assert session.run(reader.num_records_produced()) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse state for IdentityReader"):
            session.run(restore, {state: "abc"})
        with pytest.raises(tf.errors.UnimplementedError, match="Reader SerializeState"):
            session.run(tf.TextLineReader().serialize_state())
    assert reader.supports_serialize


FAILURES = [
    (lambda q: tf.TextLineReader().read(q), tf.errors.NotFoundError, "none; No such file or directory"),
    (lambda q: tf.WholeFileReader().read(q), tf.errors.NotFoundError, "none; No such file or directory"),
    (lambda q: tf.TFRecordReader().read(q), tf.errors.NotFoundError, "none; No such file or directory"),
    (lambda q: tf.FixedLengthRecordReader(0).read(q), tf.errors.InvalidArgumentError, "record_bytes must be >= 1"),
    (lambda q: tf.LMDBReader().read(q), tf.errors.UnimplementedError, "LMDBReader is not implemented in Tangraph"),
    (lambda q: tf.TextLineReader().read(tf.FIFOQueue(9, tf.int32)), tf.errors.InvalidArgumentError, "queue of strings"),
]


@pytest.mark.parametrize(("make", "error", "text"), FAILURES)
@pytest.mark.usefixtures("folder")
def test_readers_that_fail(make, error, text):
    queue = tf.FIFOQueue(9, tf.string, shapes=[()])
    with tf.Session() as session:
        session.run(queue.enqueue("none"))
        with pytest.raises(error, match=text):
            session.run(make(queue))


def test_whole_files(tmp_path):
    path = str(tmp_path / "new" / "f.txt")
    with tf.Session() as session:
        session.run(tf.write_file(path, "hello"))
        assert session.run(tf.read_file(path)) == b"hello"
        assert session.run(tf.matching_files([str(tmp_path / "*" / "f.???")])).tolist() == [path.encode()]
        assert [p.name for p in (tmp_path / "new").iterdir()] == ["f.txt"]
        for operation in (tf.read_file(f"{path}x"), tf.matching_files(str(tmp_path / "no" / "*"))):
            with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
                session.run(operation)
