"""Device strings against TensorFlow 1.15.5."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tangraph.framework.device import DeviceSpec, applier, canonical, check_valid, is_device_spec, merge_device


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("/job:ps/replica:0/task:1/device:GPU:2", "/job:ps/replica:0/task:1/device:GPU:2"),
        ("/cpu:0", "/device:CPU:0"),
        ("/gpu:1", "/device:GPU:1"),
        ("/CPU", "/device:CPU:*"),
        ("/gpu:*", "/device:GPU:*"),
        ("/device:gpu:0", "/device:GPU:0"),
        ("/device:CPU:*", "/device:CPU:*"),
        ("/device:XLA_CPU:0", "/device:XLA_CPU:0"),
        ("cpu:0", "/device:CPU:0"),
        ("/cpu:0/", "/device:CPU:0"),
        ("/job:a/job:b", "/job:b"),
        ("/job:", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_canonical(spec, text):
    assert canonical(spec) == DeviceSpec.from_string(spec).to_string() == text
    assert canonical(text) == text


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("/foo:0", "Unknown attribute: 'foo' in '/foo:0'"),
        ("foo", "Unknown attribute: 'foo' in 'foo'"),
        ("/tpu:0", "Unknown attribute: 'tpu' in '/tpu:0'"),
        ("/device:cpu", "Unknown attribute: 'device' in '/device:cpu'"),
        ("/device:CPU:0:1", "Unknown attribute: 'device' in '/device:CPU:0:1'"),
        ("/cpu:0:1", "Unknown attribute: 'cpu' in '/cpu:0:1'"),
        ("/job:ps/foo:1/cpu:0", "Unknown attribute: 'foo' in '/job:ps/foo:1/cpu:0'"),
        ("/cpu:0/gpu:0", "Cannot specify multiple device types: /cpu:0/gpu:0"),
        ("/device:CPU:0/gpu:0", "Cannot specify multiple device types: /device:CPU:0/gpu:0"),
        ("/cpu:a", r"invalid literal for int\(\) with base 10: 'a'"),
        ("/task:a", r"invalid literal for int\(\) with base 10: 'a'"),
    ],
)
def test_bad_string(spec, text):
    with pytest.raises(ValueError, match=f"^{text}$"):
        canonical(spec)
    with pytest.raises(ValueError, match=f"^{text}$"):
        check_valid(spec)


def test_neither_string_nor_spec():
    with pytest.raises(TypeError, match="Received: 3"):
        canonical(3)


def test_fields():
    spec = DeviceSpec.from_string("/job:ps/cpu:0")
    assert (spec.job, spec.replica, spec.task, spec.device_type, spec.device_index) == ("ps", None, None, "CPU", 0)
    spec = DeviceSpec(job=1, task="3", device_type="gpu")
    assert (spec.job, spec.task, spec.device_type, spec.to_string()) == ("1", 3, "GPU", "/job:1/task:3/device:GPU:*")
    assert DeviceSpec(device_index=1).to_string() == ""
    with pytest.raises(ValueError, match="invalid literal"):
        DeviceSpec(task="a")


def test_fields_can_be_set():
    spec = DeviceSpec(job="a")
    spec.job, spec.replica, spec.task, spec.device_type, spec.device_index = "b", 2, 3, "gpu", 1
    assert spec.to_string() == "/job:b/replica:2/task:3/device:GPU:1"
    assert spec.parse_from_string("/gpu:1") is spec
    assert spec.to_string() == "/device:GPU:1"


def test_equality():
    assert DeviceSpec(job="a") == DeviceSpec.from_string("/job:a")
    assert DeviceSpec(job="a") != DeviceSpec(job="b")
    assert DeviceSpec(job="a") != "/job:a"
    assert len({DeviceSpec(job="a"), DeviceSpec(job="a")}) == 1
    assert is_device_spec(DeviceSpec())
    assert not is_device_spec("/job:a")


@pytest.mark.parametrize(
    ("outer", "inner", "merged"),
    [
        ("/job:ps/task:1", "/task:2/cpu:0", "/job:ps/task:2/device:CPU:0"),
        ("/gpu:1", "/device:CPU:0", "/device:CPU:0"),
        ("/gpu:1", "/cpu", "/device:CPU:1"),
        ("/gpu:1", "", "/device:GPU:1"),
    ],
)
def test_merging(outer, inner, merged):
    spec, other = DeviceSpec.from_string(outer), DeviceSpec.from_string(inner)
    assert spec.make_merged_spec(other).to_string() == merged
    assert spec.to_string() == canonical(outer)
    spec.merge_from(other)
    assert spec.to_string() == merged
    assert merge_device(outer)(SimpleNamespace(device=inner)).to_string() == merged


def test_replace():
    assert DeviceSpec.from_string("/gpu:1").replace(job="x", task=2).to_string() == "/job:x/task:2/device:GPU:1"


def to_gpu(op):
    return "/gpu:1"


# From the outermost to the innermost tf.device block, and what TensorFlow's op.device says inside.
@pytest.mark.parametrize(
    ("blocks", "device"),
    [
        (["/cpu:0"], "/device:CPU:0"),
        (["/job:ps", "/cpu:0"], "/job:ps/device:CPU:0"),
        (["/cpu:0", "/gpu:1"], "/device:GPU:1"),
        (["/gpu:1", None], ""),
        (["/gpu:1", ""], "/device:GPU:1"),
        (["/job:a/task:1", "/task:2"], "/job:a/task:2"),
        (["/cpu:0", DeviceSpec(job="x")], "/job:x/device:CPU:0"),
        ([to_gpu], "/gpu:1"),
        ([to_gpu, "/cpu:0"], "/gpu:1"),
        (["/job:a", to_gpu], "/job:a/device:GPU:1"),
        (["/cpu:0", to_gpu, None], ""),
        (["/job:q", lambda op: op.device], "/job:q"),
        ([merge_device("/gpu:1"), "/cpu:0"], "/device:CPU:0"),
        (["/job:b/cpu:0", merge_device("/gpu:1")], "/job:b/device:GPU:1"),
        ([lambda op: "foo"], "foo"),
    ],
)
def test_nested_blocks(blocks, device):
    class Op:
        _device = ""

        @property
        def device(self):
            return self._device

    op = Op()
    for function in reversed([applier(block) for block in blocks]):
        if function is None:
            break
        function(op)
    assert op.device == device


def test_a_device_function_must_return_a_string():
    function = applier(lambda op: None)
    with pytest.raises(TypeError, match="Expected binary or unicode string, got None"):
        function(SimpleNamespace(device=""))


def test_a_bad_block_is_refused_at_once():
    with pytest.raises(ValueError, match="Unknown attribute: 'foo' in '/foo:0'"):
        applier("/foo:0")
