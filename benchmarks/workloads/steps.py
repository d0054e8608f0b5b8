"""What the training workloads share: run a training step many times."""


def training(tf, feed, loss, train, starts=()):
    """Returns (20 losses, function that runs n steps) of a training op; `starts` run after the initializers."""
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    for start in starts:
        sess.run(start)
    losses = [float(sess.run([loss, train], feed)[0]) for _ in range(20)]

    def run(n):
        for _ in range(n):
            sess.run(train, feed)

    return losses, run


def torch_training(model_loss, optimizer):
    """Returns (20 losses, function that runs n steps) of a PyTorch step."""

    def step():
        optimizer.zero_grad()
        loss = model_loss()
        loss.backward()
        optimizer.step()
        return loss

    losses = [float(step().detach()) for _ in range(20)]

    def run(n):
        for _ in range(n):
            step()

    return losses, run
