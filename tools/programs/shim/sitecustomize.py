"""What a program finds on the machine: seeded generators, synthetic downloads, no network.

It runs on Python 3.7 and later, in every process of the program.
"""

import importlib
import importlib.util
import io
import os
import random
import socket
import sys
import types
import urllib.request

import nudge
import synthetic


def _refuse(self, address):
    if isinstance(address, tuple) and address[0] not in ("localhost", "127.0.0.1", "::1"):
        raise OSError("There is no network here: %r" % (address,))
    return _connect(self, address)


_connect = socket.socket.connect
socket.socket.connect = _refuse


def _address(request):
    return request if isinstance(request, str) else request.full_url


class _Response(io.BytesIO):
    """Answers like the response of a web server."""

    status = code = 200

    def __init__(self, content):
        io.BytesIO.__init__(self, content)
        self.headers = {"Content-Length": str(len(content))}

    def info(self):
        return self.headers

    def getcode(self):
        return 200


def _urlopen(request, *args, **kwargs):
    return _Response(synthetic.content(_address(request)))


def _urlretrieve(url, filename=None, reporthook=None, data=None):
    content = synthetic.content(url)
    filename = filename or url.rsplit("/", 1)[-1]
    with open(filename, "wb") as file:
        file.write(content)
    if reporthook is not None:
        reporthook(1, len(content), len(content))
    return filename, {"Content-Length": str(len(content))}


urllib.request.urlopen = _urlopen
urllib.request.urlretrieve = _urlretrieve


class _Pooch(types.ModuleType):
    """What Tangraph downloads with: the synthetic files have checksums of their own, and TensorFlow asks for none."""

    @staticmethod
    def retrieve(url, known_hash, fname, path, **kwargs):  # noqa: ARG004  as pooch has them
        with open(os.path.join(path, fname), "wb") as file:
            file.write(synthetic.content(url))


sys.modules["pooch"] = _Pooch("pooch")


def _answer_requests(requests):
    def request(session, method, url, **kwargs):
        response = requests.Response()
        response.status_code, response.url, response.raw = 200, url, io.BytesIO(synthetic.content(url))
        response.encoding = "utf-8"
        return response

    requests.Session.request = request


class _AfterImport:
    """Does something to a module once the program has imported it."""

    def __init__(self, actions):
        self._actions = actions

    def find_spec(self, name, path=None, target=None):
        if name not in self._actions:
            return None
        action = self._actions.pop(name)
        spec = importlib.util.find_spec(name)
        if spec is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                action(module)

            spec.loader.exec_module = exec_module
        return spec


def _seed_graphs(module):
    """Gives every graph a seed, which the program may replace; graphs of functions take that of the graph around them."""
    initialise = module.Graph.__init__

    def initialise_seeded(graph, *args, **kwargs):
        initialise(graph, *args, **kwargs)
        if type(graph) is module.Graph:
            graph._seed = 1

    module.Graph.__init__ = initialise_seeded


random.seed(0)
_ACTIONS = {
    "numpy": lambda numpy: numpy.random.seed(0),
    "requests": _answer_requests,
    "tensorflow.python.framework.ops": _seed_graphs,
    "tangraph": lambda tangraph: _seed_graphs(importlib.import_module("tangraph.framework.graph")),
}
if os.environ.get("PROGRAMS_NUDGE"):
    _MODE, _SEED = os.environ["PROGRAMS_NUDGE"].split(":")
    _ACTIONS["tensorflow.python.client.session"] = lambda module: nudge.Nudge(_MODE, int(_SEED)).install(module)
sys.meta_path.insert(0, _AfterImport(_ACTIONS))
