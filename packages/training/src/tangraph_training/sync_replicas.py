"""SyncReplicasOptimizer: the gradients of several replicas are averaged before they are applied, once a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.scopes import colocate_with, control_dependencies, device, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.fill import fill
from tangraph.ops.array.identity import no_op
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.state.variable_base import Variable
from tangraph.ops.state.variable_ops import assign
from tangraph.ops.state.variables import global_variables, report_uninitialized_variables
from tangraph.plugin import export
from tangraph.util import tf_logging
from tangraph_training.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation


@export("train.SyncReplicasOptimizer")
class SyncReplicasOptimizer(Optimizer):
    """Wraps an optimizer so that replicas of a model make each step together.

    Every replica adds its gradients to accumulators and then waits for a token. A queue runner of the chief takes the
    averages when there are enough, applies them with the wrapped optimizer, and hands out tokens for the next step.
    Gradients that come too late for their step are dropped. The queues and accumulators are those of
    `tangraph-datasets`.

    Use :meth:`make_session_run_hook` with a MonitoredTrainingSession, which does the rest.

    Args:
      opt: the optimizer that applies the averages.
      replicas_to_aggregate: how many gradients make a step.
      total_num_replicas: how many replicas there are; `replicas_to_aggregate` when None. More are backups.
      variable_averages: an ExponentialMovingAverage that follows each step.
      variables_to_average: what it averages.
      use_locking: see :class:`Optimizer`.
      name: the name of the operations.
    """

    def __init__(
        self,
        opt: Optimizer,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: Any = None,
        variables_to_average: Any = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ) -> None:
        if total_num_replicas is None:
            total_num_replicas = replicas_to_aggregate
        super().__init__(use_locking, name)
        tf_logging.info(
            "SyncReplicasV2: replicas_to_aggregate=%s; total_num_replicas=%s", replicas_to_aggregate, total_num_replicas
        )
        self._opt = opt
        self._replicas_to_aggregate = replicas_to_aggregate
        self._total_num_replicas = total_num_replicas
        self._tokens_per_step = max(total_num_replicas, replicas_to_aggregate)
        self._variable_averages = variable_averages
        self._variables_to_average = variables_to_average
        self._gradients_applied = False
        self._global_step: Any = None
        self._local_step: Any = None
        self._sync_token_queue: Any = None
        self._chief_queue_runner: Any = None
        self._accumulator_list: list[tuple[Any, str]] = []
        self.chief_init_op: Any = None
        self.local_step_init_op: Any = None
        self.ready_for_local_init_op: Any = None

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Computes gradients with the wrapped optimizer."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Iterable[tuple[Any, Any]], global_step: Any = None, name: str | None = None
    ) -> Any:
        """Returns the operation that a replica runs for a step: it adds its gradients and waits for a token.

        Args:
          grads_and_vars: (gradient, variable) pairs.
          global_step: the variable that counts the steps, of this and of the wrapped optimizer.
          name: not used.

        Raises:
          ValueError: there are no gradients or no global step, or a gradient is no tensor or IndexedSlices.
          AttributeError: `tangraph-datasets` is not installed.
        """
        import tangraph

        del name
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        step_type = global_step.dtype.base_dtype
        anchor = no_op()
        make: Any = Variable
        with colocate_with(anchor):
            self._local_step = make(
                0,
                trainable=False,
                collections=[GraphKeys.LOCAL_VARIABLES],
                dtype=step_type,
                name="sync_rep_local_step",
            )
        self.local_step_init_op = assign(self._local_step, global_step)
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        with name_scope(None, self._name):
            added, averages = [], []
            for gradient, variable in pairs:
                with device(variable.device):
                    add, average = self._accumulated(gradient, variable)
                averages.append((average, variable))
                if add is not None:
                    added.append(add)
            with device(global_step.device), name_scope(""):
                update = self._opt.apply_gradients(averages, global_step)
            with device(global_step.device), name_scope(""):
                queue = tangraph.FIFOQueue(-1, step_type, shapes=(), name="sync_token_q", shared_name="sync_token_q")
                self._sync_token_queue = queue
                # The runner has to have a queue; what it fills is the one above.
                dummy = tangraph.FIFOQueue(1, dtypes.int32, shapes=(), name="dummy_queue", shared_name="dummy_queue")
            with device(global_step.device), name_scope(""):
                with control_dependencies(added):
                    token = queue.dequeue()
                train_op = assign(self._local_step, token)
                with control_dependencies([update]):
                    tokens = fill([self._tokens_per_step], global_step)
                    sync: Any = queue.enqueue_many((tokens,))
                if self._variable_averages is not None:
                    with control_dependencies([sync]), name_scope(""):
                        sync = self._variable_averages.apply(self._variables_to_average)
                self._chief_queue_runner = tangraph.train.QueueRunner(dummy, [sync])
            initializers = [self.local_step_init_op]
            for accumulator, place in self._accumulator_list:
                with device(place):
                    initializers.append(accumulator.set_global_step(global_step, name="SetGlobalStep"))
            self.chief_init_op = group(*initializers)
            self._gradients_applied = True
            return train_op

    def _accumulated(self, gradient: Any, variable: Any) -> tuple[Any, Any]:
        """Returns the operation that adds a gradient to its accumulator, and the average."""
        import tangraph

        if gradient is None:
            return None, None
        shared = f"{variable.name}/grad_accum"
        if isinstance(gradient, Tensor):
            accumulator: Any = tangraph.ConditionalAccumulator(
                gradient.dtype, shape=variable.get_shape(), shared_name=shared
            )
            add = accumulator.apply_grad(gradient, local_step=self._local_step)
            average = accumulator.take_grad(self._replicas_to_aggregate)
        elif isinstance(gradient, IndexedSlices):
            accumulator = tangraph.SparseConditionalAccumulator(gradient.dtype, shape=(), shared_name=shared)
            add = accumulator.apply_indexed_slices_grad(gradient, local_step=self._local_step)
            average = accumulator.take_indexed_slices_grad(self._replicas_to_aggregate)
        else:
            raise ValueError("Unknown grad type!")
        self._accumulator_list.append((accumulator, variable.device))
        return add, average

    def get_chief_queue_runner(self) -> Any:
        """Returns the queue runner that the chief starts.

        Raises:
          ValueError: no gradients were applied yet.
        """
        if not self._gradients_applied:
            raise ValueError("Should be called after apply_gradients().")
        return self._chief_queue_runner

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """Returns a slot of the wrapped optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def variables(self) -> list[Any]:
        """Returns the variables of the wrapped optimizer."""
        return self._opt.variables()

    def get_slot_names(self, *args: Any, **kwargs: Any) -> list[str]:
        """Returns the names of the wrapped optimizer's slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def get_init_tokens_op(self, num_tokens: int = -1) -> Operation:
        """Returns the operation that hands out the first tokens.

        Args:
          num_tokens: how many; `replicas_to_aggregate` when -1.

        Raises:
          ValueError: no gradients were applied yet, or there are too few tokens for the first step.
        """
        if not self._gradients_applied:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} (needed)")
        if num_tokens <= 0:
            return no_op(name="no_init_tokens")
        with device(self._global_step.device), name_scope(""):
            tokens = fill([num_tokens], self._global_step)
            operation: Operation = self._sync_token_queue.enqueue_many((tokens,))
            return operation

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> Any:
        """Returns the hook for a MonitoredTrainingSession, which initializes and starts what is needed.

        Args:
          is_chief: whether this is the chief.
          num_tokens: see :meth:`get_init_tokens_op`.
        """
        from tangraph_training.sync_replicas_hook import SyncReplicasHook

        return SyncReplicasHook(self, is_chief, num_tokens)
