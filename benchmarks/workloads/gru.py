"""A cell of 100 units over 30 steps; see `recurrent`."""

from workloads import recurrent

#: PyTorch's formula is another one (of the same cost), so that its losses are others too.
OTHER_LOSSES = ("torch",)


def graph(tf, batch="1"):
    """A training step."""
    return recurrent.graph(tf, "gru", int(batch))


def torch_(batch="1"):
    """The same in PyTorch."""
    return recurrent.torch_("gru", int(batch))
