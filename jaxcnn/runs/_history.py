"""The metrics of all epochs, as a tuple that notebooks show as a table."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Self

import jax

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table, cell_text
from jaxcnn.runs._history_files import Logs, flat

_HINT = (
    ' (history[-1]["train_loss"] is a number of the last epoch, history.to_dataframe() has a '
    "column per name, jaxcnn.explain.plot_curves draws them)"
)


class History(TableResult, tuple[Logs, ...]):
    """The metrics of a training: a tuple with the `Logs` of each complete epoch.

    It prints as a table with one row per epoch, which `to_dataframe` returns with the norms of each
    layer, too. It is a pytree like a tuple.

    Example:
        >>> history = History([{"epoch": 1, "train_loss": 0.5}, {"epoch": 2, "train_loss": 0.25}])
        >>> history[-1]["train_loss"]
        0.25
        >>> print(history)
        epoch  train loss
            1         0.5
            2        0.25
        >>> history
        History(2 epochs, the last with train_loss 0.25)
    """

    def __new__(cls, epochs: Iterable[Mapping[str, Any]] = ()) -> Self:
        return super().__new__(
            cls, [each if isinstance(each, Logs) else Logs(each) for each in epochs]
        )

    if not TYPE_CHECKING:  # type checkers know what a tuple has

        def __getitem__(self, index: Any) -> Any:
            """Return an epoch, or a tuple of several; a name is an error with a hint."""
            if isinstance(index, str):
                raise TypeError(f"history: expected the number of an epoch, got {index!r}{_HINT}")
            return super().__getitem__(index)

        def __getattr__(self, name: str) -> NoReturn:
            hint = "" if name.startswith("_") else _HINT
            text = f"'History' object has no attribute {name!r}{hint}"
            raise AttributeError(text, name=name, obj=self)

    def __repr__(self) -> str:
        epochs = f"{len(self)} epoch{'s' * (len(self) != 1)}"
        last = self[-1] if self else {}
        scores = [
            f"{name} {cell_text(last[name])}"
            for name in last
            if name.startswith(("train_", "validation_"))
        ]
        return f"History({epochs}{', the last with ' * bool(scores)}{', '.join(scores)})"

    def _content(self) -> Mapping[str, Any]:
        return {"epochs": [*self]}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [dict(flat(logs)) for logs in self]

    def _blocks(self) -> Iterable[Block]:
        per_layer = {name for logs in self for name in logs if isinstance(logs[name], Mapping)}
        rows = [
            {name: value for name, value in logs.items() if name not in per_layer} for logs in self
        ]
        return [Table.of(rows, words=0) if rows else "no epochs"]


jax.tree_util.register_pytree_with_keys(
    History,
    lambda history: ([(jax.tree_util.SequenceKey(n), each) for n, each in enumerate(history)], ()),
    # Not `History(...)`, because a pytree may hold anything in place of the epochs.
    lambda _, epochs: tuple.__new__(History, epochs),
)
