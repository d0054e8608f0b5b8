"""SyncReplicasOptimizer with one worker: TensorFlow 1.15.5's graph (recorded in the JSON file), numbers and errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

NODES = json.loads(Path(__file__).with_name("sync_replicas_graph.json").read_text(encoding="utf-8"))
LOSSES = [6.02472, 4.49441, 2.8873, 1.21948, 0.34807, 2.15547]
W = [0.5282886028289795, -1.2312109470367432, -0.7436838150024414]


def model():
    tf.set_random_seed(5)
    step = tf.train.get_or_create_global_step()
    rows, w = tf.get_variable("emb", [4, 3]), tf.get_variable("w", [3, 1])
    tf.get_variable("u", [1])
    y = tf.matmul(tf.nn.embedding_lookup(rows, [0, 2, 2]), w)
    return step, [rows, w], tf.reduce_mean(tf.square(y - [[1.0], [2.0], [3.0]]))


def test_training_with_one_worker():
    step, variables, loss = model()
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.MomentumOptimizer(0.1, 0.9), 1)
    train = optimizer.minimize(loss, global_step=step, var_list=variables)
    # Without tokens to begin with, a step ends when its gradients have been applied.
    optimizer.get_init_tokens_op(0)
    nodes = [
        " ".join([op.name, op.type, *(x.name for x in op.inputs), *sorted(f"^{c.name}" for c in op.control_inputs)])
        for op in tf.get_default_graph().get_operations()
    ]
    assert nodes == NODES
    losses = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(tf.local_variables_initializer())
        session.run(optimizer.chief_init_op)
        coordinator = tf.train.Coordinator()
        threads = optimizer.get_chief_queue_runner().create_threads(session, coordinator, daemon=True, start=True)
        for _ in LOSSES:
            losses.append(session.run(loss))
            session.run(train)
        np.testing.assert_allclose(losses, LOSSES, atol=2e-5)
        np.testing.assert_allclose(session.run(variables[1]).ravel(), W, rtol=1e-5)
        assert session.run(step) == 6
    # The chief's thread waited for gradients when the session was closed.
    with pytest.raises(tf.errors.CancelledError):
        coordinator.join(threads)
    assert optimizer.get_slot_names() == ["momentum"]
    assert [v.op.name for v in optimizer.variables()] == ["emb/Momentum", "w/Momentum"]


def test_two_workers_make_a_step_together():
    step = tf.train.get_or_create_global_step()
    v, x = tf.Variable(0.0, name="v"), tf.placeholder(tf.float32, [])
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(1.0), 2)
    train = optimizer.minimize(v * x, global_step=step)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        session.run(optimizer.chief_init_op)
        coordinator = tf.train.Coordinator()
        optimizer.get_chief_queue_runner().create_threads(session, coordinator, daemon=True, start=True)
        options = tf.RunOptions(timeout_in_ms=20000)
        other = tf.train.LooperThread.loop(tf.train.Coordinator(), None, session.run, (train, {x: 1.0}, options))
        session.run(train, {x: 3.0}, options=options)
        other._coord.request_stop()
        assert session.run([v, step])[0] == -2.0
        coordinator.request_stop()


def test_the_hook():
    step, variables, loss = model()
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.1), 1)
    hook = optimizer.make_session_run_hook(is_chief=True, num_tokens=0)
    assert isinstance(hook, tf.train.SessionRunHook)
    with pytest.raises(ValueError, match="should be called before using the hook"):
        hook.begin()
    train = optimizer.minimize(loss, global_step=step, var_list=variables)
    hook.begin()
    with tf.Session() as session:
        coordinator = tf.train.Coordinator()
        session.run(tf.local_variables_initializer())
        with pytest.raises(RuntimeError, match="Init operations did not make model ready .* emb, w, u"):
            hook.after_create_session(session, coordinator)
        session.run(tf.global_variables_initializer())
        hook.after_create_session(session, coordinator)
        session.run(train, options=tf.RunOptions(timeout_in_ms=20000))
        assert session.run(step) == 1
        coordinator.request_stop()


def test_bad_use():
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.1), 3, total_num_replicas=1)
    v = tf.Variable(1.0)
    step = tf.train.get_or_create_global_step()
    cases = [
        (lambda: optimizer.get_chief_queue_runner(), "Should be called after apply_gradients"),
        (lambda: optimizer.get_init_tokens_op(), "should be called after apply_gradients"),
        (lambda: optimizer.apply_gradients([]), "Must supply at least one variable"),
        (lambda: optimizer.apply_gradients([(v, v)]), "Global step is required to check staleness"),
        (lambda: optimizer.apply_gradients([(3, v)], step), "Unknown grad type!"),
    ]
    for call, text in cases:
        with pytest.raises(ValueError, match=text):
            call()
    optimizer.apply_gradients([(tf.constant(1.0), v)], step)
    with pytest.raises(ValueError, match=r"Too few tokens to finish the first step: 1 \(given\) vs 2 \(needed\)"):
        optimizer.get_init_tokens_op(1)
