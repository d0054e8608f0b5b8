"""Logistic regression on the breast cancer data of scikit-learn, with the cost written out so that it cannot overflow."""

import numpy as np
from sklearn.datasets import load_breast_cancer

import tangraph as tf

tf.set_random_seed(777)  # added: the same numbers in every run

train_data = load_breast_cancer()
x_train = train_data.data
y_train = train_data.target
y_train = np.reshape(y_train, [-1, 1])
print("shape of data features: {}".format(x_train.shape))
print("shape of data labels: {}".format(y_train.shape))

X = tf.placeholder(tf.float32, shape=[None, 30])
Y = tf.placeholder(tf.float32, shape=[None, 1])

w = tf.Variable(tf.random.normal([30, 1], 0, 1))
b = tf.Variable(tf.zeros([1]))

linear_model = tf.matmul(X, w) + b

cost = tf.reduce_mean(tf.maximum(linear_model, 0) - linear_model * Y + tf.log(1 + tf.exp(-tf.abs(linear_model))))

iter_num = 2000

optm = tf.train.GradientDescentOptimizer(learning_rate=0.001).minimize(cost)
predict = tf.cast(linear_model > 0, dtype=tf.float32)
acc = tf.reduce_mean(tf.cast(tf.equal(predict, Y), dtype=tf.float32))

init = tf.global_variables_initializer()
with tf.Session() as sess:
    sess.run(init)
    cost_list = []
    acc_list = []
    for idx in range(iter_num):
        sess.run(optm, feed_dict={X: x_train, Y: y_train})

        if idx % 100:
            pass
        else:
            tmp_cost, tmp_acc = sess.run([cost, acc], feed_dict={X: x_train, Y: y_train})
            cost_list.append(tmp_cost)
            acc_list.append(tmp_acc)
            print("# {}th iteration:".format(idx + 1))
            print("cost : {}, accuracy: {:.2f}%\n".format(tmp_cost, 100 * tmp_acc))  # corrected: was {:2f} of a share
    print("iteration has done!")
