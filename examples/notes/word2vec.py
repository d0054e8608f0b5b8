"""Word2Vec: vectors of words that say which words stand near them, by skip-grams and noise-contrastive estimation.

It reads the words from word2vec_data/words/words.zip, and downloads text8 there where nothing lies. --show draws the
vectors, --steps says how long to train and --vocabulary how many words to know.
"""

import argparse
import collections
import math
import os
import random
import zipfile
from collections import Counter
from urllib import request  # corrected: was six.moves, which Python 3 has no need of

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200001)
parser.add_argument("--every", type=int, default=1000)
parser.add_argument("--vocabulary", type=int, default=50000)
parser.add_argument("--embedding", type=int, default=150)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()

random.seed(101)  # added: the same numbers in every run
np.random.seed(101)

data_dir = "word2vec_data/words"
data_url = "http://mattmahoney.net/dc/text8.zip"


def fetch_words_data(url=data_url, words_data=data_dir):
    # Make the Dir if it does not exist
    os.makedirs(words_data, exist_ok=True)

    # Path to zip file
    zip_path = os.path.join(words_data, "words.zip")

    # If the zip file isn't there, download it from the data url
    if not os.path.exists(zip_path):
        request.urlretrieve(url, zip_path)

    # Now that the zip file is there, get the data from it
    with zipfile.ZipFile(zip_path) as f:
        data = f.read(f.namelist()[0])

    # Return a list of all the words in the data source.
    return data.decode("ascii").split()


words = fetch_words_data()
print(len(words))
for w in words[900:910]:
    print(w, end=" ")
print()

mylist = ["one", "one", "two"]
print(Counter(mylist))
print(Counter(mylist).most_common(1))


def create_counts(vocab_size=50000):
    # Begin adding vocab counts with Counter
    vocab = [] + Counter(words).most_common(vocab_size)

    # Turn into a numpy array
    vocab = np.array([word for word, _ in vocab])  # corrected: was `un`

    dictionary = {word: code for code, word in enumerate(vocab)}
    data = np.array([dictionary.get(word, 0) for word in words])
    return data, vocab


vocab_size = options.vocabulary  # corrected: was not set
data, vocabulary = create_counts(vocab_size=vocab_size)
print(words[100], data[100], vocabulary[data[100]])  # corrected: was `vocab`, and the numbers of one run

data_index = 0  # corrected: was not set


def generate_batch(batch_size, num_skips, skip_window):
    global data_index
    assert batch_size % num_skips == 0
    assert num_skips <= 2 * skip_window
    batch = np.ndarray(shape=(batch_size), dtype=np.int32)
    labels = np.ndarray(shape=(batch_size, 1), dtype=np.int32)
    span = 2 * skip_window + 1  # [ skip_window target skip_window ]
    buffer = collections.deque(maxlen=span)
    if data_index + span > len(data):
        data_index = 0
    buffer.extend(data[data_index : data_index + span])
    data_index += span
    for i in range(batch_size // num_skips):
        target = skip_window  # target label at the center of the buffer
        targets_to_avoid = [skip_window]
        for j in range(num_skips):
            while target in targets_to_avoid:
                target = random.randint(0, span - 1)
            targets_to_avoid.append(target)
            batch[i * num_skips + j] = buffer[skip_window]
            labels[i * num_skips + j, 0] = buffer[target]
        if data_index == len(data):  # corrected: stood outside the loop, so that a batch had one word only
            buffer.extend(data[:span])  # corrected: a deque takes no slice
            data_index = span
        else:
            buffer.append(data[data_index])
            data_index += 1
    # Backtrack a little bit to avoid skipping words in the end of a batch
    data_index = (data_index + len(data) - span) % len(data)
    return batch, labels


# Size of the bath
batch_size = 128
# Dimension of embedding vector
embedding_size = options.embedding
# How many words to consider left and right (the bigger, the longer the training)
skip_window = 1
# How many times to reuse an input to generate a label
num_skips = 2
# We pick a random validation set to sample nearest neighbors. Here we limit the validation samples to the words that
# have a low numeric ID, which by construction are also the most frequent.
valid_size = 16
valid_window = 100
valid_examples = np.random.choice(valid_window, valid_size, replace=False)
# Number of negative examples to sample.
num_sampled = 64
# Model Learning Rate
learning_rate = 0.01  # corrected: was `learining_rate`
# How many words in vocab
vocabulary_size = len(vocabulary)

tf.reset_default_graph()
tf.set_random_seed(101)  # added: the same numbers in every run
train_inputs = tf.placeholder(tf.int32, shape=[None])  # just ints, no actual feats just index
train_labels = tf.placeholder(tf.int32, shape=[batch_size, 1])  # corrected: was `tf.inst32`
valid_dataset = tf.constant(valid_examples, dtype=tf.int32)  # corrected: was `valic-dataset`

init_embeds = tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0)
embeddings = tf.Variable(init_embeds)  # corrected: was `embedding`
embed = tf.nn.embedding_lookup(embeddings, train_inputs)

