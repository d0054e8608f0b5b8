"""`tensorflow.python.ops.control_flow_ops`."""

from tangraph.ops.control_flow.cond_context import CondContext
from tangraph.ops.control_flow.contexts import ControlFlowContext
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.control_flow.switching import merge, switch
from tangraph.ops.control_flow.while_context import WhileContext
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = ["CondContext", "ControlFlowContext", "WhileContext", "merge", "switch", "with_dependencies"]
