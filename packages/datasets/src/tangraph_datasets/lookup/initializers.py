"""What fills a table: tensors, or a text file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.init_scope import in_control_flow, init_scope
from tangraph.framework.scopes import add_to_collection, device, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.plugin import export, make_op

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation


@export("lookup.TextFileIndex", "contrib.lookup.TextFileIndex")
class TextFileIndex:
    """Columns of a text file that are none: the whole line, and its number from 0 on."""

    WHOLE_LINE: Final = -2
    LINE_NUMBER: Final = -1


@export("contrib.lookup.TableInitializerBase")
class TableInitializerBase:
    """What fills a table; a subclass has `initialize`.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype: DType = dtypes.as_dtype(key_dtype)
        self._value_dtype: DType = dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The type of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The type of the values."""
        return self._value_dtype

    @property
    def shared_name(self) -> str:
        """The name under which tables with this content are shared, "" for none."""
        return ""

    def initialize(self, table: Any) -> Operation:
        """Returns the operation that fills a table."""
        raise NotImplementedError

    def _check_types(self, table: Any) -> None:
        if self._key_dtype.base is not table.key_dtype:
            raise TypeError(f"Invalid key dtype, expected {table.key_dtype} but got {self._key_dtype}.")
        if self._value_dtype.base is not table.value_dtype:
            raise TypeError(f"Invalid value dtype, expected {table.value_dtype} but got {self._value_dtype}.")


@export("lookup.KeyValueTensorInitializer", "contrib.lookup.KeyValueTensorInitializer")
class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table from tensors.

    Args:
      keys: the keys.
      values: the values, of the same shape.
      key_dtype: the type of the keys, where `keys` is no tensor.
      value_dtype: the same for the values.
      name: the name scope of the operation.
    """

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: str | None = None
    ) -> None:
        def convert() -> tuple[Tensor, Tensor]:
            return (
                convert_to_tensor(keys, dtype=key_dtype, name="keys"),
                convert_to_tensor(values, dtype=value_dtype, name="values"),
            )

        if in_control_flow():
            with init_scope():
                self._keys, self._values = convert()
        else:
            self._keys, self._values = convert()
        self._name = "key_value_init" if name is None else name
        super().__init__(self._keys.dtype, self._values.dtype)

    def initialize(self, table: Any) -> Operation:
        """Returns the operation that fills a table; it goes to TABLE_INITIALIZERS."""
        self._check_types(table)
        with name_scope(self._name, values=(table.resource_handle, self._keys, self._values)):
            op: Operation = make_op("LookupTableImportV2", table.resource_handle, self._keys, self._values)
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, op)
        return op


@export("lookup.TextFileInitializer", "contrib.lookup.TextFileInitializer")
class TextFileInitializer(TableInitializerBase):
    """Fills a table from the lines of a text file.

    Args:
      filename: the file, a string or scalar tensor.
      key_dtype: the type of the keys.
      key_index: the column with the keys, from 0 on, or `TextFileIndex.WHOLE_LINE` or `TextFileIndex.LINE_NUMBER`.
      value_dtype: the type of the values.
      value_index: the column with the values.
      vocab_size: how many lines are read; all when None.
      delimiter: what separates columns.
      name: the name scope of the operation.

    Raises:
      ValueError: columns and types that do not go together.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError(f"Filename required for {name}.")
        keys, values = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)
        if key_index < TextFileIndex.WHOLE_LINE:
            raise ValueError(f"Invalid key index {key_index}.")
        _check_type("Keys", key_index == TextFileIndex.LINE_NUMBER, dtypes.int64, keys)
        if key_index == TextFileIndex.WHOLE_LINE and not keys.is_integer and keys is not dtypes.string:
            raise ValueError(f"Signature mismatch. Keys must be integer or string, got {keys}.")
        if value_index < TextFileIndex.WHOLE_LINE:
            raise ValueError(f"Invalid value index {value_index}.")
        _check_type("Values", value_index == TextFileIndex.LINE_NUMBER, dtypes.int64, values)
        _check_type("Values", value_index == TextFileIndex.WHOLE_LINE, dtypes.string, values)
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._columns = (key_index, value_index)
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._name = name
        self._filename_arg = filename
        with init_scope(), device("CPU"):
            self._filename = convert_to_tensor(filename, dtype=dtypes.string, name="asset_path")
        super().__init__(keys, values)

    def initialize(self, table: Any) -> Operation:
        """Returns the operation that fills a table; it goes to TABLE_INITIALIZERS, the file to ASSET_FILEPATHS."""
        self._check_types(table)
        with name_scope(self._name, "text_file_init", (table.resource_handle,)):
            op: Operation = make_op(
                "InitializeTableFromTextFileV2",
                table.resource_handle,
                self._filename,
                key_index=self._columns[0],
                value_index=self._columns[1],
                vocab_size=-1 if self._vocab_size is None else self._vocab_size,
                delimiter=self._delimiter,
            )
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, op)
        if self._filename.op.type == "Const":
            add_to_collection(GraphKeys.ASSET_FILEPATHS, self._filename)
        return op

    @property
    def shared_name(self) -> str:
        """The name under which tables with this content are shared."""
        parts = [self._filename_arg, *([self._vocab_size] if self._vocab_size else []), *self._columns]
        return "_".join(["hash_table", *map(str, parts)])


def _check_type(what: str, applies: bool, expected: DType, received: DType) -> None:
    if applies and received is not expected:
        raise ValueError(f"Signature mismatch. {what} must be dtype {expected}, got {received}.")


@export("contrib.lookup.TextFileStringTableInitializer")
class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table from int64 to strings: by default, from the number of each line to the line."""

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.LINE_NUMBER,
        value_column_index: int = TextFileIndex.WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_string_table_init",
    ) -> None:
        columns = (dtypes.int64, key_column_index, dtypes.string, value_column_index)
        super().__init__(filename, *columns, vocab_size=vocab_size, delimiter=delimiter, name=name)


@export("contrib.lookup.TextFileIdTableInitializer")
class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table from strings to int64: by default, from each line to its number."""

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.WHOLE_LINE,
        value_column_index: int = TextFileIndex.LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_id_table_init",
        key_dtype: Any = dtypes.string,
    ) -> None:
        columns = (key_dtype, key_column_index, dtypes.int64, value_column_index)
        super().__init__(filename, *columns, vocab_size=vocab_size, delimiter=delimiter, name=name)


def known_text(value: Any) -> Any:
    """Returns a text, or the value of a constant that holds one, for errors."""
    if not isinstance(value, Tensor):
        return value
    known = constant_value(value)
    return "?" if known is None else known
