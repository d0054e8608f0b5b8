"""ConfigProto and the other messages against protobuf's as TensorFlow 1.15.5 has them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from tangraph.client import config
from tangraph.client.config import ConfigProto, GPUOptions, OptimizerOptions, RunMetadata, RunOptions
from tangraph.framework import message, protos
from tangraph.framework.protos import AttrValue, GraphDef, NameAttrList, NodeDef


class TestScalars:
    def test_defaults_and_assignment(self):
        c = ConfigProto()
        assert (c.allow_soft_placement, c.intra_op_parallelism_threads, c.gpu_options.visible_device_list) == (
            False,
            0,
            "",
        )
        c.allow_soft_placement = True
        c.intra_op_parallelism_threads = np.int64(3)
        c.gpu_options.per_process_gpu_memory_fraction = 1
        c.gpu_options.visible_device_list = b"ab"
        assert type(c.intra_op_parallelism_threads) is int
        assert c.gpu_options.visible_device_list == "ab"
        assert str(c) == (
            "intra_op_parallelism_threads: 3\n"
            'gpu_options {\n  per_process_gpu_memory_fraction: 1.0\n  visible_device_list: "ab"\n}\n'
            "allow_soft_placement: true\n"
        )

    @pytest.mark.parametrize("value", [True, 1, np.bool_(True), 1.5])
    def test_bool_takes_numbers(self, value):
        assert ConfigProto(allow_soft_placement=value).allow_soft_placement is True

    @pytest.mark.parametrize(
        ("field", "value", "error", "text"),
        [
            ("allow_soft_placement", "a", TypeError, "'a' has type str, but expected one of: int, bool"),
            ("allow_soft_placement", None, TypeError, "None has type NoneType, but expected one of: int, bool"),
            ("intra_op_parallelism_threads", 1.5, TypeError, "1.5 has type float, but expected one of: int"),
            ("intra_op_parallelism_threads", 2**31, ValueError, "Value out of range: 2147483648"),
            ("gpu_options", GPUOptions(), AttributeError, 'Assignment not allowed to field "gpu_options"'),
            ("device_filters", ["a"], AttributeError, 'Assignment not allowed to repeated field "device_filters"'),
            ("device_count", {}, AttributeError, 'Assignment not allowed to repeated field "device_count"'),
            ("foo", 1, AttributeError, "'ConfigProto' object has no attribute 'foo'"),
        ],
    )
    def test_bad_assignment(self, field, value, error, text):
        c = ConfigProto()
        with pytest.raises(error, match=text):
            setattr(c, field, value)

    def test_string_checks(self):
        options = GPUOptions()
        with pytest.raises(TypeError, match="1 has type int, but expected one of: bytes, unicode"):
            options.visible_device_list = 1
        with pytest.raises(ValueError, match="isn't valid UTF-8 encoding"):
            options.visible_device_list = b"\xff"
        with pytest.raises(TypeError, match="'abc' has type str, but expected one of: bytes"):
            AttrValue().s = "abc"
        with pytest.raises(TypeError, match="'a' has type str, but expected one of: int, float"):
            options.per_process_gpu_memory_fraction = "a"

    @pytest.mark.parametrize(
        ("value", "stored"),
        [(0.1, 0.10000000149011612), (1e300, float("inf")), (-1e300, float("-inf")), (1e20, 1.0000000200408773e20)],
    )
    def test_floats_have_32_bits(self, value, stored):
        attr = AttrValue(f=value)
        assert attr.f == stored
        assert str(attr) == f"f: {stored!r}\n"

    def test_no_such_field(self):
        with pytest.raises(ValueError, match=r'Protocol message ConfigProto has no "foo" field.'):
            ConfigProto(foo=1)
        with pytest.raises(AttributeError, match="foo"):
            ConfigProto().foo
        with pytest.raises(TypeError, match="No positional arguments allowed"):
            ConfigProto(3)

    def test_none_in_a_constructor_leaves_unset(self):
        assert ConfigProto(allow_soft_placement=None, device_filters=None) == ConfigProto()


class TestEnums:
    def test_values(self):
        assert (OptimizerOptions.ON_1, OptimizerOptions.L0, OptimizerOptions.Level.L0) == (1, -1, -1)
        assert OptimizerOptions.GlobalJitLevel.Value("ON_1") == 1
        assert OptimizerOptions.GlobalJitLevel.Name(1) == "ON_1"
        assert OptimizerOptions.Level.items() == [("L1", 0), ("L0", -1)]
        assert OptimizerOptions.Level.keys() == ["L1", "L0"]
        assert (RunOptions.NO_TRACE, RunOptions.SOFTWARE_TRACE, RunOptions.HARDWARE_TRACE, RunOptions.FULL_TRACE) == (
            0,
            1,
            2,
            3,
        )
        assert config.RewriterConfig.AGGRESSIVE == 3

    def test_no_such_value(self):
        with pytest.raises(ValueError, match="Enum Level has no value defined for name 'X'"):
            OptimizerOptions.Level.Value("X")
        with pytest.raises(ValueError, match="Enum Level has no name defined for value 77"):
            OptimizerOptions.Level.Name(77)
        with pytest.raises(AttributeError):
            OptimizerOptions.Level.L2

    def test_assignment(self):
        options = OptimizerOptions(global_jit_level="ON_1", opt_level=-1)
        assert str(options) == "opt_level: L0\nglobal_jit_level: ON_1\n"
        options.global_jit_level = 77
        assert "global_jit_level: 77\n" in str(options)
        with pytest.raises(TypeError, match="'ON_1' has type str, but expected one of: int"):
            options.global_jit_level = "ON_1"

    def test_data_type(self):
        assert str(AttrValue(type=101)) == "type: DT_FLOAT_REF\n"
        assert protos.DataType.Value("DT_HALF") == 19
        assert len(protos.DataType.keys()) == 47


class TestNested:
    def test_presence(self):
        c = ConfigProto()
        assert not c.HasField("gpu_options")
        assert c.gpu_options.allow_growth is False
        assert c.gpu_options is c.gpu_options
        assert not c.HasField("gpu_options")
        c.gpu_options.allow_growth = False
        assert c.HasField("gpu_options")
        assert str(c) == "gpu_options {\n}\n"

    @pytest.mark.parametrize(
        "touch",
        [
            lambda c: c.gpu_options.SetInParent(),
            lambda c: c.gpu_options.CopyFrom(GPUOptions()),
            lambda c: c.gpu_options.experimental.virtual_devices.add(),
            lambda c: c.MergeFrom(ConfigProto(gpu_options=GPUOptions())),
        ],
    )
    def test_what_makes_it_present(self, touch):
        c = ConfigProto()
        touch(c)
        assert c.HasField("gpu_options")

    def test_has_field_errors(self):
        c = ConfigProto()
        for name, text in [
            (
                "allow_soft_placement",
                'Can\'t test non-optional, non-submessage field "ConfigProto.allow_soft_placement"',
            ),
            ("device_filters", 'Protocol message ConfigProto has no singular "device_filters" field.'),
            ("foo", "Protocol message ConfigProto has no field foo."),
        ]:
            with pytest.raises(ValueError, match=text):
                c.HasField(name)

    def test_constructor_copies(self):
        options = GPUOptions(allow_growth=True)
        c = ConfigProto(gpu_options=options)
        options.allow_growth = False
        assert c.gpu_options.allow_growth
        assert ConfigProto(gpu_options={"allow_growth": True}) == c
        with pytest.raises(TypeError, match=r"must be instance of same class: expected tensorflow.GPUOptions got int"):
            ConfigProto(gpu_options=3)

    @pytest.mark.parametrize("clear", [lambda c: c.ClearField("gpu_options"), lambda c: c.Clear()])
    def test_clearing_detaches(self, clear):
        c = ConfigProto(gpu_options=GPUOptions(allow_growth=True))
        options = c.gpu_options
        clear(c)
        options.force_gpu_compatible = True
        assert str(c) == ""
        assert c == ConfigProto()

    def test_clear_field_errors(self):
        with pytest.raises(ValueError, match=r'Protocol message has no "foo" field.'):
            ConfigProto().ClearField("foo")

    def test_deep_text(self):
        c = ConfigProto()
        c.graph_options.rewrite_options.constant_folding = config.RewriterConfig.OFF
        c.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1.5, 2])
        c.cluster_def.job.add(name="w").tasks[0] = "h:1"
        assert str(c) == (
            "gpu_options {\n  experimental {\n    virtual_devices {\n      memory_limit_mb: 1.5\n"
            "      memory_limit_mb: 2.0\n    }\n  }\n}\n"
            "graph_options {\n  rewrite_options {\n    constant_folding: OFF\n  }\n}\n"
            'cluster_def {\n  job {\n    name: "w"\n    tasks {\n      key: 0\n      value: "h:1"\n    }\n  }\n}\n'
        )


class TestWholeMessages:
    def test_merge_and_copy(self):
        c = ConfigProto(device_filters=["a"], intra_op_parallelism_threads=1)
        c.MergeFrom(ConfigProto(device_filters=["b"], allow_soft_placement=True, device_count={"CPU": 2}))
        assert list(c.device_filters) == ["a", "b"]
        assert c.allow_soft_placement
        copied = ConfigProto(log_device_placement=True)
        copied.CopyFrom(c)
        assert copied == c
        assert not copied.log_device_placement
        copied.device_count["CPU"] = 3
        assert c.device_count["CPU"] == 2

    @pytest.mark.parametrize("method", ["MergeFrom", "CopyFrom"])
    @pytest.mark.parametrize(("other", "got"), [(3, "int"), (GPUOptions(), "tensorflow.GPUOptions")])
    def test_only_the_same_class(self, method, other, got):
        text = rf"Parameter to {method}\(\) must be instance of same class: expected tensorflow.ConfigProto got {got}\."
        with pytest.raises(TypeError, match=text):
            getattr(ConfigProto(), method)(other)

    def test_equality(self):
        c = ConfigProto(device_filters=["a"])
        assert c == ConfigProto(device_filters=["a"])
        assert c != ConfigProto()
        assert c != 3
        assert c != None  # noqa: E711
        with pytest.raises(TypeError, match="unhashable"):
            hash(c)

    def test_list_fields(self):
        fields = ConfigProto(gpu_options=GPUOptions(allow_growth=True), intra_op_parallelism_threads=2).ListFields()
        assert [(field.name, field.number) for field, _ in fields] == [
            ("intra_op_parallelism_threads", 2),
            ("gpu_options", 6),
        ]
        assert fields[0][1] == 2

    @pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
    def test_clones(self, clone):
        g = GraphDef()
        g.node.add(name="a", op="B", input=["x"], attr={"k": AttrValue(b=True)})
        g.node[0].attr["l"].list.i.extend([1, 2])
        g.versions.producer = 5
        h = clone(g)
        assert h == g
        h.node[0].name = "q"
        h.node[0].attr["k"].b = False
        assert g.node[0].name == "a"
        assert g.node[0].attr["k"].b

    def test_field_numbers(self):
        assert GPUOptions.ALLOW_GROWTH_FIELD_NUMBER == 4
        assert AttrValue.LIST_FIELD_NUMBER == 1
        assert protos.OpDefProto.FULL_NAME == "tensorflow.OpDef"
        assert protos.OpDefProto.ArgDef.FULL_NAME == "tensorflow.OpDef.ArgDef"

    def test_every_message_can_be_made_whole(self):
        """Each field of each class can be set, shown and copied."""

        def fill(cls, depth):
            made = cls()
            for field in cls.FIELDS.values():
                value = {"string": "s", "bytes": b"s", "bool": True, "float": 0.5, "double": 0.5}.get(field.kind, 1)
                if field.kind == "message":
                    value = fill(field.message_type, depth - 1) if depth else field.message_type()
                if hasattr(field, "key"):
                    value = {field.key.check("1" if field.key.kind == "string" else 1): value}
                elif field.repeated:
                    value = [value, value]
                field.initialize(made, value)
            return made

        classes = [v for module in (config, protos) for v in vars(module).values() if isinstance(v, type)]
        for cls in classes:
            if issubclass(cls, message.Message) and cls is not message.Message:
                made = fill(cls, 2)
                assert copy.copy(made) == made
                for field, _ in made.ListFields():
                    assert f"{field.name}" in str(made)


class TestRepeated:
    def test_scalars(self):
        names = NodeDef(name="a").input
        names.extend("abc")
        assert (names[:], names[1:], names.pop(), names.remove("a"), list(names)) == (
            ["a", "b", "c"],
            ["b", "c"],
            "c",
            None,
            ["b"],
        )
        names.insert(0, "q")
        names[1] = "z"
        del names[0]
        assert names == ["z"]
        names[:] = ["x", "y"]
        names.extend(None)
        assert repr(names) == "['x', 'y']"
        with pytest.raises(TypeError, match="1 has type int, but expected one of: bytes, unicode"):
            names.append(1)

    def test_messages(self):
        g = GraphDef()
        node = NodeDef(name="a")
        g.node.extend([node, NodeDef(name="b")])
        node.name = "changed"
        assert [n.name for n in g.node] == ["a", "b"]
        assert (g.node[-1].name, [n.name for n in g.node[:1]], g.node.pop().name, len(g.node)) == ("b", ["a"], "b", 1)
        g.node.remove(g.node[0])
        assert len(g.node) == 0
        with pytest.raises(IndexError, match=r"list index \(0\) out of range"):
            g.node[0]
        with pytest.raises(TypeError, match=r"expected tensorflow.NodeDef got int"):
            g.node.append(3)
        with pytest.raises(ValueError, match='Protocol message NodeDef has no "foo" field'):
            g.node.add(foo=1)

    def test_step_stats(self):
        m = RunMetadata()
        assert (len(m.partition_graphs), repr(m.partition_graphs)) == (0, "[]")
        m.step_stats.dev_stats.add(device="d").node_stats.add(node_name="n", all_start_micros=7)
        assert m.HasField("step_stats")
        assert m.step_stats.dev_stats[0].node_stats[0].all_start_micros == 7


class TestMaps:
    def test_scalars(self):
        c = ConfigProto(device_count={"GPU": 0, "CPU": 2})
        assert dict(c.device_count) == {"CPU": 2, "GPU": 0}
        assert str(c) == ('device_count {\n  key: "CPU"\n  value: 2\n}\ndevice_count {\n  key: "GPU"\n  value: 0\n}\n')
        assert (c.device_count.get("X"), c.device_count.get("X", 3), "X" in c.device_count) == (None, 3, False)
        assert c.device_count["X"] == 0
        assert "X" in c.device_count
        with pytest.raises(TypeError, match="'a' has type str, but expected one of: int"):
            c.device_count["X"] = "a"
        with pytest.raises(TypeError, match="1 has type int, but expected one of: bytes, unicode"):
            c.device_count[1] = 1

    def test_messages(self):
        n = NodeDef()
        n.attr["T"].type = 1
        n.attr["s"].s = b"a"
        assert str(n) == (
            'attr {\n  key: "T"\n  value {\n    type: DT_FLOAT\n  }\n}\n'
            'attr {\n  key: "s"\n  value {\n    s: "a"\n  }\n}\n'
        )
        assert ("T" in n.attr, sorted(n.attr), n.attr.get("x"), len(n.attr)) == (True, ["T", "s"], None, 2)
        with pytest.raises(ValueError, match="Direct assignment of submessage not allowed"):
            n.attr["T"] = AttrValue(i=1)
        n.attr["T"].CopyFrom(AttrValue(i=1))
        assert n.attr["T"] == AttrValue(i=1)
        del n.attr["T"]
        assert sorted(n.attr) == ["s"]


class TestOneof:
    def test_the_last_one_counts(self):
        a = AttrValue()
        assert a.WhichOneof("value") is None
        a.i = 0
        assert (a.WhichOneof("value"), a.HasField("i"), str(a)) == ("i", True, "i: 0\n")
        a.f = 2.5
        assert (a.WhichOneof("value"), a.i, str(a)) == ("f", 0, "f: 2.5\n")
        a.list.i.extend([1, 2])
        assert (a.WhichOneof("value"), a.f) == ("list", 0.0)
        a.b = True
        assert (a.WhichOneof("value"), len(a.list.i)) == ("b", 0)

    def test_reading_chooses_nothing(self):
        a = AttrValue()
        assert len(a.list.s) == 0
        assert a.WhichOneof("value") is None
        a.list.SetInParent()
        assert (a.WhichOneof("value"), str(a)) == ("list", "list {\n}\n")

    def test_clearing_by_the_name_of_the_oneof(self):
        a = AttrValue(func=NameAttrList(name="f"))
        assert a.HasField("func")
        a.ClearField("value")
        assert str(a) == ""

    def test_no_such_oneof(self):
        with pytest.raises(ValueError, match=r'Protocol message has no oneof "foo" field.'):
            AttrValue().WhichOneof("foo")


def test_escapes():
    assert str(AttrValue(s=b"a\n\"'\\\xff\x00\xc3\xa9")) == 's: "a\\n\\"\\\'\\\\\\377\\000\\303\\251"\n'
    assert str(NodeDef(name="é\t")) == 'name: "\\303\\251\\t"\n'


@pytest.mark.parametrize(
    "use",
    [
        lambda g: g.SerializeToString(),
        lambda g: g.ParseFromString(b""),
        lambda g: g.ByteSize(),
        lambda g: GraphDef.FromString(b""),
    ],
)
def test_the_wire_format_is_interops(use, plugins, monkeypatch):
    monkeypatch.setattr(message, "_codec", [])
    with pytest.raises(ImportError, match="pip install tangraph-interop"):
        use(GraphDef())


def test_an_installed_codec_is_used(monkeypatch):
    class Codec:
        def serialize(self, given):
            return given.library.function[0].signature.name.encode()

        def merge(self, given, data):
            given.library.function.add().signature.name = data.decode()

    monkeypatch.setattr(message, "_codec", [])
    message.set_codec(Codec())
    g = GraphDef.FromString(b"name")
    assert g.SerializeToString() == b"name"
    assert g.ByteSize() == 4
    assert g.ParseFromString(b"other") == 5
    assert len(g.library.function) == 1
    with pytest.raises(TypeError, match="a bytes-like object is required, not 'str'"):
        g.MergeFromString("a")
