"""A generative adversarial network: a generator learns to make points of a ring out of noise, against a discriminator.

--steps sets how long the two train, --show draws what the generator makes.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=3000)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()
np.random.seed(7)
tf.set_random_seed(7)

NOISE = 8
BATCH = 64


def real_points(count):
    """Returns [count, 2] points near the circle of radius 2."""
    angle = np.random.uniform(0, 2 * np.pi, count)
    radius = 2 + 0.05 * np.random.randn(count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def generator(noise):
    with tf.variable_scope("generator"):
        hidden = tf.layers.dense(noise, 32, activation=tf.nn.leaky_relu)
        hidden = tf.layers.dense(hidden, 32, activation=tf.nn.leaky_relu)
        return tf.layers.dense(hidden, 2)


def discriminator(points, reuse=None):
    """Returns the logits of "this point is real"; both calls share one set of weights."""
    with tf.variable_scope("discriminator", reuse=reuse):
        hidden = tf.layers.dense(points, 32, activation=tf.nn.leaky_relu)
        hidden = tf.layers.dense(hidden, 32, activation=tf.nn.leaky_relu)
        return tf.layers.dense(hidden, 1)


def cross_entropy(logits, label):
    labels = label * tf.ones_like(logits)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=labels))


real = tf.placeholder(tf.float32, [None, 2])
noise = tf.placeholder(tf.float32, [None, NOISE])
fake = generator(noise)
logits_real = discriminator(real)
logits_fake = discriminator(fake, reuse=True)

# A label a little below 1 keeps the discriminator from being too sure
loss_discriminator = cross_entropy(logits_real, 0.9) + cross_entropy(logits_fake, 0.0)
loss_generator = cross_entropy(logits_fake, 1.0)
variables = tf.trainable_variables()
train_discriminator = tf.train.AdamOptimizer(0.001, beta1=0.5).minimize(
    loss_discriminator, var_list=[v for v in variables if v.name.startswith("discriminator")]
)
train_generator = tf.train.AdamOptimizer(0.001, beta1=0.5).minimize(
    loss_generator, var_list=[v for v in variables if v.name.startswith("generator")]
)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(options.steps):
        feed = {real: real_points(BATCH), noise: np.random.uniform(-1, 1, (BATCH, NOISE))}
        _, d = sess.run([train_discriminator, loss_discriminator], feed)
        _, g = sess.run([train_generator, loss_generator], {noise: np.random.uniform(-1, 1, (BATCH, NOISE))})
        if step % 100 == 0:
            print(step, "discriminator", d, "generator", g)
    samples = sess.run(fake, {noise: np.random.uniform(-1, 1, (500, NOISE))})

print("mean radius", np.sqrt((samples**2).sum(axis=1)).mean())
plt.scatter(*real_points(500).T, s=4, label="real")
plt.scatter(*samples.T, s=4, label="generated")
plt.legend()
if options.show:
    plt.show()
