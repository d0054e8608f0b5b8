"""Q-learning on a frozen lake of its own: from S to G over ice, around the holes; every step may slip.

A table of values, as one layer without activation. --episodes sets how many walks it learns from.
"""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--episodes", type=int, default=2000)
options = parser.parse_args()
np.random.seed(0)
tf.set_random_seed(0)


class Lake:
    """16 places, 4 moves. A walk ends in a hole (reward 0), at the goal (reward 1), or after 100 steps."""

    places = "SFFFFHFHFFFHHFFG"
    moves = ((0, -1), (1, 0), (0, 1), (-1, 0))
    names = "<v>^"

    def reset(self):
        self.row = self.column = self.steps = 0
        return 0

    def step(self, move):
        """Returns the new place, the reward, and whether the walk is over."""
        if np.random.rand() < 0.1:
            move = np.random.randint(4)
        down, right = self.moves[move]
        self.row, self.column = min(max(self.row + down, 0), 3), min(max(self.column + right, 0), 3)
        self.steps += 1
        place = self.row * 4 + self.column
        kind = self.places[place]
        return place, float(kind == "G"), kind in "HG" or self.steps == 100


lake = Lake()
inputs = tf.placeholder(tf.float32, [1, 16])
W = tf.Variable(tf.random_uniform([16, 4], 0, 0.01))
values = tf.matmul(inputs, W)
best = tf.argmax(values, 1)
wanted = tf.placeholder(tf.float32, [1, 4])
loss = tf.reduce_sum(tf.square(wanted - values))
train = tf.train.GradientDescentOptimizer(learning_rate=0.1).minimize(loss)

DISCOUNT = 0.95
one_hot = np.identity(16)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    rewards = []
    for episode in range(options.episodes):
        place, over, total = lake.reset(), False, 0.0
        explore = max(0.05, 1.0 - episode / (0.6 * options.episodes))
        while not over:
            (move,), now = sess.run([best, values], {inputs: one_hot[place : place + 1]})
            if np.random.rand() < explore:
                move = np.random.randint(4)
            after, reward, over = lake.step(move)
            target = now
            target[0, move] = reward
            if not over:
                target[0, move] += DISCOUNT * sess.run(values, {inputs: one_hot[after : after + 1]}).max()
            sess.run(train, {inputs: one_hot[place : place + 1], wanted: target})
            place, total = after, total + reward
        rewards.append(total)
        if (episode + 1) % 100 == 0:
            print(episode + 1, "walks; of the last 100 reached the goal:", int(sum(rewards[-100:])))
    table = sess.run(W)

print(table.max(axis=1).reshape(4, 4))
for row in range(4):
    line = ""
    for place in range(row * 4, row * 4 + 4):
        line += lake.names[table[place].argmax()] if lake.places[place] in "SF" else lake.places[place]
    print(line)
