"""`tangraph run`: a program runs as under `python`, in an interpreter that serves Tangraph as `tensorflow`.

The command replaces itself by `python program.py` with a folder of ours in front of PYTHONPATH. Its `sitecustomize.py`
is run by every interpreter that starts with it, so that the program's own processes are served in the same way; nothing
of the runner is on the program's stack, and arguments, tracebacks, signals and exit status are Python's own.
"""
