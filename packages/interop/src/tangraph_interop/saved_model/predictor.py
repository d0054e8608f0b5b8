"""`tf.contrib.predictor`: a model as a function from arrays to arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph import registry
from tangraph.client.session import Session
from tangraph.export import export
from tangraph.framework.graph import Graph
from tangraph.util import tf_logging
from tangraph_interop.saved_model import constants
from tangraph_interop.saved_model.loader import load as load_saved_model
from tangraph_interop.saved_model.loader import parse_saved_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tangraph.framework.tensor import Tensor


class Predictor:
    """Calls a graph in a session with arrays by name.

    Attributes:
      graph: the graph.
      session: the session.
      feed_tensors: name -> tensor of each input.
      fetch_tensors: name -> tensor of each output.
    """

    def __init__(
        self, graph: Graph, session: Any, feed_tensors: Mapping[str, Tensor], fetch_tensors: Mapping[str, Tensor]
    ) -> None:
        self.graph = graph
        self.session = session
        self.feed_tensors = dict(feed_tensors)
        self.fetch_tensors = dict(fetch_tensors)

    def __repr__(self) -> str:
        return f"{type(self).__name__} with feed tensors {self.feed_tensors} and fetch_tensors {self.fetch_tensors}"

    def __call__(self, input_dict: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the outputs by name.

        Args:
          input_dict: name -> array of each input; those that are None or not there are not fed.

        Raises:
          ValueError: there is no input of a name.
        """
        unexpected = set(input_dict) - set(self.feed_tensors)
        if unexpected:
            raise ValueError(f"Got unexpected keys in input_dict: {unexpected}\nexpected: {set(self.feed_tensors)}")
        feeds = {self.feed_tensors[key]: value for key, value in input_dict.items() if value is not None}
        outputs: dict[str, Any] = self.session.run(fetches=self.fetch_tensors, feed_dict=feeds)
        return outputs


class SavedModelPredictor(Predictor):
    """A SavedModel as a function."""


@export("contrib.predictor.from_saved_model")
def from_saved_model(
    export_dir: Any,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: Mapping[str, str] | None = None,
    output_names: Mapping[str, str] | None = None,
    tags: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> SavedModelPredictor:
    """Returns a SavedModel as a function from arrays to arrays.

    Args:
      export_dir: the SavedModel's folder.
      signature_def_key: the name of the signature; "serving_default" when None.
      signature_def: the signature itself, in its place.
      input_names, output_names: name -> name of the tensor, in the place of a signature.
      tags: the tags of the graph, with commas between them; "serve" when None.
      graph: the graph to use; a new one when None.
      config: a ConfigProto for the session.

    Raises:
      ValueError: more than one of these says what the inputs and outputs are; there is no such signature.
    """
    if (input_names is None) != (output_names is None):
        raise ValueError("input_names and output_names must both be specified or both be unspecified.")
    if sum(given is not None for given in (signature_def_key, signature_def, input_names)) > 1:
        raise ValueError(
            "You must specify at most one of signature_def_key OR signature_def OR(input_names AND output_names)."
        )
    tags = tags or constants.SERVING
    graph = graph or Graph()
    with graph.as_default():
        session = Session(config=config)
        load_saved_model(session, tags.split(","), export_dir)
    if input_names is None or output_names is None:
        if signature_def is None:
            signature_def = _signature(signature_def_key, export_dir, tags)
        input_names = {key: info.name for key, info in signature_def.inputs.items()}
        output_names = {key: info.name for key, info in signature_def.outputs.items()}
    return SavedModelPredictor(graph, session, _tensors(graph, input_names), _tensors(graph, output_names))


def _tensors(graph: Graph, names: Mapping[str, str]) -> dict[str, Tensor]:
    return {key: graph.get_tensor_by_name(name) for key, name in names.items()}


def _signature(key: str | None, export_dir: Any, tags: str) -> Any:
    wanted = {tag.strip() for tag in tags.split(",")}
    message = next((m for m in parse_saved_model(export_dir).meta_graphs if set(m.meta_info_def.tags) == wanted), None)
    if message is None:
        raise ValueError(f"Could not find MetaGraphDef with tags {tags}")
    key = key or constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    signatures = message.signature_def
    if key in signatures:
        return signatures[key]
    alternative = f"default_input_alternative:{key}"
    if alternative not in signatures:
        raise ValueError(
            f'Got signature_def_key "{key}". Available signatures are {list(signatures)}. Original error:\n{key!r}'
        )
    tf_logging.warning('Could not find signature def "%s". Using "%s" instead', key, alternative)
    return signatures[alternative]


class CoreEstimatorPredictor(Predictor):
    """An estimator as a function."""


@export("contrib.predictor.from_estimator")
def from_estimator(
    estimator: Any,
    serving_input_receiver_fn: Callable[[], Any],
    output_key: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> CoreEstimatorPredictor:
    """Returns an estimator, with the variables of its latest checkpoint, as a function from arrays to arrays.

    Args:
      estimator: a `tf.estimator.Estimator`.
      serving_input_receiver_fn: returns a `ServingInputReceiver`.
      output_key: the name of the export output; "serving_default" when None.
      graph: the graph to use; a new one when None.
      config: a ConfigProto for the session.

    Raises:
      KeyError: the model has no such output.
    """
    output_key = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY if output_key is None else output_key
    graph = graph or Graph()
    with graph.as_default():
        receiver = serving_input_receiver_fn()
        spec = estimator.model_fn(receiver.features, None, "infer", estimator.config)
        output = spec.export_outputs.get(output_key)
        if output is None:
            raise KeyError(f"output_key must be one of {spec.export_outputs.keys()}; got {output_key}")
        signature = output.as_signature_def(receiver.receiver_tensors)
        creator = registry.resolve_name("train", "ChiefSessionCreator")
        session = registry.resolve_name("train", "MonitoredSession")(
            session_creator=creator(config=config, checkpoint_dir=estimator.model_dir)
        )
    names = [{key: info.name for key, info in infos.items()} for infos in (signature.inputs, signature.outputs)]
    return CoreEstimatorPredictor(graph, session, _tensors(graph, names[0]), _tensors(graph, names[1]))
