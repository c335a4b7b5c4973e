"""Compile each layer of a network as a separate program with its own input."""

import dataclasses
import math
import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn.architecture import VisitedLayer, walk
from jaxcnn.inference import Variables, functionalize
from jaxcnn.layers import Container, Embedding, Layer, Parallel, shapes_along
from jaxcnn.lowering import compiler_options

Shape = tuple[int, ...]


class LayerProgram(NamedTuple):
    """A compiled layer.

    Attributes:
        run: Runs the program.
        compile_seconds: Time for tracing and compiling, in seconds.
    """

    run: Callable[[], object]
    compile_seconds: float


class LayerPrograms:
    """Compiles layers, equal ones only once, with random weights and inputs.

    Args:
        batch_size: Number of examples in a batch.
        dtype: Dtype of weights and activations.
        train: Whether to run in train mode and compute the gradients with respect to weights and
            input.
    """

    def __init__(self, batch_size: int, dtype: DTypeLike, *, train: bool) -> None:
        self._batch_size, self._dtype, self._train = batch_size, jnp.dtype(dtype), train
        self._rng = np.random.default_rng(0)
        self.of_layer = cache(self._of_layer)
        self._of_join = cache(self._join)
        self._batch = cache(self._random_batch)

    def of_visit(self, visit: VisitedLayer, *, first: bool) -> LayerProgram:
        """Compile what a visit of `walk` computes: a layer, or the join of a container's chains.

        Args:
            visit: The visit.
            first: Whether it takes the network's input, whose gradient is not needed.
        """
        layer = dataclasses.replace(visit.layer, name=None)
        if not isinstance(layer, Container):
            return self.of_layer(layer, visit.input_shape, first and self._train)
        ends = tuple(shapes_along(chain, visit.input_shape)[-1] for chain in layer.chains())
        return self._of_join(isinstance(layer, Parallel) and layer.combine == "concat", ends)

    def _of_layer(self, layer: Layer, input_shape: Shape, first: bool) -> LayerProgram:
        apply, variables = functionalize(_abstract(layer, input_shape))
        params, stats = jax.tree.map(self._weights, variables)
        inputs = self._inputs(layer, input_shape)
        if not self._train:

            def forward(params: nnx.State, stats: nnx.State, inputs: Array) -> Array:
                return apply(Variables(params, stats), inputs, train=False)[0]

            return _compiled(forward, params, stats, inputs)

        def step(
            params: nnx.State, stats: nnx.State, inputs: Array, cotangent: Array, key: Array
        ) -> object:
            def forward(params: nnx.State, inputs: Array) -> tuple[Array, nnx.State]:
                return apply(Variables(params, stats), inputs, train=True, key=key)

            if first:
                return _vjp(lambda params: forward(params, inputs), (params,), cotangent)
            return _vjp(forward, (params, inputs), cotangent)

        cotangent = self._batch(layer.output_shape(input_shape))
        return _compiled(step, params, stats, inputs, cotangent, jax.random.key(0))

    def _join(self, stacked: bool, ends: tuple[Shape, ...]) -> LayerProgram:
        def join(*inputs: Array) -> Array:
            return jnp.concat(inputs, axis=-1) if stacked else sum(inputs[1:], inputs[0])

        def step(cotangent: Array, *inputs: Array) -> object:
            return _vjp(lambda *inputs: (join(*inputs), ()), inputs, cotangent)

        inputs = [self._batch(end) for end in ends]
        if not self._train:
            return _compiled(join, *inputs)
        channels = sum(end[-1] for end in ends) if stacked else ends[0][-1]
        return _compiled(step, self._batch((*ends[0][:-1], channels)), *inputs)

    def _inputs(self, layer: Layer, input_shape: Shape) -> Array:
        """Draw integers if the layer begins with an `Embedding`, else floats."""
        first = next(iter(walk(layer, input_shape)), None)
        if first is None or not isinstance(first.layer, Embedding):
            return self._batch(input_shape)
        shape = (self._batch_size, *input_shape)
        return jnp.asarray(self._rng.integers(0, first.layer.num_embeddings, shape, np.int32))

    def _random_batch(self, shape: Shape) -> Array:
        fractions = self._rng.random((self._batch_size, *shape), np.float32)
        return jnp.asarray(fractions, self._dtype)

    def _weights(self, leaf: jax.ShapeDtypeStruct) -> Array:
        """Draw positive weights, scaled so that deep networks neither overflow nor underflow."""
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            return jax.random.key(0)
        if not jnp.issubdtype(leaf.dtype, jnp.floating):
            return jnp.zeros(leaf.shape, leaf.dtype)
        inputs = math.prod(leaf.shape[:-1])
        return jnp.asarray(self._rng.random(leaf.shape, np.float32) * (2 / inputs), self._dtype)


def _abstract(layer: Layer, input_shape: Shape) -> nnx.Module:
    """Build a module without arrays: drawing weights would compile one program per shape."""
    return nnx.eval_shape(lambda: layer.build(input_shape, rngs=nnx.Rngs(0)))


def _vjp(function: Callable, arguments: tuple, cotangent: Array) -> object:
    """Return the outputs, the gradients by the arguments, and the function's auxiliary result."""
    outputs, pull_back, others = jax.vjp(function, *arguments, has_aux=True)
    return outputs, pull_back(cotangent), others


def _compiled(function: Callable, *arguments: object) -> LayerProgram:
    start = time.perf_counter()
    jitted = jax.jit(function, compiler_options=compiler_options())
    program = jitted.lower(*arguments).compile()
    return LayerProgram(lambda: program(*arguments), time.perf_counter() - start)
