"""Which sentences are kind? Words become vectors, an LSTM reads them, a dense layer decides.

--epochs sets how long it trains.
"""

import argparse

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=40)
options = parser.parse_args()
np.random.seed(3)
tf.set_random_seed(3)

KIND = """a warm and funny story
the actors are wonderful
i loved every minute
a bright clever film
what a lovely surprise
the music is beautiful
i would see it again
a wonderful warm film
clever and funny dialogue
i loved the lovely music
the story is a surprise and a joy
every scene is bright"""
UNKIND = """a cold and boring story
the actors are terrible
i hated every minute
a dull empty film
what a sad disappointment
the music is awful
i would never see it again
a terrible cold film
dull and boring dialogue
i hated the awful music
the story is a disappointment and a bore
every scene is empty"""
NEW = {"the film is wonderful and funny": 1, "a boring awful story": 0, "i loved the dialogue": 1, "terrible music": 0}

texts = [line.split() for line in KIND.split("\n") + UNKIND.split("\n")]
labels = np.array([1] * 12 + [0] * 12)
vocabulary = {word: number for number, word in enumerate(sorted({w for text in texts for w in text}), start=1)}
longest = max(len(text) for text in texts)
print(len(texts), "sentences,", len(vocabulary), "words, at most", longest, "in a sentence")


def encode(sentences):
    """Returns word numbers of [sentences, longest], 0 at the end and for unknown words, and the lengths."""
    numbers = np.zeros((len(sentences), longest), np.int32)
    for row, sentence in zip(numbers, sentences):
        row[: len(sentence)] = [vocabulary.get(word, 0) for word in sentence]
    return numbers, np.array([len(sentence) for sentence in sentences])


words = tf.placeholder(tf.int32, [None, longest])
lengths = tf.placeholder(tf.int32, [None])
targets = tf.placeholder(tf.float32, [None])
embedding = tf.get_variable("embedding", [len(vocabulary) + 1, 16])
vectors = tf.nn.embedding_lookup(embedding, words)
cell = tf.nn.rnn_cell.LSTMCell(16)
_, state = tf.nn.dynamic_rnn(cell, vectors, sequence_length=lengths, dtype=tf.float32)
logits = tf.layers.dense(state.h, 1)[:, 0]
loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits))
train = tf.train.AdamOptimizer(0.01).minimize(loss)
kind = tf.nn.sigmoid(logits)
accuracy = tf.reduce_mean(tf.cast(tf.equal(kind > 0.5, targets > 0.5), tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    numbers, counts = encode(texts)
    for epoch in range(options.epochs):
        for batch in np.random.permutation(24).reshape(4, 6):
            sess.run(train, {words: numbers[batch], lengths: counts[batch], targets: labels[batch]})
        if epoch % 5 == 0:
            print(epoch, *sess.run([loss, accuracy], {words: numbers, lengths: counts, targets: labels}))
    numbers, counts = encode([text.split() for text in NEW])
    for text, share in zip(NEW, sess.run(kind, {words: numbers, lengths: counts})):
        print(f"{share:.3f} {text}")
