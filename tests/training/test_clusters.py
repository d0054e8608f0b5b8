"""ClusterSpec, Server and replica_device_setter."""

from __future__ import annotations

import gc
import threading

import pytest

import tangraph as tf

Spec = tf.train.ClusterSpec


def test_cluster_spec():
    spec = Spec({"a": ["x:1", "y:2"], "b": {3: "z:1", 5: "w:2"}, "c": []})
    assert spec.as_dict() == {"a": ["x:1", "y:2"], "b": {3: "z:1", 5: "w:2"}, "c": {}}
    assert str(spec) == "ClusterSpec({'a': ['x:1', 'y:2'], 'b': {3: 'z:1', 5: 'w:2'}, 'c': {}})"
    assert spec.jobs == ["a", "b", "c"]
    assert spec.job_tasks("b") == [None, None, None, "z:1", None, "w:2"]
    assert spec.task_indices("b") == [3, 5]
    assert spec.num_tasks("a") == 2
    assert spec.task_address("a", 1) == "y:2"
    assert [(job.name, dict(job.tasks.items())) for job in spec.as_cluster_def().job] == [
        ("a", {0: "x:1", 1: "y:2"}),
        ("b", {3: "z:1", 5: "w:2"}),
        ("c", {}),
    ]
    for same in (Spec(spec), Spec(spec.as_cluster_def())):
        assert same == spec
        assert same.as_cluster_def() == spec.as_cluster_def()
    assert Spec({}) != spec
    assert not Spec({})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Spec(3), TypeError, "`cluster` must be a dictionary mapping one or more job names to lists"),
        (lambda: Spec({"a": "x"}), TypeError, "The tasks for job 'a' must be a list or a dictionary"),
        (lambda: Spec({"a": [3]}), TypeError, "Task address 3 must be bytes or unicode"),
        (lambda: Spec({3: ["x"]}), TypeError, "Job name 3 must be bytes or unicode"),
        (lambda: Spec({}).num_tasks("q"), ValueError, "No such job in cluster: 'q'"),
        (lambda: Spec({"a": ["x"]}).task_address("a", 4), ValueError, "No task with index 4 in job 'a'"),
        (lambda: tf.train.Server(3), TypeError, "Could not convert `server_or_cluster_def`"),
        (lambda: tf.train.Server({"a": ["x:0"], "b": ["y:0"]}), ValueError, "Must specify an explicit `job_name`"),
        (lambda: tf.train.Server({"a": ["x:0", "y:0"]}), ValueError, "Must specify an explicit `task_index`"),
        (lambda: tf.train.Server({"a": ["x:0"]}, job_name="q"), ValueError, "No such job in cluster: 'q'"),
        (
            lambda: tf.train.Server({"a": ["x:0"]}, task_index=4),
            tf.errors.InvalidArgumentError,
            'Task 4 was not defined in job "a"',
        ),
        (
            lambda: tf.train.Server({"a": ["x:0"]}, protocol="p"),
            tf.errors.NotFoundError,
            "No server factory registered for the given ServerDef",
        ),
        (lambda: tf.Session("foo"), tf.errors.NotFoundError, 'No session factory registered .*target: "foo"'),
        (
            lambda: tf.Session("grpc://elsewhere:2222"),
            tf.errors.UnimplementedError,
            "target must be that of a tf.train.Server in it. Received: 'grpc://elsewhere:2222'",
        ),
    ],
)
def test_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_sessions_of_a_server_share_their_variables():
    server = tf.train.Server.create_local_server()
    other = tf.train.Server.create_local_server()
    assert server.target.startswith("grpc://localhost:")
    assert (server.server_def.job_name, server.server_def.task_index, server.server_def.protocol) == (
        "local",
        0,
        "grpc",
    )
    with tf.device("/job:local/task:0"):
        variable = tf.Variable(1.0)
        more = variable.assign_add(1.0)
        numbers = tf.random_uniform([2], seed=1)
    with tf.Session(server.target) as session:
        session.run(variable.initializer)
        assert session.run(more) == 2.0
        assert session.list_devices()[0].name == "/job:local/replica:0/task:0/device:CPU:0"
        first = session.run(numbers).tolist()
    with tf.Session(server.target) as session:
        assert session.run(more) == 3.0
        assert session.run(numbers).tolist() == first  # every session counts its random numbers from the beginning
    with tf.Session(other.target) as session, pytest.raises(tf.errors.FailedPreconditionError):
        session.run(more)
    tf.Session.reset(server.target)
    with tf.Session(server.target) as session, pytest.raises(tf.errors.FailedPreconditionError):
        session.run(more)
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="/job:localhost/replica:0/task:0"),
    ):
        session.run(more)
    target = server.target
    del server
    gc.collect()
    with tf.Session(target) as session:  # TensorFlow's servers cannot be stopped, and live on without their object
        session.run(variable.initializer)
        assert session.run(more) == 2.0


