"""A graph, placeholders, variables and a session in plain Python, and a neuron made of them. It needs no TensorFlow."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_blobs


class SimpleClass:
    def __init__(self, name=""):
        print("hello" + name)

    def yell(self):
        print("YELLING")


class ExtendedClass(SimpleClass):
    def __init__(self):
        super().__init__("Jose")
        print("EXTEND!")


y = ExtendedClass()
y.yell()


class Operation:
    def __init__(self, input_nodes=[]):
        self.input_nodes = input_nodes
        self.output_nodes = []

        for node in input_nodes:
            node.output_nodes.append(self)

    def compute(self):
        pass


class add(Operation):
    def __init__(self, x, y):
        super().__init__([x, y])

    def compute(self, x_var, y_var):
        self.inputs = [x_var, y_var]
        return x_var + y_var


class multiply(Operation):
    def __init__(self, x, y):
        super().__init__([x, y])

    def compute(self, x_var, y_var):
        self.inputs = [x_var, y_var]
        return x_var * y_var


class matmul(Operation):
    def __init__(self, x, y):
        super().__init__([x, y])

    def compute(self, x_var, y_var):
        self.inputs = [x_var, y_var]
        return x_var.dot(y_var)


class Placeholder:
    def __init__(self):
        self.output_nodes = []
        _default_graph.placeholders.append(self)


class Variable:
    def __init__(self, initial_value=None):
        self.value = initial_value
        self.output_nodes = []
        _default_graph.variables.append(self)


class Graph:
    def __init__(self):
        self.operations = []
        self.placeholders = []
        self.variables = []

    def set_as_default(self):  # corrected: `def` was missing
        global _default_graph
        _default_graph = self


def traverse_postorder(operation):
    nodes_postorder = []

    def recurse(node):
        if isinstance(node, Operation):
            for input_node in node.input_nodes:
                recurse(input_node)
        nodes_postorder.append(node)

    recurse(operation)
    return nodes_postorder


class Session:  # corrected: was `clas`
    def run(self, operation, feed_dict={}):
        nodes_postorder = traverse_postorder(operation)

        for node in nodes_postorder:  # corrected: was `order`
            if type(node) == Placeholder:
                node.output = feed_dict[node]
            elif type(node) == Variable:
                node.output = node.value
            else:  # corrected: the colon was missing
                node.inputs = [input_node.output for input_node in node.input_nodes]  # corrected: was `input_node`
                node.output = node.compute(*node.inputs)

            if type(node.output) == list:
                node.output = np.array(node.output)

        return operation.output


# z = Ax + b
g = Graph()
g.set_as_default()
A = Variable(10)
b = Variable(1)
x = Placeholder()
y = multiply(A, x)
z = add(y, b)
sess = Session()
result = sess.run(operation=z, feed_dict={x: 10})
print(result)

# The same with matrices
g = Graph()
g.set_as_default()
A = Variable([[10, 20], [30, 40]])
b = Variable([1, 2])
x = Placeholder()
y = matmul(A, x)
z = add(y, b)
sess = Session()
result = sess.run(operation=z, feed_dict={x: 10})
print(result)


# Classification
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


sample_z = np.linspace(-10, 10, 100)
sample_a = sigmoid(sample_z)  # corrected: was `signmoid`
plt.plot(sample_z, sample_a)


class Sigmoid(Operation):
    def __init__(self, z):
        super().__init__([z])

    def compute(self, z_val):
        return 1 / (1 + np.exp(-z_val))


data = make_blobs(n_samples=50, n_features=2, centers=2, random_state=75)
features = data[0]  # corrected: was `featues`
labels = data[1]
plt.figure()  # added: a picture of its own
plt.scatter(features[:, 0], features[:, 1], c=labels)
x = np.linspace(0, 11, 10)
y = -x + 5
plt.plot(x, y)

print(np.array([1, 1]).dot(np.array([[8], [10]])) - 5)  # corrected: the brackets were not closed

g = Graph()
g.set_as_default()
x = Placeholder()
w = Variable([1, 1])
b = Variable(-5)
z = add(matmul(w, x), b)
a = Sigmoid(z)
sess = Session()
print(sess.run(operation=a, feed_dict={x: [8, 10]}))
print(sess.run(operation=a, feed_dict={x: [2, -10]}))  # added: one of the other class
right = sum((sess.run(operation=a, feed_dict={x: list(point)}) > 0.5) == (label == 1) for point, label in zip(*data))
print("{} of {} points lie on the side of their class".format(max(right, 50 - right), len(labels)))  # added

if "--show" in sys.argv:
    plt.show()
