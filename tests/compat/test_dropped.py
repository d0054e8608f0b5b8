"""Names that other libraries have dropped: they answer under `tangraph run`, and are listed at the end."""

from __future__ import annotations

import importlib.util

import pytest

LINE = "tangraph run: answered for names that have been dropped: "


def needs(name):
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed")


def used(done):
    return done.err.split(LINE)[1].partition(" (--quiet")[0].split(", ")


def test_numpy(program):
    code = """
    import numpy as np
    from numpy import float as old_float
    print(np.float, np.int, np.object, np.str, np.complex, old_float, np.float_, np.unicode_.__name__, np.string_.__name__)
    print(np.Inf, np.NaN, np.NINF, np.asscalar(np.array([3])), np.product([2, 3]), np.alltrue([1]), np.round_(2.6))
    print(np.array([1, 2]).tostring(), np.array([1, 5]).ptp(), np.in1d([1, 2], [2]).tolist(), np.trapz([1, 1]))
    a = np.zeros((2, 2)); a.itemset((0, 1), 5); a.itemset(3, 4.5); print(a.tolist(), np.rank(a), np.cast["int32"](1.5).dtype)
    print(np.zeros(2, dtype=np.bool).dtype, np.asfarray([1]).dtype, np.mat([[1]]).shape)
    """
    done = program(code)
    lines = done.out.splitlines()
    assert lines[0] == (
        "<class 'float'> <class 'int'> <class 'object'> <class 'str'> <class 'complex'> <class 'float'> "
        "<class 'numpy.float64'> str_ bytes_"
    )
    assert lines[1] == "inf nan -inf 3 6 True 3.0"
    assert lines[2].endswith("4 [False, True] 1.0")
    assert lines[3] == "[[0.0, 5.0], [0.0, 4.5]] 2 int32"
    assert lines[4] == "bool float64 (1, 1)"
    assert {"np.float", "np.asscalar", "ndarray.tostring", "np.NINF"} <= set(used(done))
    assert "tangraph run" not in program(code, options=["--quiet"]).err  # NumPy itself may warn


def test_numpy_takes_what_it_took(program):
    code = """
    import numpy as np
    print(np.reshape([1, 2], newshape=(2, 1)).tolist(), np.reshape([1, 2], (2, 1)).shape)
    rows = np.array([[1, 2], [3]]); print(rows.dtype, rows.shape, np.asarray([np.ones(2), np.ones(3)]).shape)
    pairs = np.array([(np.ones(2), np.ones(3)), (np.ones(2), np.ones(3))]); print(pairs.shape, np.array([1.5]).dtype)
    table, low = np.nan_to_num((np.ones((3, 2)), np.ones(2))); print(table.shape, low.shape)
    try:
        np.array([[1, 2], [3]], dtype=np.float32)
    except ValueError as error:
        print("still an error")
    """
    done = program(code)
    assert done.out == "[[1], [2]] (2, 1)\nobject (2,) (2,)\n(2, 2) float64\n(3, 2) (2,)\nstill an error\n"
    assert {"np.reshape(newshape=)", "np.array of rows of different lengths"} <= set(used(done))


def test_arrays_of_one_element_are_numbers(program):
    code = """
    import math
    import numpy as np
    print(float(np.ones(1)), int(np.full((1, 1), 2.5)), "%d %.2f" % (np.ones(1), np.ones((1, 1))), math.sqrt(np.ones(1)))
    values = np.zeros(2)
    values[0] = np.array([5.0])
    print(values.tolist(), float(np.array(2.5)), int(np.array(2.5)), np.ones(1).tolist())
    for wrong in (np.ones(2), np.array([None]), np.zeros(0)):
        try:
            float(wrong)
        except TypeError:
            print("TypeError")
    """
    assert program(code).out.splitlines() == [
        "1.0 2 1 1.00 1.0",
        "[5.0, 0.0] 2.5 2 [1.0]",
        "TypeError",
        "TypeError",
        "TypeError",
    ]


def test_numpy_itself_hears_the_truth(program):
    code = """
    import numpy as np
    exec(compile("found = hasattr(np, 'float'), hasattr(np.ones(1), 'itemset')", "x", "exec"), g := {"__name__": "scipy.x", "np": np})
    print(g["found"], hasattr(np, "no_such_name"))
    """
    done = program(code)
    assert done.out == "(False, False) False\n"
    assert done.err == ""


def test_outside_of_the_runner_nothing_answers():
    np = pytest.importorskip("numpy")
    with pytest.raises(AttributeError):
        np.asscalar


