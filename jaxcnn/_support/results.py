"""The base classes of results: export as plain data, JSON, a data frame and HTML."""

import dataclasses
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn._support.notebooks import Block, html_of
from jaxcnn._support.tables import Table

if TYPE_CHECKING:
    import pandas  # pyright: ignore[reportMissingImports]


class Result:
    """A dataclass that exports as plain data and as JSON.

    It exports its fields and the properties named in `_derived`. Classes that export something else
    override `_content`.
    """

    _derived: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data that JSON can hold.

        Arrays and tuples become lists, and numbers that are not finite become None.
        """
        return as_plain(self._content())

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the result as JSON text, with the content of `to_dict`.

        Args:
            indent: Number of spaces per level; None for a single line.
        """
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def _content(self) -> Mapping[str, Any]:
        names = [field.name for field in dataclasses.fields(cast(Any, self))]
        return {name: getattr(self, name) for name in (*names, *self._derived)}


class Shown:
    """An object that notebooks show as paragraphs and tables; its class defines `_blocks`."""

    def _repr_html_(self) -> str:
        """Return the object as HTML, for notebooks."""
        return html_of(self._blocks())

    def _blocks(self) -> Iterable[Block]:
        """Return the paragraphs and tables, from top to bottom."""
        raise NotImplementedError


class TableResult(Shown, Result):
    """A result that is or contains a table; it also exports as data frame and HTML.

    Classes define `_rows`, the exact values of the table, and may define `_blocks`, the paragraphs
    and tables that `str()` and notebooks show.
    """

    _between: ClassVar[str] = "\n\n"
    """Separator of the blocks as text."""

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return the table as a pandas data frame, with exact values.

        Raises:
            ImportError: If pandas is not installed.
        """
        return data_frame(self._rows())

    def __str__(self) -> str:
        return self._between.join(map(str, self._blocks()))

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        """Return the rows of the table: exact values by column name."""
        raise NotImplementedError

    def _blocks(self) -> Iterable[Block]:
        """Return the paragraphs and tables, from top to bottom."""
        return [Table.of(self._rows())]


def rows_of(result: TableResult) -> Iterable[Mapping[str, Any]]:
    """Return the rows of a result, for another result that contains them."""
    return result._rows()


def as_plain(value: Any) -> Any:
    """Convert a value to plain data that JSON can hold: objects to dicts, sequences to lists.

    Numbers that are not finite become None. Objects of unknown types become their `str()`.

    Example:
        >>> as_plain({"shape": (2, 3), "loss": np.float32("nan"), "counts": np.arange(2)})
        {'shape': [2, 3], 'loss': None, 'counts': [0, 1]}
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "_asdict"):
        return as_plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(name): as_plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    if isinstance(value, Result):
        return value.to_dict()
    return _as_plain_object(value)


def _as_plain_object(value: Any) -> Any:
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        # NumPy has no plain numbers for JAX's small floats.
        return as_plain((array.astype(float) if array.dtype.kind == "V" else array).tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def data_frame(rows: Iterable[Mapping[str, Any]]) -> "pandas.DataFrame":
    """Make a pandas data frame of rows; each column has the dtype of its values.

    Columns of integers or booleans with missing values have dtype `Int64` or `boolean`.
    """
    pandas = import_extra("pandas")
    cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
    columns = list(dict.fromkeys(name for row in cells for name in row))
    values = {name: [row.get(name) for row in cells] for name in columns}
    return pandas.DataFrame({name: _series(pandas, each) for name, each in values.items()})


def _cell(value: Any) -> Any:
    """Convert a value for a data frame: numbers may be infinite, and sequences become tuples."""
    if isinstance(value, Real):
        return value.item() if isinstance(value, np.generic) else value
    plain = as_plain(value)
    return tuple(plain) if isinstance(plain, list) else plain


def _series(pandas: Any, values: Sequence[Any]) -> Any:
    kinds = {type(value) for value in values}
    nullable = {int: "Int64", bool: "boolean"}
    if len(kinds) == 2 and type(None) in kinds and kinds & nullable.keys():
        (kind,) = kinds & nullable.keys()
        return pandas.Series(values, dtype=nullable[kind])
    return pandas.Series(values)
