"""Einstein summation, as products of matrices."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@export("einsum", "linalg.einsum")
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Returns the contraction of tensors that an equation in Einstein's notation describes.

    Args:
      equation: like ``"ij,jk->ik"``: a letter for each axis of each input, and the axes of the result; letters that are
        missing in the result are summed over. Without ``->`` the result has the letters that occur once, sorted.
        ``...`` stands for further axes.
      *inputs: the tensors.
      **kwargs: `name`, the name scope.

    Raises:
      ValueError: an equation that does not fit the inputs, or a letter twice in one input.
      TypeError: another keyword.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.einsum("bij,bjk->bik", tf.zeros([5, 2, 3]), tf.zeros([5, 3, 4]))
    <tf.Tensor 'einsum/MatMul:0' shape=(5, 2, 4) dtype=float32>
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"invalid keyword arguments for this function: {', '.join(sorted(kwargs))}")
    with name_scope(name, "einsum", [equation, inputs]):
        tensors = [t if isinstance(t, Tensor) else convert_to_tensor(t) for t in inputs]
        labels, output = _parse(equation, tensors)
        if _is_trace(equation, labels):
            from tangraph.ops.math.products import trace

            return trace(tensors[0])
        for label in labels:
            if len(set(label)) != len(label):
                raise ValueError(f"Subscript not supported: an axis appears more than once: {label}")
        if any(sum(a in s for s in labels) > 2 and a not in output for a in "".join(labels)):
            return _by_broadcasting(equation, tensors, labels, output)
        result, result_labels = tensors[0], labels[0]
        for tensor, label in zip(tensors[1:], labels[1:], strict=True):
            summed = (set(result_labels) & set(label)) - set(output)
            result, result_labels = _contract(result, result_labels, tensor, label, summed)
        return _arranged(equation, result, result_labels, output)


def _is_trace(equation: str, labels: Sequence[str]) -> bool:
    return len(labels) == 1 and "->" not in equation and len(labels[0]) == 2 and labels[0][0] == labels[0][1]


def _arranged(equation: str, tensor: Tensor, labels: str, output: str) -> Tensor:
    """Sums over what is not in the output, and brings the axes into its order."""
    from tangraph.ops.math.reductions import reduce_sum

    missing = [i for i, a in enumerate(labels) if a not in output]
    if missing:
        tensor = reduce_sum(tensor, axis=missing)
        labels = "".join(a for a in labels if a in output)
    if sorted(labels) != sorted(output):
        raise ValueError(f"Invalid equation: {equation}")
    return _transposed(tensor, [labels.index(a) for a in output])


def _parse(equation: str, tensors: Sequence[Tensor]) -> tuple[list[str], str]:
    """Returns the letters of each input and those of the output, with ellipses written out."""
    text = equation.replace(" ", "")
    if "0" in text and "..." in text:
        raise ValueError(f'Invalid character "0" in equation: {equation}')
    text = text.replace("...", "0")
    match = re.match(r"^([a-zA-Z0,]*)(->[a-zA-Z0]*)?$" if "..." in equation else r"^([a-zA-Z,]*)(->[a-zA-Z]*)?$", text)
    if match is None:
        raise ValueError(f"Indices have incorrect format: {equation}")
    labels = match.group(1).split(",")
    if len(labels) != len(tensors):
        raise ValueError(f'Got {len(tensors)} arguments for equation "{equation}", expecting {len(labels)}')
    output = match.group(2)[2:] if match.group(2) is not None else None
    if output is None:
        counts = Counter("".join(labels))
        # "0", the ellipsis, sorts before the letters.
        output = "".join(sorted(a for a, n in counts.items() if n == 1 or a == "0"))
    if "..." in equation:
        return _without_ellipses(equation, labels, output, tensors)
    return labels, output


def _without_ellipses(
    equation: str, labels: Sequence[str], output: str, tensors: Sequence[Tensor]
) -> tuple[list[str], str]:
    unused = [a for a in _LETTERS if a not in equation]
    extra = 0
    replaced = []
    for label, tensor in zip(labels, tensors, strict=True):
        if label.count("0") > 1:
            raise ValueError(f"Too many ellipses in input label: {label.replace('0', '...')}")
        if "0" in label:
            if tensor.raw_shape is None:
                raise ValueError("Einsum only supports ellipsis for inputs of known rank.")
            extra = max(extra, len(tensor.raw_shape) - len(label) + 1)
    names = unused[:extra]
    for label, tensor in zip(labels, tensors, strict=True):
        count = len(tensor.raw_shape or ()) - len(label) + 1
        replaced.append(label.replace("0", "".join(names[len(names) - count :])))
    return replaced, output.replace("0", "".join(names))


def _contract(a: Tensor, a_labels: str, b: Tensor, b_labels: str, summed: set[str]) -> tuple[Tensor, str]:
    """Multiplies two tensors and sums over axes that both have; returns the product and its letters.

    The axes of `a` are brought into the order (kept in both, only in `a`, summed), those of `b` into
    (kept in both, summed, only in `b`): then it is a product of matrices.
    """
    from tangraph.ops.math.matmul import matmul

    for index, (tensor, label) in enumerate(((a, a_labels), (b, b_labels))):
        rank = tensor.shape.ndims
        if rank is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        if rank != len(label):
            raise ValueError(f"Tensor t{index} of rank {rank} does not match einsum reduction of length {len(label)}")
    kept = (set(a_labels) & set(b_labels)) - summed
    a_order = sorted(a_labels, key=lambda x: (-1 if x in kept else 1 if x in summed else 0, x))
    b_order = sorted(b_labels, key=lambda x: (-1 if x in kept else 0 if x in summed else 1, x))
    a = _transposed(a, [a_labels.index(x) for x in a_order])
    b = _transposed(b, [b_labels.index(x) for x in b_order])
    only_a, only_b = len(a_labels) - len(kept) - len(summed), len(b_labels) - len(kept) - len(summed)
    if not summed:
        return _outer(a, b, len(kept), only_a, only_b), "".join(a_order + b_order[len(kept) :])
    a_sizes = _sizes(a)
    width = _product(a_sizes[len(kept) : -len(summed)])
    depth = _product(a_sizes[-len(summed) :])
    a = _reshaped(a, [*a_sizes[: len(kept)], width, depth])
    b_sizes = _sizes(b)
    height = _product(b_sizes[len(kept) + len(summed) :])
    b = _reshaped(b, [*b_sizes[: len(kept)], depth, height])
    product = matmul(a, b)
    sizes = a_sizes[: len(kept) + only_a] + b_sizes[len(b_sizes) - only_b :]
    letters = a_order[: len(kept) + only_a] + b_order[len(b_order) - only_b :]
    return _reshaped(product, sizes), "".join(letters)


def _outer(a: Tensor, b: Tensor, kept: int, only_a: int, only_b: int) -> Tensor:
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.math.arithmetic import multiply

    for _ in range(only_b):
        a = expand_dims(a, -1)
    for _ in range(only_a):
        b = expand_dims(b, kept)
    return multiply(a, b)


def _transposed(tensor: Tensor, permutation: list[int]) -> Tensor:
    from tangraph.ops.array.transpose import transpose

    if permutation == list(range(len(permutation))):
        return tensor
    return transpose(tensor, perm=permutation)


def _reshaped(tensor: Tensor, sizes: list[Any]) -> Tensor:
    from tangraph.ops.array.reshape import reshape

    known = tensor.raw_shape or ()
    same = len(known) == len(sizes) and all(
        not isinstance(s, Tensor) and s in (k, -1) for k, s in zip(known, sizes, strict=True)
    )
    result: Tensor = tensor if same else reshape(tensor, tuple(sizes))
    return result


def _sizes(tensor: Tensor) -> list[Any]:
    """The sizes of the axes, as nodes where they are not known."""
    from tangraph.ops.array.shape import shape

    sizes: list[Any] = list(tensor.raw_shape or ())
    if None in sizes:
        nodes = shape(tensor)
        sizes = [nodes[i] if s is None else s for i, s in enumerate(sizes)]
    return sizes


def _product(sizes: list[Any]) -> Any:
    result: Any = 1
    for size in sizes:
        result = result * size
    return result


def _by_broadcasting(equation: str, tensors: list[Tensor], labels: list[str], output: str) -> Tensor:
    """Multiplies all inputs in the space of all axes: what is left for letters that three inputs share."""
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.reductions import reduce_sum

    summed = sorted({a for s in labels for a in s if a not in output})
    letters = summed + list(output)
    known: dict[str, int | None] = {}
    for tensor, label in zip(tensors, labels, strict=True):
        rank = tensor.shape.ndims
        if rank != len(label):
            raise ValueError(f"Invalid equation: {equation}")
        for a, size in zip(label, tensor.raw_shape or (), strict=True):
            if known.get(a) is not None and size is not None and size != known[a]:
                raise ValueError(f"Dimension mismatch at axis: {a}")
            known[a] = known.get(a) if size is None else size
    orders = [sorted(range(len(label)), key=lambda i, s=label: letters.index(s[i])) for label in labels]  # type: ignore[misc]
    moved = [
        transpose(t, order) if order != list(range(len(order))) else t for t, order in zip(tensors, orders, strict=True)
    ]
    factors = []
    for tensor, label in zip(moved, labels, strict=True):
        sizes = [(-1 if known[a] is None else known[a]) if a in label else 1 for a in letters]
        factors.append(reshape(tensor, sizes))
    result: Any = 1
    for factor in factors:
        result = result * factor
    return reduce_sum(result, axis=list(range(len(summed))))
