"""Epochs sent to a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.callbacks.base import Callback


@export("keras.callbacks.RemoteMonitor")
class RemoteMonitor(Callback):
    """Posts what each epoch gives to a server, as JSON.

    Args:
      root: the address of the server.
      path: the path there.
      field: the field of the form that holds the JSON.
      headers: headers of the request, a dictionary.
      send_as_json: whether to send JSON instead of a form.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Posts; a server that cannot be reached is a warning."""
        values = {key: value.item() if isinstance(value, np.generic) else value for key, value in (logs or {}).items()}
        text = json.dumps({"epoch": epoch, **values})
        if self.send_as_json:
            data, kind = text, "application/json"
        else:
            data, kind = urllib.parse.urlencode({self.field: text}), "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **(self.headers or {})}
        request = urllib.request.Request(self.root + self.path, data.encode(), headers)  # noqa: S310  the user's server
        try:
            with urllib.request.urlopen(request):  # noqa: S310
                pass
        except urllib.error.HTTPError:
            pass  # it was reached
        except OSError:
            tf.logging.warning("Warning: could not reach RemoteMonitor root server at %s", self.root)
