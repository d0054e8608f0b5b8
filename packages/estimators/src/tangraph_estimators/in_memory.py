"""InMemoryEvaluatorHook: evaluations during training, without checkpoints."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators import checks, evaluating


@export("estimator.experimental.InMemoryEvaluatorHook", "contrib.estimator.InMemoryEvaluatorHook")
class InMemoryEvaluatorHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Evaluates the model while it is trained, with the values that its variables have.

    Args:
      estimator: the estimator; of one process.
      input_fn: the data; see `Estimator.evaluate`.
      steps: the number of batches; None for the whole input.
      hooks: hooks of the evaluations.
      name: tells the results of several evaluations from each other.
      every_n_iter: the training steps between two evaluations.

    Raises:
      ValueError: `every_n_iter` is not positive, or there are several processes.
    """

    def __init__(
        self,
        estimator: Any,
        input_fn: Any,
        steps: int | None = None,
        hooks: Any = None,
        name: str | None = None,
        every_n_iter: int = 100,
    ) -> None:
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if estimator.config.num_ps_replicas > 0 or estimator.config.num_worker_replicas > 1:
            raise ValueError("InMemoryEvaluator supports only single machine (aka Local) setting.")
        self._estimator = estimator
        self._input_fn = input_fn
        self._folder = estimator.eval_dir(name)
        self._hooks = checks.checked_hooks(hooks)
        self._hooks.extend(estimator._convert_eval_steps_to_hooks(steps))
        self._timer = tf.train.SecondOrStepTimer(every_steps=every_n_iter)
        self._iteration = 0
        self._graph: Any = None
        self._built: Any = None
        self._placeholders: dict[str, Any] = {}
        self._trained: dict[str, Any] = {}
        self._feed_op: Any = None

    def begin(self) -> None:
        """Builds the graph of the evaluations.

        Raises:
          ValueError: the model brings a Saver or an `init_fn`.
        """
        self._timer.reset()
        self._iteration = 0
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._built = self._estimator._evaluate_build_graph(self._input_fn, self._hooks, checkpoint_path=None)
            scaffold = self._built[0]
            if scaffold.saver is not None:
                raise ValueError("InMemoryEvaluator does not support custom saver")
            if scaffold.init_fn is not None:
                raise ValueError("InMemoryEvaluator does not support custom init_fn")
            self._placeholders = {v.name: tf.placeholder(v.dtype.base_dtype) for v in tf.global_variables()}

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Evaluates the initial values.

        Raises:
          ValueError: the graph of training has more to save than variables.
        """
        if tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS):
            raise ValueError("InMemoryEvaluator does not support saveables other than global variables.")
        self._trained = {v.name: v for v in tf.global_variables() if v.name in self._placeholders}
        with self._graph.as_default():
            assigned = [
                tf.assign(variable, self._placeholders[variable.name])
                for variable in tf.global_variables()
                if variable.name in self._trained
            ]
            self._feed_op = tf.group(assigned)
        self._evaluate(session)

    def _evaluate(self, session: Any) -> None:
        values = session.run(self._trained)
        feed = {self._placeholders[name]: value for name, value in values.items()}
        scaffold, update_op, metrics, hooks = self._built
        with self._graph.as_default():
            filled = tf.train.Scaffold(
                init_fn=lambda _, session: session.run(self._feed_op, feed_dict=feed), copy_from_scaffold=scaffold
            )
            config = self._estimator.config
            evaluating.evaluate(config, None, filled, update_op, metrics, hooks, self._folder)
        self._timer.update_last_triggered_step(self._iteration)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Evaluates when it is time."""
        self._iteration += 1
        if self._timer.should_trigger_for_step(self._iteration):
            self._evaluate(run_context.session)

    def end(self, session: Any) -> None:
        """Evaluates once more."""
        self._evaluate(session)
