"""The one table of reserved names: which distribution provides what of ``tf.*``.

A name belongs to the longest prefix of it that stands here; what has none belongs to core. The table serves errors
about what is not installed: what is installed is served by the plugins' own registrations.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Provider(NamedTuple):
    """One of our distributions and the package that it installs."""

    distribution: str
    package: str


LAYERS: Final = Provider("tangraph-layers", "tangraph_layers")
TRAINING: Final = Provider("tangraph-training", "tangraph_training")
INTEROP: Final = Provider("tangraph-interop", "tangraph_interop")
DATASETS: Final = Provider("tangraph-datasets", "tangraph_datasets")
SUMMARY: Final = Provider("tangraph-summary", "tangraph_summary")
ESTIMATORS: Final = Provider("tangraph-estimators", "tangraph_estimators")
KERAS: Final = Provider("tangraph-keras", "tangraph_keras")
COMPAT: Final = Provider("tangraph-compat", "tangraph_compat")

# Namespaces in which several distributions have leaves, and those of core: they can always be imported.
OPEN: Final = frozenset(
    """
    bitwise compat config contrib contrib.learn debugging dtypes errors gfile initializers io io.gfile linalg logging
    manip math nest nn ragged random sets signal sparse spectral strings sysconfig train user_ops version
    """.split()  # noqa: SIM905  a table, as those below
)

# Namespaces that one distribution provides whole: without it they do not exist.
CLOSED: Final = {
    "app": COMPAT,
    "data": DATASETS,
    "distributions": TRAINING,
    "estimator": ESTIMATORS,
    "feature_column": ESTIMATORS,
    "flags": COMPAT,
    "graph_util": INTEROP,
    "image": DATASETS,
    "keras": KERAS,
    "layers": LAYERS,
    "lookup": DATASETS,
    "losses": TRAINING,
    "metrics": TRAINING,
    "nn.rnn_cell": LAYERS,
    "python_io": DATASETS,
    "queue": DATASETS,
    "raw_ops": COMPAT,
    "resource_loader": COMPAT,
    "saved_model": INTEROP,
    "summary": SUMMARY,
    "test": COMPAT,
    "train.queue_runner": DATASETS,
    "contrib.cluster_resolver": ESTIMATORS,
    "contrib.crf": LAYERS,
    "contrib.cudnn_rnn": LAYERS,
    "contrib.data": DATASETS,
    "contrib.distributions": TRAINING,
    "contrib.deprecated": SUMMARY,
    "contrib.estimator": ESTIMATORS,
    "contrib.feature_column": ESTIMATORS,
    "contrib.grid_rnn": LAYERS,
    "contrib.image": DATASETS,
    "contrib.keras": KERAS,
    "contrib.layers": LAYERS,
    "contrib.legacy_seq2seq": LAYERS,
    "contrib.lookup": DATASETS,
    "contrib.losses": TRAINING,
    "contrib.metrics": TRAINING,
    "contrib.opt": TRAINING,
    "contrib.predictor": INTEROP,
    "contrib.rnn": LAYERS,
    "contrib.saved_model": INTEROP,
    "contrib.seq2seq": LAYERS,
    "contrib.slim": LAYERS,
    "contrib.staging": DATASETS,
    "contrib.summary": SUMMARY,
    "contrib.tensorboard": SUMMARY,
    "contrib.tpu": ESTIMATORS,
    "contrib.training": TRAINING,
}

# What such a namespace shows of another distribution, which its own one needs: the names are there when both are.
ALSO: Final = {"keras": LAYERS}

# Modules that programs import from `tensorflow`, and that are no part of `tf.*`.
MODULES: Final = {"core": COMPAT, "examples": DATASETS, "python": COMPAT}

# Leaves of the open namespaces that are not core's: namespace -> distribution -> leaves. "*" is every other leaf, and
# None is core.
_LEAVES: Final[dict[str, dict[Provider | None, str]]] = {
    "": {
        INTEROP: "MetaGraphDef TensorInfo import_graph_def",
        DATASETS: """
            ConditionalAccumulator ConditionalAccumulatorBase FIFOQueue FixedLenFeature FixedLenSequenceFeature FixedLengthRecordReader IdentityReader LMDBReader
            OptionalSpec PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue ReaderBase SparseConditionalAccumulator SparseFeature
            TFRecordReader TextLineReader VarLenFeature WholeFileReader decode_compressed decode_csv decode_json_example decode_raw
            deserialize_many_sparse matching_files parse_example parse_single_example
            parse_single_sequence_example parse_tensor read_file serialize_many_sparse serialize_sparse
            serialize_tensor write_file
            """,
        SUMMARY: "Event HistogramProto LogMessage SessionLog Summary SummaryMetadata",
    },
    "contrib": {COMPAT: "*"},
    "contrib.learn": {ESTIMATORS: "*", DATASETS: "datasets", COMPAT: "preprocessing"},
    "keras.experimental": {ESTIMATORS: "SequenceFeatures"},
    "keras.layers": {ESTIMATORS: "DenseFeatures"},
    "io": {DATASETS: "*", INTEROP: "write_graph", None: "decode_base64 encode_base64 gfile"},
    "nn": {
        LAYERS: """
            bidirectional_dynamic_rnn dynamic_rnn raw_rnn static_bidirectional_rnn static_rnn static_state_saving_rnn
            """,
    },
    "sparse": {DATASETS: "SparseConditionalAccumulator"},
    "sysconfig": {COMPAT: "get_compile_flags get_include get_lib get_link_flags"},
    "train": {
        TRAINING: "*",
        INTEROP: """
            BytesList Example Feature FeatureList FeatureLists Features FloatList Int64List
            NewCheckpointReader SequenceExample ServerDef checkpoint_exists export_meta_graph
            generate_checkpoint_state_proto get_checkpoint_mtimes get_checkpoint_state import_meta_graph
            latest_checkpoint list_variables load_checkpoint load_variable remove_checkpoint update_checkpoint_state
            write_graph
            """,
        DATASETS: """
            QueueRunner add_queue_runner batch batch_join input_producer limit_epochs match_filenames_once maybe_batch
            maybe_batch_join maybe_shuffle_batch maybe_shuffle_batch_join range_input_producer shuffle_batch
            shuffle_batch_join slice_input_producer start_queue_runners string_input_producer
            """,
        SUMMARY: "summary_iterator",
    },
}

PROVIDERS: Final[dict[str, Provider | None]] = {
    **{
        f"{namespace}.{leaf}".strip("."): provider
        for namespace, providers in _LEAVES.items()
        for provider, leaves in providers.items()
        for leaf in leaves.split()
    },
    **CLOSED,
}


def provider_of(name: str) -> Provider | None:
    """Returns the distribution that a public name belongs to, or None for core.

    >>> provider_of("train.AdamOptimizer").distribution
    'tangraph-training'
    >>> provider_of("matmul") is None
    True
    """
    if name in MODULES:
        return MODULES[name]
    if name in PROVIDERS:
        return PROVIDERS[name]
    namespace, _, _ = name.rpartition(".")
    while namespace:
        if namespace in PROVIDERS:
            return PROVIDERS[namespace]
        if f"{namespace}.*" in PROVIDERS:
            return PROVIDERS[f"{namespace}.*"]
        namespace, _, _ = namespace.rpartition(".")
    return None
