"""Three kinds of wine by `tf.contrib.layers`, from 13 measurements.

--steps sets how long it trains: with few steps one sees that the perfect results are the model's doing.
"""

import argparse

import pandas as pd
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
from tensorflow.contrib.layers import fully_connected

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1000)
options = parser.parse_args()
tf.set_random_seed(101)  # added: the same numbers in every run

wine_data = load_wine()
x_train, x_test, y_train, y_test = train_test_split(
    wine_data["data"], wine_data["target"], test_size=0.3, random_state=101
)
scaler = MinMaxScaler()
scaled_x_train = scaler.fit_transform(x_train)
scaled_x_test = scaler.transform(x_test)
onehot_y_train = pd.get_dummies(y_train).values  # corrected: pandas has no `as_matrix` any more
onehot_y_test = pd.get_dummies(y_test).values

num_feat = 13
num_hidden1 = 13
num_hidden2 = 13
num_outputs = 3
learning_rate = 0.01

X = tf.placeholder(tf.float32, shape=[None, num_feat])
y_true = tf.placeholder(tf.float32, shape=[None, num_outputs])
actf = tf.nn.relu

hidden1 = fully_connected(X, num_hidden1, activation_fn=actf)
hidden2 = fully_connected(hidden1, num_hidden2, activation_fn=actf)
output = fully_connected(hidden2, num_outputs)

loss = tf.losses.softmax_cross_entropy(onehot_labels=y_true, logits=output)
optimizer = tf.train.AdamOptimizer(learning_rate)
train = optimizer.minimize(loss)
init = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(init)
    for i in range(options.steps):
        sess.run(train, feed_dict={X: scaled_x_train, y_true: onehot_y_train})
        if i % 50 == 0:
            print(i, sess.run(loss, feed_dict={X: scaled_x_train, y_true: onehot_y_train}))
    logits = output.eval(feed_dict={X: scaled_x_test})
    preds = tf.argmax(logits, axis=1)
    results = preds.eval()

print(logits[:3])
print(classification_report(y_test, results))  # corrected: the truth is the first argument
