"""The kernels, one op family a file, written against the array module that the context names (`k.xp`)."""
