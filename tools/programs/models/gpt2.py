"""Runs GPT-2's own code (openai/gpt-2) with small random weights: logits, and sampled tokens.

``python gpt2.py CHECKOUT CHECKPOINT write`` makes the checkpoint, and ``... read`` restores it; both print what the model
gives, so that two engines can be compared. It runs on Python 3.7 and later.
"""

import os
import sys

import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.join(sys.argv[1], "src"))
import model
import sample

BATCH = 1  # its nucleus sampling takes no more


def main(checkpoint, mode):
    """Builds the model and prints its numbers."""
    tf.set_random_seed(11)
    np.random.seed(11)
    hparams = model.default_hparams()
    hparams.override_from_dict({"n_vocab": 60, "n_ctx": 32, "n_embd": 24, "n_head": 3, "n_layer": 2})
    context = tf.placeholder(tf.int32, [BATCH, None])
    logits = model.model(hparams=hparams, X=context)["logits"]
    tokens = sample.sample_sequence(
        hparams=hparams, length=12, context=context, batch_size=BATCH, temperature=0.9, top_k=20, top_p=0.9
    )
    saver = tf.train.Saver()
    given = {context: [[1, 5, 9, 2]]}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        if mode == "write":
            saver.save(session, checkpoint)
        else:
            saver.restore(session, checkpoint)
        print("logits", np.round(session.run(logits, given).ravel()[:200], 5).tolist())
        for _ in range(2):
            print("tokens", session.run(tokens, given).tolist())


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3])
