"""A line through noisy points, and two classes of a table, by `tf.estimator`. --show draws the line."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
steps = int(sys.argv[sys.argv.index("--steps") + 1]) if "--steps" in sys.argv else 1000
random = np.random.RandomState(101)  # added: the same numbers in every run

x_data = np.linspace(0.0, 10.0, 10000)
y_true = (0.5 * x_data) + 5 + random.randn(len(x_data))
mixed = random.permutation(len(x_data))
x_train, x_eval, y_train, y_eval = (values for data in (x_data, y_true) for values in np.split(data[mixed], [7000]))

feat_cols = [tf.feature_column.numeric_column("x", shape=[1])]
config = tf.estimator.RunConfig(tf_random_seed=1)  # added
estimator = tf.estimator.LinearRegressor(feature_columns=feat_cols, config=config)
# changed: was shuffled by a queue, which the same numbers in every run do not allow
options = {"batch_size": 8, "shuffle": False}
input_func = tf.estimator.inputs.numpy_input_fn({"x": x_train}, y_train, num_epochs=None, **options)
train_input_func = tf.estimator.inputs.numpy_input_fn({"x": x_train}, y_train, num_epochs=1000, **options)
eval_input_func = tf.estimator.inputs.numpy_input_fn({"x": x_eval}, y_eval, num_epochs=1000, **options)
estimator.train(input_fn=input_func, steps=steps)
train_metrics = estimator.evaluate(input_fn=train_input_func, steps=steps)
eval_metrics = estimator.evaluate(input_fn=eval_input_func, steps=steps)
for name, metrics in (("train", train_metrics), ("eval", eval_metrics)):
    print(name, {key: round(float(value), 4) for key, value in sorted(metrics.items())})

brand_new_data = np.linspace(0, 10, 10)
input_fn_predict = tf.estimator.inputs.numpy_input_fn({"x": brand_new_data}, shuffle=False)
predictions = [pred["predictions"] for pred in estimator.predict(input_fn=input_fn_predict)]
print([round(float(prediction[0]), 4) for prediction in predictions])
if "--show" in sys.argv:
    pd.DataFrame({"X": x_data, "Y": y_true}).sample(n=250).plot(kind="scatter", x="X", y="Y")
    plt.plot(brand_new_data, predictions, "r")
    plt.show()

table = pd.DataFrame({"BMI": random.rand(400), "Age": random.randint(20, 80, 400), "Group": list("ABCD") * 100})
classes = pd.Series((table["BMI"] + table["Age"] / 100 > 1).astype(int))
age_bucket = tf.feature_column.bucketized_column(tf.feature_column.numeric_column("Age"), [20, 30, 40, 50, 60, 70, 80])
assigned_group = tf.feature_column.categorical_column_with_vocabulary_list("Group", ["A", "B", "C", "D"])
embedded_group = tf.feature_column.embedding_column(assigned_group, dimension=4)
bmi = tf.feature_column.numeric_column("BMI")
models = {
    "linear": tf.estimator.LinearClassifier([bmi, age_bucket, assigned_group], n_classes=2, config=config),
    "network": tf.estimator.DNNClassifier([10, 10], [bmi, age_bucket, embedded_group], n_classes=2, config=config),
}
for name, model in models.items():
    inputs = {"x": table, "y": classes, "batch_size": 10, "shuffle": False}
    model.train(tf.estimator.inputs.pandas_input_fn(num_epochs=1000, **inputs), steps=steps)
    results = model.evaluate(tf.estimator.inputs.pandas_input_fn(num_epochs=1, **inputs))
    print(name, {key: round(float(results[key]), 3) for key in ("accuracy", "average_loss", "global_step")})
