"""A cell of 100 units over 30 steps; see `recurrent`."""

from workloads import recurrent


def graph(tf, batch="1"):
    """A training step."""
    return recurrent.graph(tf, "lstm", int(batch))


def torch_(batch="1"):
    """The same in PyTorch."""
    return recurrent.torch_("lstm", int(batch))