def test_a_cluster_in_one_process():
    cluster = {"ps": ["localhost:21222"], "worker": ["localhost:21223", "localhost:21224"]}
    chief = tf.train.Server(cluster, "worker", 0)
    for call in (lambda: tf.Session(chief.target), chief.join):
        with pytest.raises(
            tf.errors.UnimplementedError, match="/job:ps/replica:0/task:0, /job:worker/replica:0/task:1"
        ):
            call()
    given = tf.train.ServerDef(cluster=Spec(cluster).as_cluster_def(), job_name="worker", protocol="grpc")
    servers = [tf.train.Server(cluster, "ps"), tf.train.Server(given, task_index=1)]
    with pytest.raises(tf.errors.UnknownError, match="Could not start gRPC server"):
        tf.train.Server(cluster, "ps")
    with tf.device(tf.train.replica_device_setter(cluster=cluster)):
        step = tf.train.get_or_create_global_step()
        more = tf.assign_add(step, 1, use_locking=True)
    scaffold = tf.train.Scaffold().finalize()
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold, chief.target)) as session:

        def work():
            with tf.Graph().as_default(), tf.Session(servers[1].target, graph=step.graph) as worker:
                for _ in range(50):
                    worker.run(more)

        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(50):
            session.run(more)
        thread.join()
        assert session.run(step) == 100


def test_device_setter():
    assert tf.train.replica_device_setter() is None
    assert tf.train.replica_device_setter(cluster={"worker": ["a"]}) is None
    with pytest.raises(TypeError, match="ps_strategy must be callable"):
        tf.train.replica_device_setter(ps_tasks=1, ps_strategy=3)
    with tf.device(tf.train.replica_device_setter(cluster={"ps": ["a", "b"], "worker": ["c"]})):
        v = tf.get_variable("v", [2])
        w = tf.get_variable("w", [2], use_resource=True)
        total = v + w
        with tf.device("/gpu:0"):
            on_gpu, of_gpu = total * 2.0, tf.get_variable("x", [2])
        with tf.device("/job:x/task:7"):
            elsewhere = tf.get_variable("y", [2])
    assert [node.device for node in (v, w, total, on_gpu, of_gpu, elsewhere)] == [
        "/job:ps/task:0",
        "/job:ps/task:1",
        "/job:worker",
        "/job:worker/device:GPU:0",
        "/job:ps/task:0/device:GPU:0",
        "/job:x/task:7",
    ]
    with tf.device(tf.train.replica_device_setter(ps_tasks=2, merge_devices=False)), tf.device("/cpu:0"):
        assert tf.get_variable("z", [2]).device == "/device:CPU:0"


def test_strategies():
    greedy = tf.contrib.training.GreedyLoadBalancingStrategy(2, tf.contrib.training.byte_size_load_fn)
    with tf.device(tf.train.replica_device_setter(ps_tasks=2, ps_strategy=greedy)):
        devices = [tf.get_variable(name, [size]).device for name, size in zip("abcd", (10, 1, 1, 20), strict=True)]
    assert [device[-1] for device in devices] == list("0111")
    # Recorded from TensorFlow 1.15.5.
    chosen = tf.contrib.training.RandomStrategy(3, seed=1)
    tf.reset_default_graph()
    variable = tf.Variable(1.0)
    assert [chosen(op) for op in variable.graph.get_operations()] == [1, 0, 1, 1]
    with pytest.raises(ValueError, match="must have a single output"):
        tf.contrib.training.byte_size_load_fn(tf.no_op())


def test_placement_in_a_cluster_names_its_tasks(capsys):
    spec = Spec({"ps": ["localhost:53391", "localhost:53392"], "worker": ["localhost:53393", "localhost:53394"]})
    for job in spec.jobs:
        for index in range(2):
            tf.train.Server(spec, job_name=job, task_index=index)
    with tf.Graph().as_default():
        with tf.device(tf.train.replica_device_setter(ps_tasks=2, ps_device="/job:ps", worker_device="/job:worker")):
            v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
            total = v + w
            with tf.device("/task:1"):
                twice = 2 * total
        tf.add(twice, 1.0, name="anywhere")
        tf.constant(1.0, name="alone")
        config = tf.ConfigProto(log_device_placement=True)
        metadata = tf.RunMetadata()
        with tf.Session("grpc://localhost:53394", config=config) as session:
            session.run(tf.global_variables_initializer())
            options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
            assert session.run(twice, options=options, run_metadata=metadata) == 6
    lines = [line.split(": ") for line in capsys.readouterr().out.splitlines()]
    found = {name: device.partition("/device")[0] for name, _, device in lines}
    first, second, add, mul = (
        f"/job:{job}/replica:0/task:{index}" for job, index in (("ps", 0), ("ps", 1), ("worker", 0), ("worker", 1))
    )
    assert found == {  # TensorFlow 1.15.5's
        **dict.fromkeys(["v", "v/Assign", "v/read"], first),
        **dict.fromkeys(["w", "w/Assign", "w/read"], second),
        **dict.fromkeys(["v/initial_value", "w/initial_value", "add"], add),
        **dict.fromkeys(["mul", "mul/x"], mul),
        **dict.fromkeys(["anywhere", "anywhere/y", "alone", "init", "init/NoOp"], first),
        "init/NoOp_1": second,
    }
    assert {d.device.partition("/device")[0] for d in metadata.step_stats.dev_stats} == {first, add, mul}
