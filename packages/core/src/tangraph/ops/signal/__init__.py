"""`tf.signal` beyond Fourier transforms: windows, frames, spectrograms, cosine transforms, the mel scale."""
