"""A policy gradient (REINFORCE) that learns to balance a pole on a cart; the physics are below.

--episodes sets how many attempts it learns from.
"""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--episodes", type=int, default=400)
options = parser.parse_args()
np.random.seed(1)
tf.set_random_seed(1)


class Cart:
    """A cart on a track with a pole that falls (Barto, Sutton and Anderson 1983); pushed left or right 50 times a second."""

    gravity, cart, pole, half_length, force, seconds = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02

    def reset(self):
        self.state = np.random.uniform(-0.05, 0.05, 4)
        self.steps = 0
        return self.state

    def step(self, push_right):
        """Returns the new state (place, speed, angle, turning speed), and whether the attempt is over."""
        _, speed, angle, turning = self.state
        push = self.force if push_right else -self.force
        sine, cosine, mass = np.sin(angle), np.cos(angle), self.cart + self.pole
        inner = (push + self.pole * self.half_length * turning**2 * sine) / mass
        turn = (self.gravity * sine - cosine * inner) / (self.half_length * (4.0 / 3.0 - self.pole * cosine**2 / mass))
        pull = inner - self.pole * self.half_length * turn * cosine / mass
        change = np.array([speed, pull, turning, turn])
        self.state = self.state + self.seconds * change
        self.steps += 1
        fallen = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * np.pi / 180
        return self.state, fallen or self.steps == 200


states = tf.placeholder(tf.float32, [None, 4])
actions = tf.placeholder(tf.int32, [None])
returns = tf.placeholder(tf.float32, [None])
hidden = tf.layers.dense(states, 16, activation=tf.nn.relu)
logits = tf.layers.dense(hidden, 2)
chances = tf.nn.softmax(logits)
surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=logits)
loss = tf.reduce_mean(surprise * returns)
train = tf.train.AdamOptimizer(0.01).minimize(loss)


def discounted(count, discount=0.97):
    """Returns what each of `count` steps with reward 1 is worth from there on, around 0 and with deviation 1."""
    worth = np.zeros(count)
    total = 0.0
    for step in reversed(range(count)):
        total = worth[step] = 1.0 + discount * total
    return (worth - worth.mean()) / (worth.std() + 1e-8)


cart = Cart()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    lengths = []
    seen, done, worth = [], [], []
    for episode in range(options.episodes):
        state, over, count = cart.reset(), False, 0
        while not over:
            right = int(np.random.rand() < sess.run(chances, {states: [state]})[0, 1])
            seen.append(state)
            done.append(right)
            state, over = cart.step(right)
            count += 1
        lengths.append(count)
        worth.extend(discounted(count))
        if (episode + 1) % 5 == 0:
            sess.run(train, {states: seen, actions: done, returns: worth})
            seen, done, worth = [], [], []
        if (episode + 1) % 20 == 0:
            print(episode + 1, "attempts; the last 20 lasted on average", np.mean(lengths[-20:]))
