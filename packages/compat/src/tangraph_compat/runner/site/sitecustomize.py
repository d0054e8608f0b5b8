"""Run by every interpreter that `tangraph run` or a program under it starts. Any Python may read it, so it stays plain."""

import os
import sys


def _run():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    if os.environ.get("TANGRAPH_RUN") and sys.version_info >= (3, 11):
        try:
            from tangraph_compat.runner import startup
        except ImportError:
            pass  # another interpreter, which has no Tangraph
        else:
            startup.activate()
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401  the one that would have been run without ours
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)  # the import system takes it from there


if __name__ == "sitecustomize":
    _run()
