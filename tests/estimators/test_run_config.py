"""RunConfig: what TF_CONFIG makes of it. `run_configs.json` holds what TensorFlow 1.15.5 made of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tangraph as tf

KINDS = {
    "estimator": tf.estimator.RunConfig,
    "learn": tf.contrib.learn.RunConfig,
    "tpu": tf.contrib.tpu.RunConfig,
}
RECORDED = json.loads((Path(__file__).parent / "run_configs.json").read_text(encoding="utf-8"))
#: What is recorded under another name than its field.
NAMES = {"id": "global_id_in_cluster"}


@pytest.mark.parametrize(("environment", "kind", "expected"), RECORDED)
def test_task(monkeypatch, environment, kind, expected):
    monkeypatch.setenv("TF_CONFIG", json.dumps(environment))
    if isinstance(expected, str):
        error, _, text = expected.partition(" ")
        with pytest.raises((TypeError, ValueError)) as raised:
            KINDS[kind]()
        assert type(raised.value).__name__ == error
        assert str(raised.value).startswith(text)
        return
    config = KINDS[kind]()
    filters = expected.pop("filters")
    assert {name: getattr(config, NAMES.get(name, name)) for name in expected} == expected
    assert (list(config.session_config.device_filters) if config.session_config else None) == filters


def test_the_one_that_is_set_last_counts():
    config = tf.estimator.RunConfig(save_checkpoints_steps=5).replace(save_checkpoints_secs=3)
    assert (config.save_checkpoints_steps, config.save_checkpoints_secs) == (None, 3)
    assert config.replace(save_checkpoints_steps=7).save_checkpoints_secs is None


def test_a_copy_is_another_one():
    config = tf.estimator.RunConfig(tf_random_seed=1)
    assert config.replace(tf_random_seed=2).tf_random_seed == 2
    assert config.tf_random_seed == 1


def test_there_are_no_strategies():
    with pytest.raises(NotImplementedError, match="no distribution strategies"):
        tf.estimator.RunConfig(train_distribute=object())


def test_tpu_config_stays_in_a_copy():
    config = tf.contrib.tpu.RunConfig(tpu_config=tf.contrib.tpu.TPUConfig(7))
    assert config.replace(model_dir="x").tpu_config.iterations_per_loop == 7
    assert config.replace(tpu_config=tf.contrib.tpu.TPUConfig("2h")).tpu_config.iterations_per_loop == "2h"
