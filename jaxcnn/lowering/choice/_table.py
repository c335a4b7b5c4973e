"""Tables of measured methods, which take precedence over jaxcnn's default rules."""

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jax

from jaxcnn._support.arguments import check_choice
from jaxcnn._support.json_texts import read_json
from jaxcnn._support.results import Result
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._machine import Machine

VERSION = 2
"""The version of the file format. In version 1, the keys did not say whether oneDNN is used."""

NAMES = frozenset(
    {"xla", "padded", "matmul", "phases", "groups", "shifted", "im2col", "winograd", "onednn"}
)
"""The names of all methods."""

MethodNamer = Callable[[Convolution, Machine], str | None]
"""Returns the name of the method for a convolution, or None for the default method."""


@dataclasses.dataclass(frozen=True)
class MethodTable(Result):
    """The fastest method of each convolution, as measured by `python -m jaxcnn.lowering.tune`.

    Read a table with `MethodTable.load` and apply the table with `use_methods`.

    Attributes:
        methods: A dict of names of methods. Each key is a text that describes a convolution and the
            machine.

    Example:
        >>> MethodTable({}).to_json()
        '{"version": 2, "methods": {}}'
    """

    methods: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in self.methods.values():
            check_choice("methods", name, sorted(NAMES))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MethodTable":
        """Read a table from a file that `python -m jaxcnn.lowering.tune` wrote.

        Args:
            path: Path of the JSON file.

        Raises:
            FileNotFoundError: If there is no file at `path`.
            ValueError: If the file is not a table of methods.
        """
        if not Path(path).exists():
            raise FileNotFoundError(f"{path}: expected a table of methods, got no file")
        content = read_json(Path(path))
        try:
            return cls(_methods(content))
        except ValueError as error:
            raise ValueError(f"{path}: expected a table of methods: {error}") from None

    def _content(self) -> Mapping[str, Any]:
        """Return the content of a file that `load` reads."""
        return {"version": VERSION, "methods": self.methods}

    def method(self, convolution: Convolution, machine: Machine) -> str | None:
        """Return the name of a convolution's method; None if the table does not have it."""
        return self.methods.get(key_of(convolution, machine))


def _methods(content: Any) -> dict[str, str]:
    version = content.get("version") if isinstance(content, dict) else None
    if type(version) is not int or version != VERSION:
        raise ValueError(f"version: expected {VERSION}, got {version!r:.80}")
    methods = content.get("methods")
    if not isinstance(methods, dict) or not all(isinstance(m, str) for m in methods.values()):
        raise ValueError(f"methods: expected names by convolution, got {methods!r:.80}")
    return methods


def key_of(convolution: Convolution, machine: Machine) -> str:
    """Return a convolution's key in a table: a text with everything that determines its speed.

    Args:
        convolution: The convolution that one device computes.
        machine: The CPU and its number of devices.
    """
    lhs, rhs, out = convolution.dtypes
    numbers = convolution.dimension_numbers
    precision = convolution.precision
    facts = {
        "devices": machine.devices,
        "cores": machine.cores,
        "onednn": machine.has_onednn,
        "fast_xla": machine.has_fast_xla,
        "lhs": f"{lhs}{_text(convolution.lhs_shape)}",
        "rhs": f"{rhs}{_text(convolution.rhs_shape)}",
        "out": str(out),
        "strides": _text(convolution.strides),
        "padding": _text(convolution.padding),
        "lhs_dilation": _text(convolution.lhs_dilation),
        "rhs_dilation": _text(convolution.rhs_dilation),
        "axes": "".join(map(_text, (numbers.lhs_spec, numbers.rhs_spec, numbers.out_spec))),
        "feature_groups": convolution.feature_groups,
        "batch_groups": convolution.batch_groups,
        "precision": "-" if precision is None else _text(tuple(p.name for p in precision)),
    }
    return " ".join(f"{name}={value}" for name, value in facts.items())


def _text(values: Any) -> str:
    """Write nested tuples without spaces."""
    if isinstance(values, tuple):
        return f"({','.join(map(_text, values))})"
    return str(values)


_lock = threading.RLock()
_active_namers: list[MethodNamer] = []  # only the last one is used


def name_from_table(convolution: Convolution, machine: Machine) -> str | None:
    """Return the method's name from the innermost active table, or None."""
    namers = _active_namers[-1:]
    return namers[0](convolution, machine) if namers else None


@contextmanager
def use_methods(table: MethodTable) -> Iterator[None]:
    """Compute convolutions by the methods that were measured to be fastest on this machine.

    Use this context around a training, after `python -m jaxcnn.lowering.tune` has written a table
    for the training. jaxcnn's default method computes convolutions that are not in the table, and
    convolutions that the method in the table cannot compute. Methods round differently, so results
    change in their last bits.

    The context affects the whole process, in all threads. JAX's caches are cleared
    (`jax.clear_caches`) on entry and on exit, and every program is then compiled again. So put the
    context around a whole training, not around one call. Contexts can be nested; the innermost
    table is used.

    Args:
        table: The table, as `MethodTable.load` returns it.

    Raises:
        TypeError: If `table` is not a `MethodTable` (but a path, for example).

    Example:
        >>> import jax.numpy as jnp
        >>> from jaxcnn import functional as F
        >>> with use_methods(MethodTable({})):
        ...     outputs = F.conv(jnp.ones((8, 16, 16, 3)), jnp.ones((3, 3, 3, 32)))
    """
    if not isinstance(table, MethodTable):
        raise TypeError(
            f"table: expected a MethodTable, as MethodTable.load returns, got {table!r}"
        )
    with choose_methods_by(table.method):
        yield


@contextmanager
def choose_methods_by(namer: MethodNamer) -> Iterator[None]:
    """Choose methods by a function of the convolution and the machine, within the context."""
    entry = partial(namer)  # a new object, so that `remove` finds this entry and no equal one
    with _lock:
        _active_namers.append(entry)
        jax.clear_caches()
    try:
        yield
    finally:
        with _lock:
            _active_namers.remove(entry)
            jax.clear_caches()
