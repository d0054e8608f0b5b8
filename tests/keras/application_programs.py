"""Programs with Keras' applications; see `model_programs.py`, by which they are run and recorded."""

import collections
import hashlib
import runpy
from pathlib import Path

HELPERS = runpy.run_path(str(Path(__file__).resolve().parent / "model_programs.py"))

# A few images' height and width, and whether there is a top.
NETS = collections.OrderedDict(
    [
        ("VGG16", (32, True)),
        ("VGG19", (32, False)),
        ("ResNet50", (32, True)),
        ("ResNet50V2", (32, False)),
        ("InceptionV3", (75, True)),
        ("InceptionResNetV2", (75, False)),
        ("Xception", (71, True)),
        ("MobileNet", (32, False)),
        ("MobileNetV2", (32, True)),
        ("DenseNet121", (32, True)),
        ("NASNetMobile", (32, True)),
    ]
)


def described(model):
    """Returns what a model is: its name, inputs, outputs, number of weights, and its layers by a digest."""
    layers = "\n".join("{} {}".format(type(layer).__name__, layer.name) for layer in model.layers)
    tensors = [tensor.name for tensor in model.inputs + model.outputs]
    digest = hashlib.md5(layers.encode("utf-8")).hexdigest()
    return [model.name, tensors, list(model.output_shape), model.count_params(), len(model.layers), digest]


def net(name, size, top):
    """Returns a program that makes a net."""

    def program(tf, np, _):
        make = getattr(tf.keras.applications, name)
        pooling = "avg" if name.endswith("V2") else "max"
        return described(make(weights=None, include_top=top, input_shape=(size, size, 3), pooling=pooling, classes=7))

    return program


def predicted(tf, np, _):
    """What a small net says, and nets that begin with other layers or with tensors."""
    keras, apps = tf.keras, tf.keras.applications
    model = apps.MobileNet(weights=None, alpha=0.25, input_shape=(32, 32, 3), classes=4)
    images = np.linspace(0.0, 1.0, 2 * 32 * 32 * 3).reshape(2, 32, 32, 3).astype("float32")
    found = [model.predict(images).astype("float64").tolist()]
    start = keras.Input((40, 40, 3))
    x = keras.layers.Conv2D(3, 1)(start)
    model = apps.MobileNetV2(input_tensor=x, weights=None, include_top=False, alpha=0.35)
    found += [described(model), [y.name for y in keras.utils.get_source_inputs(model.output)]]
    found.append(described(apps.VGG16(input_tensor=tf.zeros([2, 32, 32, 3]), weights=None, include_top=False)))
    return found


def preprocessed(tf, np, _):
    """Images as models want them, as arrays and as tensors."""
    apps, found = tf.keras.applications, []
    for mode in ("caffe", "tf", "torch"):
        for data_format in ("channels_first", "channels_last"):
            for dtype, shape in (("float64", (3, 3, 3)), ("uint8", (2, 3, 3, 3))):
                x = (np.arange(np.prod(shape)) * 1.7 % 255).astype(dtype).reshape(shape)
                y = apps.imagenet_utils.preprocess_input(x, data_format, mode)
                found.append([mode, str(y.dtype), y.astype("float64").ravel()[:9].tolist(), float(x.sum())])
    x = tf.constant(np.arange(54).reshape(2, 3, 3, 3).astype("float32"))
    with tf.Session() as sess:
        modules = (apps.vgg16, apps.resnet50, apps.xception, apps.mobilenet_v2)
        images = [sess.run(module.preprocess_input(x)) for module in modules]
        found += [image.astype("float64").ravel()[:12].tolist() for image in images]
    return found


PROGRAMS = collections.OrderedDict((name, net(name, size, top)) for name, (size, top) in NETS.items())
PROGRAMS.update([("predicted", predicted), ("preprocessed", preprocessed)])


if __name__ == "__main__":
    HELPERS["record"](PROGRAMS, __file__)
