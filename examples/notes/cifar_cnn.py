"""CIFAR-10 from its batches, by two layers of convolution and pooling: here the batching is done by hand.

It reads the folder cifar-10-batches-py, which is in https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz. A batch is
a pickle, which can do anything when it is read: take it from nowhere else. --steps says how long to train, and --every
after how many steps it tells how well it does.
"""

import argparse
import pickle

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=5000)
parser.add_argument("--every", type=int, default=100)
options = parser.parse_args()

tf.set_random_seed(101)  # added: the same numbers in every run
np.random.seed(101)

CIFAR_DIR = "cifar-10-batches-py/"


def unpickle(file):
    with open(file, "rb") as fo:
        return pickle.load(fo, encoding="bytes")


dirs = ["batches.meta", "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
all_data = [unpickle(CIFAR_DIR + direc) for direc in dirs]
batch_meta, batches, test_batch = all_data[0], all_data[1:6], all_data[6]
print(batch_meta[b"label_names"])


def one_hot_encode(vec, vals=10):
    """For use to one-hot encode the 10 possible labels."""
    n = len(vec)
    out = np.zeros((n, vals))
    out[range(n), vec] = 1
    return out


def to_images(batch):
    """The red plane of an image comes first, then the green one, then the blue one."""
    return batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) / 255


class CifarHelper:
    def __init__(self):
        self.i = 0
        self.training_images = np.vstack([to_images(batch) for batch in batches])
        self.training_labels = one_hot_encode(np.hstack([batch[b"labels"] for batch in batches]))
        self.test_images = to_images(test_batch)
        self.test_labels = one_hot_encode(test_batch[b"labels"])

    def next_batch(self, batch_size):
        x = self.training_images[self.i : self.i + batch_size]
        y = self.training_labels[self.i : self.i + batch_size]
        self.i = (self.i + batch_size) % len(self.training_images)
        return x, y


ch = CifarHelper()
print(ch.training_images.shape, ch.test_images.shape)

x = tf.placeholder(tf.float32, shape=[None, 32, 32, 3])
y_true = tf.placeholder(tf.float32, shape=[None, 10])
hold_prob = tf.placeholder(tf.float32)


def init_weights(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def init_bias(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def convolutional_layer(input_x, shape):
    W = init_weights(shape)
    b = init_bias([shape[3]])
    return tf.nn.relu(tf.nn.conv2d(input_x, W, strides=[1, 1, 1, 1], padding="SAME") + b)


def max_pool_2by2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def normal_full_layer(input_layer, size):
    W = init_weights([int(input_layer.get_shape()[1]), size])
    b = init_bias([size])
    return tf.matmul(input_layer, W) + b


convo_1 = convolutional_layer(x, shape=[4, 4, 3, 32])
convo_1_pooling = max_pool_2by2(convo_1)
convo_2 = convolutional_layer(convo_1_pooling, shape=[4, 4, 32, 64])
convo_2_pooling = max_pool_2by2(convo_2)
convo_2_flat = tf.reshape(convo_2_pooling, [-1, 8 * 8 * 64])
full_layer_one = tf.nn.relu(normal_full_layer(convo_2_flat, 1024))
full_one_dropout = tf.nn.dropout(full_layer_one, keep_prob=hold_prob)
y_pred = normal_full_layer(full_one_dropout, 10)

cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_true, logits=y_pred))
optimizer = tf.train.AdamOptimizer(learning_rate=0.001)
train = optimizer.minimize(cross_entropy)
matches = tf.equal(tf.argmax(y_pred, 1), tf.argmax(y_true, 1))
acc = tf.reduce_mean(tf.cast(matches, tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(options.steps):
        batch = ch.next_batch(100)
        _, loss = sess.run([train, cross_entropy], feed_dict={x: batch[0], y_true: batch[1], hold_prob: 0.5})
        if i % options.every == 0:
            print("Currently on step {}, loss {}".format(i, loss))
            print("Accuracy is:")
            print(sess.run(acc, feed_dict={x: ch.test_images, y_true: ch.test_labels, hold_prob: 1.0}))
            print("\n")
