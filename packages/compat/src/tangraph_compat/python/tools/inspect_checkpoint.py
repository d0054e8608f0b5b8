"""`tensorflow.python.tools.inspect_checkpoint`: what a checkpoint holds."""

from __future__ import annotations

import math
import re

import tangraph as tf


def print_tensors_in_checkpoint_file(
    file_name: str,
    tensor_name: str | None,
    all_tensors: bool,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Prints the tensors of a checkpoint.

    Args:
      file_name: the checkpoint's name.
      tensor_name: the tensor to print; when None or "", a list of all with their shapes.
      all_tensors: whether all are printed.
      all_tensor_names: whether all names are printed.
      count_exclude_pattern: a regular expression for names that the count at the end leaves out.
    """
    try:
        reader = tf.train.NewCheckpointReader(file_name)
        shapes = reader.get_variable_to_shape_map()
        if all_tensors or all_tensor_names:
            for name in sorted(shapes):
                print("tensor_name: ", name)
                if all_tensors:
                    print(reader.get_tensor(name))
        elif tensor_name:
            print("tensor_name: ", tensor_name)
            print(reader.get_tensor(tensor_name))
        else:
            print(reader.debug_string().decode())
        counted = shapes
        if count_exclude_pattern:
            counted = {name: shape for name, shape in shapes.items() if not re.search(count_exclude_pattern, name)}
            left = [math.prod(shape) for name, shape in shapes.items() if name not in counted]
            print(
                f"# Excluding {len(left)} tensors ({sum(left)} params) that match {count_exclude_pattern} when counting."
            )
        print(f"# Total number of params: {sum(math.prod(shape) for shape in counted.values())}")
    except tf.errors.OpError as error:
        print(error)
        if isinstance(error, tf.errors.DataLossError) and re.search(r"\.(index|meta|data)", file_name):
            print(
                "\nIt's likely that this is a V2 checkpoint and you need to provide the filename\n*prefix*.  Try removing "
                f"the '.' and extension.  Try:\ninspect checkpoint --file_name = {file_name.rpartition('.')[0]}"
            )
