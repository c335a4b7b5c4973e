"""Use jaxcnn's convolution methods in any JAX program, with new rules for JAX's primitives."""

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
from jaxcnn.lowering._cpu_rule import Chooser, cpu_rule
from jaxcnn.lowering._partitioning import forget_mesh, need_mesh
from jaxcnn.lowering._primitive import convolution_method
from jaxcnn.lowering.pooling import pool_gradient_method

CHOOSERS: dict[Primitive, Chooser] = {
    lax.conv_general_dilated_p: convolution_method,
    select_and_scatter_add_p: pool_gradient_method,
}
"""The primitives of JAX whose CPU rules are replaced, each with the function that chooses."""


@dataclass(frozen=True, eq=False)
class CompiledConvolutions(Result):
    """Counts of the convolutions compiled while fast convolutions were active.

    There is one count per JAX primitive, under the primitive's name. Within a program, equal
    convolutions count once, for example the convolutions of two layers with the same shapes.
    Gradients are convolutions too, and are counted.

    Attributes:
        taken: Number of convolutions compiled to jaxcnn's methods.
        left: Number of convolutions left to XLA.
    """

    taken: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


_lock = threading.RLock()
_active_counts: list[CompiledConvolutions] = []  # one per open context or installation
_installed: list[CompiledConvolutions] = []  # the one made by install_fast_convolutions, or none
_jax_rules: dict[Primitive, Any] = {}


@contextmanager
def fast_convolutions() -> Iterator[CompiledConvolutions]:
    """Speed up convolutions on CPUs in any JAX code: Flax, Equinox, Haiku, Keras or plain JAX.

    Use it to train a model of another library faster, without changing the model. All these
    libraries call `jax.lax.conv_general_dilated`. Within the context, this function is compiled to
    jaxcnn's methods where these methods are faster. The same holds for its gradients, and for the
    gradient of max-pooling (`select_and_scatter_add`). Layers of jaxcnn do not need the context. If
    an input value is infinite or NaN, Winograd's method spreads this value over the whole tile of
    outputs around it.

    The context affects the whole process, in all threads. JAX's caches are cleared
    (`jax.clear_caches`) on entry and on exit, and every program is then compiled again. So put the
    context around a whole training, not around one call. Contexts can be nested; JAX's rules are
    restored at the end of the outermost context.

    Yields:
        A `CompiledConvolutions` with two counts per JAX primitive: `taken` counts the convolutions
        compiled to jaxcnn's methods, and `left` the convolutions left to XLA.

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
    """Speed up convolutions on CPUs in any JAX code, for the rest of the process.

    This does permanently what the context `fast_convolutions` does temporarily. It clears JAX's
    caches. A second call does nothing.

    Returns:
        A `CompiledConvolutions` with two counts per JAX primitive: `taken` counts the convolutions
        compiled to jaxcnn's methods, and `left` the convolutions left to XLA. Every compilation
        updates the counts.
    """
    with _lock:
        if not _installed:
            _installed.append(_enter())
        return _installed[0]


def uninstall_fast_convolutions() -> None:
    """Undo `install_fast_convolutions`, and clear JAX's caches; do nothing if not installed."""
    with _lock:
        if _installed:
            _leave(_installed.pop())


def _enter() -> CompiledConvolutions:
    with _lock:
        if not _active_counts:
            for primitive, choose in CHOOSERS.items():
                _override(primitive, choose)
        counts = CompiledConvolutions()
        _active_counts.append(counts)
        jax.clear_caches()
        return counts


def _leave(counts: CompiledConvolutions) -> None:
    with _lock:
        _active_counts.remove(counts)
        if not _active_counts:
            _restore()
        jax.clear_caches()


# JAX has a public function that sets rules, but none that reads or removes them.
def _override(primitive: Primitive, choose: Chooser) -> None:
    if primitive is lax.conv_general_dilated_p:
        need_mesh(primitive)
    before = mlir._platform_specific_lowerings["cpu"].get(primitive)
    _jax_rules[primitive] = before
    jax_rule = (before or mlir._lowerings[primitive]).rule
    rule = cpu_rule(choose, jax_rule, partial(_note, primitive.name))
    mlir.register_lowering(primitive, rule, platform="cpu")


def _restore() -> None:
    rules = mlir._platform_specific_lowerings["cpu"]
    while _jax_rules:
        primitive, before = _jax_rules.popitem()
        forget_mesh(primitive)
        if before is None:
            del rules[primitive]
        else:
            rules[primitive] = before


def _note(name: str, is_taken: bool) -> None:
    for counts in _active_counts:
        (counts.taken if is_taken else counts.left)[name] += 1