@needs("pandas")
def test_pandas(program):
    code = """
    import io
    import pandas as pd
    frame = pd.DataFrame({"a": [1, 2], "sort": [4, 3]}, index=["x", "y"])
    print(frame.as_matrix().tolist(), frame.a.as_matrix().tolist(), frame.ix[0].tolist(), frame.ix["y", "a"])
    print(frame.append({"a": 5, "sort": 6}, ignore_index=True).shape, [n for n, _ in frame.iteritems()])
    print(frame.sort.tolist(), frame.a.order(ascending=False).tolist(), pd.np.__name__, frame.get_value("x", "a"))
    print(pd.read_csv(io.StringIO("a,b\\n1,2\\n1,2,3\\n"), error_bad_lines=False).shape)
    print(pd.read_csv(io.StringIO("a\\n1\\n2\\n"), squeeze=True).tolist())
    print(list(pd.read_csv(io.StringIO("1,2\\n3,4\\n"), header=None, prefix="X").columns))
    """
    done = program(code)
    assert done.out.splitlines() == [
        "[[1, 4], [2, 3]] [1, 2] [1, 4] 2",
        "(3, 2) ['a', 'sort']",
        "[4, 3] [2, 1] numpy 1",
        "(1, 2)",
        "[1, 2]",
        "['X0', 'X1']",
    ]
    assert {"DataFrame.as_matrix", "Series.as_matrix", "DataFrame.ix", "pd.np"} <= set(used(done))
    assert "DataFrame.sort" not in used(done)  # a column


@needs("scipy")
@needs("PIL")
def test_scipy(program):
    code = """
    import numpy as np
    import scipy, scipy.misc, scipy.signal
    image = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    scipy.misc.imsave("a.png", image)
    print(scipy.misc.imread("a.png").tolist() == image.tolist(), scipy.misc.imresize(image, (6, 8)).shape)
    print(scipy.misc.imresize(np.zeros((4, 4, 3)), 0.5).shape, scipy.misc.toimage(image).size, scipy.misc.comb(4, 2))
    print(scipy.mean([1, 3]), scipy.signal.hann(3).tolist(), scipy.misc.imread("a.png", flatten=True).dtype)
    from scipy.misc import imread
    from scipy.sparse.linalg.eigen.arpack import eigsh
    """
    done = program(code)
    assert done.out.splitlines() == ["True (6, 8)", "(2, 2, 3) (4, 3) 6.0", "2.0 [0.0, 1.0, 0.0] float32"]
    assert {"scipy.misc.imread", "scipy.misc.imresize", "scipy.mean", "scipy.signal.hann"} <= set(used(done))


@needs("sklearn")
def test_sklearn(program):
    code = """
    import numpy as np
    from sklearn.cross_validation import train_test_split, KFold, StratifiedShuffleSplit
    from sklearn.externals import joblib
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import Imputer, OneHotEncoder
    print(len(train_test_split(range(10))), len(KFold(10, n_folds=5)), [len(a) for a, b in KFold(10, 5)], joblib.__name__)
    print(TSNE(n_iter=300).get_params()["max_iter"], OneHotEncoder(sparse=False).fit_transform([[1], [2]]).tolist())
    print(Imputer().fit_transform([[1.0], [np.nan], [3.0]]).tolist())
    from sklearn.linear_model import Lasso, LinearRegression, Perceptron
    endless = Perceptron(max_iter=7, tol=-np.infty, random_state=42).fit([[0.0], [1.0], [3.0]], [0, 1, 1])
    print(endless.n_iter_, endless.predict([[3.0]]))
    print(LinearRegression(normalize=True).fit([[1.0], [2.0]], [1.0, 3.0]).predict([[3.0]]).round(6), Lasso(normalize=False).alpha)
    try:
        Lasso(normalize=True)
    except TypeError as error:
        print(error)
    try:
        from sklearn.datasets import load_boston
    except ImportError as error:
        print(error)
    """
    done = program(code)
    lines = done.out.splitlines()
    assert lines[:3] == [
        "2 5 [8, 8, 8, 8, 8] sklearn.externals.joblib",
        "300 [[1.0, 0.0], [0.0, 1.0]]",
        "[[1.0], [2.0], [3.0]]",
    ]
    assert lines[3] == "7 [1]"
    assert lines[4] == "[5.] 1.0"
    assert lines[5].startswith("Lasso(normalize=) is gone from scikit-learn: scale the data first")
    assert lines[6].startswith(
        "sklearn.datasets.load_boston is gone: scikit-learn has removed the Boston housing data."
    )
    assert {"sklearn.cross_validation", "TSNE(n_iter=)", "sklearn.preprocessing.Imputer"} <= set(used(done))


def test_python(program):
    code = """
    import base64, collections, fractions, inspect, json, threading, time
    import xml.etree.cElementTree as tree
    print(isinstance([], collections.Iterable), time.clock() >= 0, fractions.gcd(4, 6), json.loads("1", encoding="utf-8"))
    print(inspect.getargspec(lambda a, b=2: 0).args, base64.encodestring(b"a"), threading.Thread().isAlive())
    print(tree.fromstring("<a/>").tag, collections.OrderedDict.__name__)
    """
    done = program(code)
    assert done.out.splitlines() == ["True True 2 1", "['a', 'b'] b'YQ==\\n' False", "a OrderedDict"]
    assert {"collections.Iterable", "time.clock", "Thread.isAlive", "json.loads(encoding=)"} <= set(used(done))


def test_children_do_not_report(program):
    code = """
    import subprocess, sys
    subprocess.run([sys.executable, "-c", "import time; time.clock()"], check=True)
    """
    assert program(code).err == ""
