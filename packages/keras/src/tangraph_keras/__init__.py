"""tf.keras: layers, models, losses, metrics, optimizers, callbacks."""
