"""Everybody's convolutions by our methods: our rules for JAX's own primitives."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
from jax import lax
from jax.extend.core import Primitive
from jax.extend.core.primitives import select_and_scatter_add_p
from jax.interpreters import mlir

from jaxcnn._support.results import Result
from jaxcnn.lowering import dispatch
from jaxcnn.lowering._cpu_rule import Chooser, cpu_rule
from jaxcnn.lowering.pooling import pool_gradient_method

CHOOSERS: dict[Primitive, Chooser] = {
    lax.conv_general_dilated_p: dispatch.convolution_method,
    select_and_scatter_add_p: pool_gradient_method,
}
"""JAX's primitives that are taken over, and what names the method for each."""


@dataclass(frozen=True, eq=False)
class CompiledConvolutions(Result):
    """What was compiled while fast convolutions were in force, by the name of JAX's primitive.

    A program counts once what it does several times in the same way: layers of the same shapes,
    say. Gradients are convolutions too.

    Attributes:
        taken: how many were compiled by methods of jaxcnn.
        left: how many were left to XLA.
    """

    taken: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


_lock = threading.RLock()
_counting: list[CompiledConvolutions] = []  # one for each that is in force
_installed: list[CompiledConvolutions] = []  # of these, the one of install_fast_convolutions
_rules_before: dict[Primitive, Any] = {}


@contextmanager
def fast_convolutions() -> Iterator[CompiledConvolutions]:
    """Makes convolutions of any JAX code fast on CPUs: Flax, Equinox, Haiku, Keras, plain JAX.

    Models stay as they are. Within the context, `jax.lax.conv_general_dilated`, which all of them
    end in, is compiled to jaxcnn's methods where these are faster, and so are its gradients and
    those of max-pooling (`select_and_scatter_add`). Winograd's method spreads what is not finite
    over the tile of outputs around it.

    This holds for the whole process, all threads of it. What is compiled is compiled anew: JAX's
    caches are cleared (`jax.clear_caches`) on entry and on exit, so put it around a whole training,
    not around one call. Contexts nest; on leaving the last one, JAX's rules are back as they were.

    Yields:
        Counts of what was taken over: `taken` and `left`, by the name of the primitive.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> images, kernels = jnp.ones((2, 8, 8, 3)), jnp.ones((3, 3, 3, 4))
        >>> layout = ("NHWC", "HWIO", "NHWC")
        >>> with fast_convolutions() as counts:
        ...     outputs = jax.lax.conv_general_dilated(
        ...         images, kernels, (1, 1), "SAME", dimension_numbers=layout
        ...     )
        >>> (counts.taken + counts.left)["conv_general_dilated"]
        1
    """
    counts = _enter()
    try:
        yield counts
    finally:
        _leave(counts)


def install_fast_convolutions() -> CompiledConvolutions:
    """Does for good what `fast_convolutions` does within a context.

    Clears JAX's caches. Once installed, does nothing.

    Returns:
        Counts, as of `fast_convolutions`, that go on counting.
    """
    with _lock:
        if not _installed:
            _installed.append(_enter())
        return _installed[0]


def uninstall_fast_convolutions() -> None:
    """Undoes `install_fast_convolutions`; without it, does nothing. Clears JAX's caches."""
    with _lock:
        if _installed:
            _leave(_installed.pop())


def _enter() -> CompiledConvolutions:
    with _lock:
        if not _counting:
            for primitive, choose in CHOOSERS.items():
                _override(primitive, choose)
        counts = CompiledConvolutions()
        _counting.append(counts)
        jax.clear_caches()
        return counts


def _leave(counts: CompiledConvolutions) -> None:
    with _lock:
        _counting.remove(counts)
        if not _counting:
            _restore()
        jax.clear_caches()


# JAX has a function that sets rules but none that reads or removes them.
def _override(primitive: Primitive, choose: Chooser) -> None:
    before = mlir._platform_specific_lowerings["cpu"].get(primitive)
    _rules_before[primitive] = before
    otherwise = (before or mlir._lowerings[primitive]).rule
    rule = cpu_rule(choose, otherwise, partial(_note, primitive.name))
    mlir.register_lowering(primitive, rule, platform="cpu")


def _restore() -> None:
    rules = mlir._platform_specific_lowerings["cpu"]
    while _rules_before:
        primitive, before = _rules_before.popitem()
        if before is None:
            del rules[primitive]
        else:
            rules[primitive] = before


def _note(name: str, is_taken: bool) -> None:
    for counts in _counting:
        (counts.taken if is_taken else counts.left)[name] += 1
