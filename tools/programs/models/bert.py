"""Runs BERT's own code (google-research/bert) with small random weights: outputs, and twelve steps of its training.

``python bert.py CHECKOUT CHECKPOINT write`` makes the checkpoint, and ``... read`` restores it; both print what the model
gives, so that two engines can be compared. It runs on Python 3.7 and later.
"""

import sys

import numpy as np
import tensorflow as tf

sys.path.insert(0, sys.argv[1])
import modeling
import optimization

BATCH, LENGTH = 2, 7


def main(checkpoint, mode):
    """Builds the model and prints its numbers."""
    tf.set_random_seed(7)
    config = modeling.BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=37,
        max_position_embeddings=16,
        type_vocab_size=3,
    )
    rng = np.random.RandomState(0)
    ids, mask = rng.randint(0, 50, (BATCH, LENGTH)), np.ones((BATCH, LENGTH), int)
    mask[1, 4:] = 0
    model = modeling.BertModel(
        config=config,
        is_training=False,
        input_ids=tf.constant(ids, tf.int32),
        input_mask=tf.constant(mask, tf.int32),
        token_type_ids=tf.constant(rng.randint(0, 3, (BATCH, LENGTH)), tf.int32),
    )
    loss = tf.reduce_mean(tf.square(model.get_pooled_output() - 0.5))
    saver = tf.train.Saver()
    # Its own optimizer, with warm-up and decay. It reads the step that the same run writes, in an order that it leaves
    # open: the rate of a run is that of the new step, until TensorFlow has run it some hundred times.
    train = optimization.create_optimizer(loss, 1e-3, num_train_steps=20, num_warmup_steps=5, use_tpu=False)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        if mode == "write":
            saver.save(session, checkpoint)
        else:
            saver.restore(session, checkpoint)
        for tensor in (model.get_sequence_output(), model.get_pooled_output(), *model.get_all_encoder_layers()):
            print(tensor.name, tensor.shape.as_list(), np.round(session.run(tensor).ravel()[:64], 5).tolist())
        for _ in range(12):
            print("loss", session.run([loss, train])[0])
        print("loss", session.run(loss))


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3])
