"""What training prints; run with the Python of TensorFlow 1.15.5 it writes `printed.txt`."""

from __future__ import print_function

import contextlib
import io
import os
import re
import sys


def without_times(text):
    """Returns text with one mark for times, and of each bar its last state, since what comes before depends on time."""
    text = re.sub("\x08+", "<BS>", text).replace("\r", "<CR>")
    text = re.sub(r"\d+(s|ms|us)(/\w+)?", "T", text)
    text = re.sub(r"T T", "T", re.sub(r"-? *ETA: [T:0-9]*", "ETA", text))
    return "\n".join(re.sub(r".*<BS><CR>", "", line).rstrip() for line in text.split("\n"))


def show(work):
    """Prints what some work prints, without times."""
    kept = io.StringIO()
    with contextlib.redirect_stdout(kept):
        found = work()
    print(without_times(kept.getvalue()))
    return found


def run(tf, np, folder):
    """Runs the program, which prints."""
    tf.keras.backend.clear_session()
    tf.set_random_seed(1)
    np.random.seed(0)
    tf.logging.set_verbosity(tf.logging.ERROR)
    x = np.random.rand(40, 3).astype("float32")
    y = (x.sum(1, keepdims=True) > 1.5).astype("float32")
    layers, callbacks = tf.keras.layers, tf.keras.callbacks

    def batches():
        while True:
            for i in range(5):
                yield x[i * 8 : i * 8 + 8], y[i * 8 : i * 8 + 8]

    class Batches(tf.keras.utils.Sequence):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return x[i * 8 : i * 8 + 8], y[i * 8 : i * 8 + 8]

    class Hooks(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            print("epoch", epoch, sorted(logs), self.params)

        def on_train_batch_end(self, batch, logs=None):
            print("batch", batch, sorted(logs))

        def on_test_begin(self, logs=None):
            print("test", logs)

    model = tf.keras.Sequential([layers.Dense(4, activation="tanh", input_shape=(3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.summary()
    show(lambda: model.fit(x, y, epochs=2, batch_size=16, verbose=1, validation_split=0.25))
    show(lambda: model.fit(x, y, epochs=2, batch_size=16, verbose=2, validation_data=(x, y)))
    show(lambda: model.evaluate(x, y))
    show(lambda: model.predict(x, verbose=1))
    show(lambda: model.fit_generator(batches(), steps_per_epoch=5, epochs=2, validation_data=(x, y)))
    print(model.history.history)
    more = {"validation_data": batches(), "validation_steps": 2}
    show(lambda: model.fit_generator(batches(), steps_per_epoch=5, epochs=1, verbose=2, **more))
    show(lambda: model.fit(batches(), steps_per_epoch=5, epochs=1, verbose=1))
    print(model.evaluate_generator(batches(), 5), model.predict_generator(batches(), 3).shape)
    show(lambda: model.fit_generator(Batches(), epochs=2, shuffle=False, workers=2))
    print(model.history.history)
    log = os.path.join(folder, "log.csv")
    used = [
        Hooks(),
        callbacks.EarlyStopping("val_loss", min_delta=10, patience=1, verbose=1, restore_best_weights=True),
        callbacks.ReduceLROnPlateau(patience=1, min_delta=1, verbose=1),
        callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1), verbose=1),
        callbacks.CSVLogger(log),
        callbacks.ModelCheckpoint(os.path.join(folder, "w{epoch}"), save_best_only=True, save_weights_only=True),
        callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: print("begin", epoch)),
        callbacks.TerminateOnNaN(),
    ]
    show(lambda: model.fit(x, y, epochs=4, batch_size=20, verbose=0, validation_data=(x, y), callbacks=used))
    with open(log) as file:
        print(file.read())
    print(sorted(os.listdir(folder)), list(model.history.history))
    print(model.fit(x, y, epochs=5, initial_epoch=3, verbose=0).epoch)
    wrong = [
        lambda: model.fit(x, y[:10], verbose=0),
        lambda: model.fit(x[:, :2], y, verbose=0),
        lambda: model.fit([x, x[:, :1]], y, verbose=0),
        lambda: model.fit(batches(), verbose=0),
        lambda: model.fit(x, y, class_weight={0: 1.0}, verbose=0),
        lambda: model.fit(x, y, validation_split=1.5, verbose=0),
        lambda: model.compile("unknown", "mse"),
        lambda: model.compile("sgd", "unknown"),
        lambda: model.compile("sgd", "mse", metrics=["unknown"]),
        lambda: tf.keras.Sequential([layers.Dense(1)]).summary(),
        lambda: tf.keras.Sequential([layers.Dense(1)]).fit(x, y),
        lambda: tf.keras.Model(layers.Input((2,)), tf.ones([2])),
        lambda: model.get_layer("none"),
        lambda: model.add("layer"),
        lambda: model.layers[0].set_weights([x]),
    ]
    for work in wrong:
        try:
            show(work)
        except (RuntimeError, TypeError, ValueError) as error:
            print(type(error).__name__, str(error)[:300])


if __name__ == "__main__":
    import shutil
    import tempfile

    import numpy
    import tensorflow

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "printed.txt")
    made = tempfile.mkdtemp()
    kept_text = io.StringIO()
    with contextlib.redirect_stdout(kept_text):
        run(tensorflow, numpy, made)
    shutil.rmtree(made)
    with open(path, "w") as out:
        out.write(kept_text.getvalue())
    sys.stderr.write("%s\n" % path)
