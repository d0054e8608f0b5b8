"""Which slice of a larger, partitioned variable a variable is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.ops.state.scoped_names import prepend_name_scope, strip_name_scope

if TYPE_CHECKING:
    from collections.abc import Sequence


class SaveSliceInfo:
    """The place of a slice in the whole, under whose name checkpoints keep it.

    Attributes:
      full_name: the name of the whole.
      full_shape: its shape.
      var_offset: where the slice begins.
      var_shape: the slice's shape.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Sequence[int] | None = None,
        var_offset: Sequence[int] | None = None,
        var_shape: Sequence[int] | None = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if save_slice_info_def is not None:
            full_name = prepend_name_scope(save_slice_info_def.full_name, import_scope)
            full_shape = list(save_slice_info_def.full_shape)
            var_offset = list(save_slice_info_def.var_offset)
            var_shape = list(save_slice_info_def.var_shape)
        self.full_name = full_name
        self.full_shape = full_shape
        self.var_offset = var_offset
        self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The slice as checkpoints write it.

        >>> SaveSliceInfo("w", [4, 2], [2, 0], [2, 2]).spec
        '4 2 2,2:0,2'
        """
        whole = " ".join(str(d) for d in self.full_shape or ())
        slices = zip(self.var_offset or (), self.var_shape or (), strict=True)
        return f"{whole} {':'.join(f'{offset},{size}' for offset, size in slices)}"

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a SaveSliceInfoDef message; None for a variable outside of `export_scope`."""
        from tangraph.framework.protos import SaveSliceInfoDef

        name = self.full_name or ""
        if export_scope is not None and not name.startswith(export_scope):
            return None
        message = SaveSliceInfoDef()
        message.full_name = strip_name_scope(name, export_scope)
        message.full_shape.extend(self.full_shape or ())
        message.var_offset.extend(self.var_offset or ())
        message.var_shape.extend(self.var_shape or ())
        return message
