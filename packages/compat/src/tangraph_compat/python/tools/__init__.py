"""`tensorflow.python.tools`: programs that work on files of graphs and checkpoints, as functions."""
