"""Input pipelines: batches of 100 rows of arrays, shuffled (`pipeline`), or of parsed records (`pipeline:parse`).

One step is one batch. `pipeline:numbers` is a range whose numbers are doubled one by one, in batches of 32.
"""

import numpy as np

#: Draws of other generators: the losses (means of batches) of these engines are others.
OTHER_LOSSES = ("tf2", "torch")


def arrays(rows=20000):
    """Returns images of [rows, 784] and labels of [rows]."""
    rng = np.random.RandomState(0)
    return rng.rand(rows, 784).astype(np.float32), rng.randint(0, 10, rows)


def records(rows=5000):
    """Returns images as strings of 784 bytes."""
    rng = np.random.RandomState(0)
    return [row.tobytes() for row in rng.randint(0, 256, (rows, 784)).astype(np.uint8)]


def _dataset(tf, kind):
    dataset = tf.data.Dataset
    if kind == "numbers":
        return dataset.range(1 << 40).map(lambda number: number * 2).batch(32)
    if kind == "parse":

        def parse(record):
            return tf.cast(tf.decode_raw(record, tf.uint8), tf.float32) / 255.0

        return dataset.from_tensor_slices(records()).repeat().map(parse, num_parallel_calls=2).batch(100).prefetch(1)
    return dataset.from_tensor_slices(arrays()).shuffle(10000, seed=1).repeat().batch(100).prefetch(1)


def graph(tf, kind="rows"):
    """Takes batches, which go nowhere; their means are the losses."""
    tf.set_random_seed(1)
    iterator = _dataset(tf, kind).make_initializable_iterator()
    element = iterator.get_next()
    first = element[0] if isinstance(element, tuple) else element
    mean = tf.reduce_mean(tf.cast(first, tf.float32))
    step = tf.group(first)
    sess = tf.Session()
    sess.run(iterator.initializer)
    losses = [float(sess.run(mean)) for _ in range(20)]

    def run(n):
        for _ in range(n):
            sess.run(step)

    return losses, run


def torch_(kind="rows"):
    """The same with PyTorch's DataLoader, in the process itself."""
    import torch
    from torch.utils.data import DataLoader, Dataset, TensorDataset

    class Parsed(Dataset):
        def __init__(self):
            self.records = records()

        def __len__(self):
            return len(self.records)

        def __getitem__(self, index):
            return torch.frombuffer(bytearray(self.records[index]), dtype=torch.uint8).float() / 255.0

    class Numbers(Dataset):
        def __len__(self):
            return 1 << 40

        def __getitem__(self, index):
            return torch.tensor(index) * 2

    if kind == "numbers":
        loader = DataLoader(Numbers(), batch_size=32)
    elif kind == "parse":
        loader = DataLoader(Parsed(), batch_size=100)
    else:
        loader = DataLoader(TensorDataset(*map(torch.from_numpy, arrays())), batch_size=100, shuffle=True)

    def batches():
        while True:
            yield from loader

    found = batches()
    losses = []
    for _ in range(20):
        batch = next(found)
        losses.append(float((batch[0] if isinstance(batch, (tuple, list)) else batch).float().mean()))

    def run(n):
        for _ in range(n):
            next(found)

    return losses, run
