"""Methods by measurement: a table that is asked before the preferences that are shipped."""

import dataclasses
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jax

from jaxcnn._support.results import Result
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._machine import Machine

VERSION = 1
"""Of the file's format."""

NAMES = frozenset({"xla", "padded", "matmul", "phases", "groups", "shifted", "im2col", "winograd"})
"""All methods that a table can name."""

Namer = Callable[[Convolution, Machine], str | None]
"""Names the method that is to compute a convolution, or None: the preferred one."""


@dataclasses.dataclass(frozen=True)
class MethodTable(Result):
    """Which method computes which convolution, as measured by `python -m jaxcnn.lowering.tune`.

    Attributes:
        methods: the method's name for each convolution, by `key_of`.

    Example:
        >>> MethodTable({}).to_json()
        '{"version": 1, "methods": {}}'
    """

    methods: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in self.methods.values():
            if name not in NAMES:
                raise ValueError(f"there is no method {name!r}; there are {sorted(NAMES)}")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MethodTable":
        """Read a table.

        Args:
            path: a file that `to_json` gave the content of.

        Raises:
            FileNotFoundError: if it is not there.
            ValueError: if it is not such a file.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"{path}: no table of methods here")
        try:
            return cls(_methods(json.loads(Path(path).read_text())))
        except ValueError as error:
            raise ValueError(f"{path}: not a table of methods: {error}") from None

    def _content(self) -> Mapping[str, Any]:
        """The content of its file."""
        return {"version": VERSION, "methods": self.methods}

    def method(self, convolution: Convolution, machine: Machine) -> str | None:
        """The name of a convolution's method; None if it is not in the table."""
        return self.methods.get(key_of(convolution, machine))


def _methods(content: Any) -> dict[str, str]:
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION:
        raise ValueError(f"expected version {VERSION}, got {version}")
    methods = content.get("methods")
    if not isinstance(methods, dict) or not all(isinstance(m, str) for m in methods.values()):
        raise ValueError("expected `methods` to map convolutions to names")
    return methods


def key_of(convolution: Convolution, machine: Machine) -> str:
    """All that a convolution's time depends on, as text.

    Args:
        convolution: as one device sees it.
        machine: the CPU and its devices.
    """
    lhs, rhs, out = convolution.dtypes
    numbers = convolution.dimension_numbers
    precision = convolution.precision
    facts = {
        "devices": machine.devices,
        "cores": machine.cores,
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
    """Nested tuples without spaces."""
    if isinstance(values, tuple):
        return f"({','.join(map(_text, values))})"
    return str(values)


_lock = threading.RLock()
_in_force: list[Namer] = []  # the last one is asked


def named(convolution: Convolution, machine: Machine) -> str | None:
    """The name that the table in force has for a convolution's method, if there is one."""
    namers = _in_force[-1:]
    return namers[0](convolution, machine) if namers else None


@contextmanager
def use_methods(table: MethodTable) -> Iterator[None]:
    """Computes convolutions by the methods that a table names.

    Convolutions that are not in the table, and those that the named method cannot compute, go by
    the preferences that are shipped. Other methods round differently: results change in their
    last bits.

    This holds for the whole process, all threads of it. What is compiled is compiled anew: JAX's
    caches are cleared (`jax.clear_caches`) on entry and on exit, so put it around a whole training,
    not around one call. Contexts nest; the table of the innermost is used.

    Args:
        table: from `MethodTable.load`.

    Raises:
        TypeError: if it is no table, but its path, say.

    Example:
        >>> import jax.numpy as jnp
        >>> from jaxcnn import functional as F
        >>> with use_methods(MethodTable({})):
        ...     outputs = F.conv(jnp.ones((8, 16, 16, 3)), jnp.ones((3, 3, 3, 32)))
    """
    if not isinstance(table, MethodTable):
        raise TypeError(f"table: expected what MethodTable.load returns, got {table!r}")
    with named_by(table.method):
        yield


@contextmanager
def named_by(namer: Namer) -> Iterator[None]:
    """`use_methods` with any function in place of a table."""
    entry = partial(namer)  # equal to no other entry
    with _lock:
        _in_force.append(entry)
        jax.clear_caches()
    try:
        yield
    finally:
        with _lock:
            _in_force.remove(entry)
            jax.clear_caches()
