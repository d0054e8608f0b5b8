"""Functions in graphs: bodies that are graphs of their own, and the nodes that call them."""