nce_weights = tf.Variable(
    tf.truncated_normal([vocabulary_size, embedding_size], stddev=1.0 / math.sqrt(embedding_size))
)
nce_biases = tf.Variable(tf.zeros([vocabulary_size]))
loss = tf.reduce_mean(tf.nn.nce_loss(nce_weights, nce_biases, train_labels, embed, num_sampled, vocabulary_size))

optimizer = tf.train.AdamOptimizer(learning_rate=learning_rate)  # corrected: was 1.0, with which it diverges
trainer = optimizer.minimize(loss)

# Compute the cosine similarity between minibatch examples and all embeddings.
norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), axis=1, keep_dims=True))
normalized_embeddings = embeddings / norm
valid_embeddings = tf.nn.embedding_lookup(normalized_embeddings, valid_dataset)
similarity = tf.matmul(valid_embeddings, normalized_embeddings, transpose_b=True)

init = tf.global_variables_initializer()
gpu_options = tf.GPUOptions(per_process_gpu_memory_fraction=0.9)

num_steps = options.steps
with tf.Session(config=tf.ConfigProto(gpu_options=gpu_options)) as sess:
    sess.run(init)
    average_loss = 0
    for step in range(num_steps):
        batch_inputs, batch_labels = generate_batch(batch_size, num_skips, skip_window)
        feed_dict = {train_inputs: batch_inputs, train_labels: batch_labels}

        # We perform one update step by evaluating the training op (including it
        # in the list of returned values for session.run()
        _, loss_val = sess.run([trainer, loss], feed_dict=feed_dict)
        average_loss += loss_val

        if step % options.every == 0:
            if step > 0:
                average_loss /= options.every
            # The average loss is an estimate of the loss over the last batches.
            print("Average loss at step ", step, ": ", average_loss)
            average_loss = 0

    nearest = sess.run(similarity)
    final_embeddings = normalized_embeddings.eval()

for row, example in list(zip(nearest, valid_examples))[:4]:  # added: what has become of the similarity
    print(vocabulary[example], "is near", vocabulary[np.argsort(-row)[1]], row.max())
print(final_embeddings.shape)

if options.show:
    import matplotlib.pyplot as plt
    from sklearn.manifold import TSNE

    def plot_with_labels(low_dim_embs, labels):
        assert low_dim_embs.shape[0] >= len(labels), "More labels than embeddings"
        plt.figure(figsize=(18, 18))  # in inches
        for i, label in enumerate(labels):
            x, y = low_dim_embs[i, :]
            plt.scatter(x, y)
            plt.annotate(label, xy=(x, y), xytext=(5, 2), textcoords="offset points", ha="right", va="bottom")

    tsne = TSNE(perplexity=30, n_components=2, init="pca")
    plot_only = min(500, len(vocabulary))
    low_dim_embs = tsne.fit_transform(final_embeddings[:plot_only, :])
    labels = [vocabulary[i] for i in range(plot_only)]
    plot_with_labels(low_dim_embs, labels)
    plt.show()
