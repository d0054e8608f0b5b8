"""Small data in true formats, for programs that would download theirs.

The contents depend on the name alone, so that every engine is given the same bytes. It runs on Python 3.7 and later.
"""

import gzip
import io
import pickle
import random
import struct
import tarfile
import zipfile

MNIST_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_TRAIN, _TEST = 6000, 600  # the first 5,000 images of the loader's training set are the validation set
_CIFAR = 200
_WORDS = (
    "the of and to in a is that it was for on as with his he be at by had i not are but from or have an they which one "
    "you were her all she there would their we him been has when who will more no if out so said what up its about into "
    "than them can only other new some could time these two may then do first any my now such like our over man me even "
    "most made after also did many before must through back years where much your way well down should because each "
    "just those people mr how too little state good very make world still own see men work long get here between both "
    "life being under never day same another know while last might us great old year off come since against go came "
    "right used take three anarchism king love thou shall good movie film story plot actor scene bad dull fine free hate art wherefore"
).split()


def content(address):
    """Returns the bytes that a download gives.

    Raises:
      OSError: nothing is known under that name.
    """
    name = address.split("?")[0].rstrip("/").rsplit("/", 1)[-1].lower()
    if name not in _MAKERS:
        raise OSError("There is no network here, and nothing synthetic for %r" % address)
    return _MAKERS[name](random.Random(name))


def _images(count):
    def make(rng):
        draw = random.Random("images %d" % count)
        prototypes = _prototypes()
        body = bytearray()
        for _ in range(count):
            digit = prototypes[draw.randrange(10)]
            noise = draw.getrandbits(8 * 784).to_bytes(784, "little")
            body += bytes(min(255, d + n // 8) if d else n // 64 for d, n in zip(digit, noise))
        return _gzip(struct.pack(">IIII", 2051, count, 28, 28) + bytes(body))

    return make


def _labels(count):
    def make(rng):
        draw = random.Random("images %d" % count)
        labels = bytearray()
        for _ in range(count):
            labels.append(draw.randrange(10))
            draw.getrandbits(8 * 784)
        return _gzip(struct.pack(">II", 2049, count) + bytes(labels))

    return make


def _prototypes():
    """Returns an image for each digit: bars at places of its own."""
    images = []
    for digit in range(10):
        image = bytearray(784)
        for row in range(4, 24):
            for column in range(4, 24):
                if (row + digit) % 5 == 0 or (column * (digit + 1)) % 7 == 0:
                    image[row * 28 + column] = 200
        images.append(bytes(image))
    return images


def _gzip(data):
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(data)
    return buffer.getvalue()


def _tar(files, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _zip(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _mnist_arrays(rng):
    """Returns the images and labels as Keras' archive has them."""
    import numpy

    def array(name, header, shape):
        data = gzip.GzipFile(fileobj=io.BytesIO(content(name))).read()[header:]
        return numpy.frombuffer(data, numpy.uint8).reshape(shape)

    images, labels = (-1, 28, 28), (-1,)
    buffer = io.BytesIO()
    numpy.savez(
        buffer,
        x_train=array(MNIST_FILES[0], 16, images),
        y_train=array(MNIST_FILES[1], 8, labels),
        x_test=array(MNIST_FILES[2], 16, images),
        y_test=array(MNIST_FILES[3], 8, labels),
    )
    return buffer.getvalue()


def _bytes(rng, count):
    return rng.getrandbits(8 * count).to_bytes(count, "little")


def _cifar_binary(rng):
    def batch(count):
        return b"".join(bytes([rng.randrange(10)]) + _bytes(rng, 3072) for _ in range(count))

    names = ["data_batch_%d.bin" % i for i in range(1, 6)] + ["test_batch.bin"]
    return _tar({"cifar-10-batches-bin/" + name: batch(_CIFAR) for name in names})


def _cifar_python(rng):
    import numpy

    def batch(name):
        data = numpy.frombuffer(_bytes(rng, 3072 * _CIFAR), numpy.uint8).reshape(_CIFAR, 3072)
        labels = [rng.randrange(10) for _ in range(_CIFAR)]
        return pickle.dumps({b"batch_label": name.encode(), b"labels": labels, b"data": data}, 2)

    names = ["data_batch_%d" % i for i in range(1, 6)] + ["test_batch"]
    return _tar({"cifar-10-batches-py/" + name: batch(name) for name in names})


def _sentence(rng, low=5, high=15):
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(low, high)))


def _spam(rng):
    lines = ["%s\t%s" % (rng.choice(["ham", "ham", "spam"]), _sentence(rng)) for _ in range(800)]
    return _zip({"SMSSpamCollection": "\n".join(lines).encode() + b"\n"})


def _reviews(rng):
    files = {}
    for kind in ("pos", "neg"):
        lines = [_sentence(rng, 8, 25) + " ." for _ in range(500)]
        files["rt-polaritydata/rt-polarity." + kind] = "\n".join(lines).encode() + b"\n"
    return _tar(files)


def _book(rng):
    lines = ["The Project Gutenberg EBook of a synthetic text", "\r\n" * 3]
    lines += [_sentence(rng, 6, 12).capitalize() + "," for _ in range(3000)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _text8(rng):
    return _zip({"text8": " ".join(rng.choice(_WORDS) for _ in range(60000)).encode()})


def _translations(rng):
    pairs = ["%s.\t%s." % (_sentence(rng, 2, 5), _sentence(rng, 2, 5)) for _ in range(1000)]
    return _zip({"deu.txt": ("\n".join(pairs) + "\n").encode()})


def _birthweight(rng):
    lines = ["LOW\tAGE\tLWT\tRACE\tSMOKE\tPTL\tHT\tUI\tBWT"]
    for _ in range(189):
        weight = rng.randint(1500, 4500)
        row = [weight < 2500, rng.randint(14, 45), rng.randint(80, 250), rng.randint(1, 3), *_bits(rng, 4), weight]
        lines.append("\t".join(str(int(value)) for value in row))
    return ("\r\n".join(lines) + "\r\n").encode()


def _bits(rng, count):
    return [rng.random() < 0.3 for _ in range(count)]


def _housing(rng):
    lines = []
    for _ in range(506):
        row = [rng.uniform(0, 10) for _ in range(13)] + [rng.uniform(5, 50)]
        lines.append(" " + "  ".join("%.4f" % value for value in row))
    return ("\n".join(lines) + "\n").encode()


def _titanic(rng):
    lines = ["survived,pclass,name,sex,age,sibsp,parch,ticket,fare"]
    for i in range(300):
        sex = rng.choice(["male", "female"])
        lines.append('%d,%d,"N, %d",%s,%d,0,0,%d,%.2f' % (sex == "female", rng.randint(1, 3), i, sex, 30, i, 20.5))
    return ("\n".join(lines) + "\n").encode()


_MAKERS = {
    MNIST_FILES[0]: _images(_TRAIN),
    MNIST_FILES[1]: _labels(_TRAIN),
    MNIST_FILES[2]: _images(_TEST),
    MNIST_FILES[3]: _labels(_TEST),
    "mnist.npz": _mnist_arrays,
    "cifar-10-binary.tar.gz": _cifar_binary,
    "cifar-10-python.tar.gz": _cifar_python,
    "smsspamcollection.zip": _spam,
    "rt-polaritydata.tar.gz": _reviews,
    "pg100.txt": _book,
    "100.txt.utf-8": _book,
    "text8.zip": _text8,
    "deu-eng.zip": _translations,
    "birthweight.dat": _birthweight,
    "lowbwt.dat": _birthweight,
    "housing.data": _housing,
    "titanic_dataset.csv": _titanic,
}
