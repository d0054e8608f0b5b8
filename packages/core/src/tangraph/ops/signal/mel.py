"""The mel scale, on which pitches that sound equally far apart are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.array.split import split
from tangraph.ops.math.cast import cast
from tangraph.ops.math.extremes import maximum, minimum
from tangraph.ops.math.ranges import linspace
from tangraph.ops.math.unary import log, rsqrt
from tangraph.ops.signal.cosine import dct
from tangraph.ops.signal.frames import frame

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType

# m = Q * ln(1 + f / B), O'Shaughnessy (1987), as the Hidden Markov Model Toolkit has it.
_BREAK_FREQUENCY: Final = 700.0
_HIGH_FREQUENCY_Q: Final = 1127.0


def _mel(hertz: Any) -> Any:
    with name_scope(None, "hertz_to_mel", [hertz]):
        hertz = convert_to_tensor(hertz)
        return _HIGH_FREQUENCY_Q * log(1.0 + (hertz / _BREAK_FREQUENCY))


def _check(bins: int, sample_rate: Any, lower: float, upper: float, dtype: DType) -> None:
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bins}")
    if sample_rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {sample_rate}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower:.1f} >= upper_edge_hertz {upper:.1f}")
    if upper > sample_rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got: {upper} for sample_rate: {sample_rate}"
        )
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


@export("signal.linear_to_mel_weight_matrix", "contrib.signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Returns a matrix that turns spectrograms with linear frequencies into ones with mel frequencies.

    Its columns are triangles, equally wide on the mel scale.

    Args:
      num_mel_bins: how many bands.
      num_spectrogram_bins: how many frequencies, from 0 to half of `sample_rate`, a spectrogram has.
      sample_rate: samples a second; a number or a constant tensor.
      lower_edge_hertz: the lower edge of the lowest band.
      upper_edge_hertz: the upper edge of the highest band.
      dtype: a floating type.
      name: the name scope and the result's name.

    Returns:
      A tensor of shape ``[num_spectrogram_bins, num_mel_bins]``.

    Raises:
      ValueError: a number is out of its range, or `sample_rate` is no constant.
    """
    with name_scope(name, "linear_to_mel_weight_matrix") as scope:
        if isinstance(sample_rate, Tensor):
            known = constant_value(sample_rate)
            if known is None:
                raise ValueError(
                    "`sample_rate` was a non-constant Tensor. Must be a Python float or a constant Tensor."
                )
            sample_rate = known
        _check(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, dtype)
        rate: Any = convert_to_tensor(sample_rate, dtype, name="sample_rate")
        lower = convert_to_tensor(lower_edge_hertz, dtype, name="lower_edge_hertz")
        upper = convert_to_tensor(upper_edge_hertz, dtype, name="upper_edge_hertz")
        zero = convert_to_tensor(0.0, dtype)
        nyquist = rate / 2.0
        # Frequency 0 belongs to no band.
        frequencies = linspace(zero, nyquist, num_spectrogram_bins)[1:]
        frequencies_mel: Any = expand_dims(_mel(frequencies), 1)
        edges = frame(linspace(_mel(lower), _mel(upper), num_mel_bins + 2), frame_length=3, frame_step=1)
        left, centre, right = (reshape(edge, [1, num_mel_bins]) for edge in split(edges, 3, axis=1))
        rising = (frequencies_mel - left) / (centre - left)
        falling = (right - frequencies_mel) / (right - centre)
        return pad(maximum(zero, minimum(rising, falling)), [[1, 0], [0, 0]], name=scope)


@export("signal.mfccs_from_log_mel_spectrograms", "contrib.signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """Returns mel-frequency cepstral coefficients, scaled as the Hidden Markov Model Toolkit scales them.

    Args:
      log_mel_spectrograms: a float32 tensor of shape ``[..., num_mel_bins]``.
      name: the name scope.

    Returns:
      A tensor of the same shape, the type II cosine transform of the last axis times ``sqrt(1 / (2 * num_mel_bins))``.

    Raises:
      ValueError: there are no bins.
    """
    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        spectrograms: Any = convert_to_tensor(log_mel_spectrograms, dtypes.float32)
        if spectrograms.raw_shape and spectrograms.raw_shape[-1] is not None:
            bins: Any = spectrograms.raw_shape[-1]
            if bins == 0:
                raise ValueError(f"num_mel_bins must be positive. Got: {spectrograms}")
        else:
            bins = shape(spectrograms)[-1]
        cepstra: Any = dct(spectrograms, type=2)
        result: Tensor = cepstra * rsqrt(cast(bins, dtypes.float32) * 2.0)
        return result
