"""What random networks say of themselves, against what is built of them."""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import pytest
from flax import nnx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jax.extend.core import ClosedJaxpr, Jaxpr

from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Parallel,
    Repeat,
    Rescale,
    Residual,
    RMSNorm,
    SeparableConv,
    Sequential,
    SpatialDropout,
    SpectralNorm,
    SqueezeExcite,
    WeightNorm,
    WhiteningConv,
)
from jaxcnn.architecture import from_json, to_json, walk
from jaxcnn.layers import LAYERS, ArchitectureError, call

flags = st.booleans()
small = st.integers(1, 3)
widths, evens = st.sampled_from([1, 2, 4, 6]), st.sampled_from([2, 4, 6])
activations = st.sampled_from(["relu", "gelu", "silu", "sigmoid"])
inits = st.sampled_from(["zeros", "zeros", "ones", ("constant", 0.5), ("normal", 0.1)])
paddings = st.sampled_from(["SAME", "SAME", "VALID", "CIRCULAR", 0, 1])
trained = {"use_bias": flags, "kernel_init": inits, "bias_init": inits}


@functools.cache
def leaves(rank):
    """Layers for inputs of so many spatial axes, most of which fit most inputs."""
    groups = st.integers(1, 2)
    sides = small if rank == 0 else small | st.tuples(*[small] * rank)
    pairs = st.tuples(*[st.tuples(*[st.integers(0, 1)] * 2)] * max(rank, 1))
    around = paddings | pairs
    strides = st.just(1) | sides
    windows = {"strides": strides, "padding": around}
    spread = {**windows, **trained, "kernel_dilation": st.integers(1, 2)}
    pooled = {"strides": st.none() | sides, "padding": around, "ceil_mode": flags}
    with_kernel = [
        st.builds(Conv, evens, sides, feature_group_count=groups, **spread),
        st.builds(DepthwiseConv, sides, channel_multiplier=small, **spread),
        st.builds(ConvTranspose, evens, sides, feature_group_count=groups, **windows, **trained),
        st.builds(Dense, widths, **trained),
    ]
    return st.one_of(
        *with_kernel,
        st.builds(WeightNorm, st.one_of(*with_kernel)),
        st.builds(SpectralNorm, st.one_of(*with_kernel), small),
        st.builds(SeparableConv, widths, sides, channel_multiplier=small, **spread),
        st.builds(MaxPool, sides, **pooled),
        st.builds(AvgPool, sides, count_include_pad=flags, **pooled),
        st.builds(AdaptiveAvgPool, sides),
        st.builds(BatchNorm, use_scale=flags, use_bias=flags),
        st.builds(GroupNorm, small),
        st.builds(LayerNorm, use_scale=flags, use_bias=flags),
        st.builds(RMSNorm, use_scale=flags),
        st.builds(LocalResponseNorm, st.integers(1, 5)),
        st.builds(SqueezeExcite, small, activations),
        st.builds(ChannelSplit, st.just(2), st.integers(0, 1)),
        st.builds(ChannelShuffle, small),
        st.builds(LayerScale),
        st.builds(Activation, activations),
        st.builds(Rescale, st.floats(-2, 2)),
        st.builds(Dropout, st.just(0.5)),
        st.builds(DropPath, st.just(0.5)),
        st.builds(SpatialDropout, st.just(0.5)),
        st.builds(DropBlock, st.just(0.5), small),
        st.builds(WhiteningConv, st.integers(1, 2)),
        # One that could stand there would be given what is no integer.
        *([st.builds(Embedding, small, small)] if rank else []),
        st.builds(Flatten),
        st.builds(GlobalAvgPool),
        st.builds(GlobalMaxPool),
    )


def shape_of(layer, shape):
    """What comes out, or None where the layer does not fit."""
    try:
        return layer.output_shape(shape)
    except ValueError:
        return None


def containers(draw, shape, depth, misfits, name):
    """A container that fits, if its layers do: joined branches are equal where they must be."""
    first = chains(draw, shape, depth - 1, misfits)
    second = chains(draw, shape, depth - 1, misfits)
    kind = draw(st.sampled_from(["residual", "sum", "concat", "repeat", "sequential"]))
    one, two = Sequential(first), Sequential(second, name="other")
    if kind == "sequential":
        return Sequential(first, name=name)
    if kind == "repeat":
        again = Repeat(one, draw(st.integers(1, 2)), name=name)
        return again if misfits or shape_of(again, shape) else Repeat(one, 1, name=name)
    if kind == "residual":
        alone = Residual(first, name=name)
        return alone if misfits or shape_of(alone, shape) else Residual(first, first, name=name)
    both = Parallel([one, two], kind, name=name)
    return both if misfits or shape_of(both, shape) else Parallel([one, one], kind, name=name)


def chains(draw, shape, depth, misfits):
    """A few layers; without `misfits`, those that do not fit are left out."""
    layers = []
    for index in range(draw(st.integers(0, 2 + 2 * depth))):
        name = draw(st.none() | st.just(f"layer-{index}"))
        if depth and draw(st.integers(0, 3)) == 0:
            layer = containers(draw, shape, depth, misfits, name)
        else:
            layer = dataclasses.replace(draw(leaves(len(shape) - 1)), name=name)
        after = shape_of(layer, shape)
        if after and math.prod(after) < 10_000:
            layers.append(layer)
            shape = after
        elif misfits:
            return [*layers, layer]
    return layers


@st.composite
def cases(draw):
    """A network with its input shape; one in four has layers that need not fit."""
    misfits = draw(st.integers(0, 3)) == 0
    rank = draw(st.integers(1, 3))
    sizes = st.tuples(*[st.integers(1, 12 - 2 * rank)] * rank)
    shape = (*draw(sizes), draw(evens))
    if draw(st.integers(0, 9)) > 0:
        return Sequential(chains(draw, shape, 3, misfits)), shape, jnp.float32
    words = Embedding(draw(small), draw(widths))
    length = draw(st.integers(1, 8))
    layers = chains(draw, (length, words.features), 2, misfits)
    return Sequential([words, *layers]), (length,), jnp.int32


def elementwise_macs(layer, input_shape, output_shape):
    """Multiplications of a layer that are no convolution's or matrix product's.

    A transposed convolution runs as one over its input with zeros in between, and counts what it
    would do if it left these out: this is the difference.
    """
    values = math.prod(input_shape)
    if isinstance(layer, WeightNorm | SpectralNorm):
        layer = layer.layer
    if isinstance(layer, ConvTranspose):
        weights = max(leaf.size for leaf in jax.tree.leaves(abstract(layer, input_shape)))
        return weights * (math.prod(input_shape[:-1]) - math.prod(output_shape[:-1]))
    if isinstance(layer, BatchNorm | LayerScale | Rescale | SqueezeExcite):
        return values
    if isinstance(layer, GroupNorm):
        return 2 * values
    if isinstance(layer, LayerNorm | RMSNorm):
        return (2 + layer.use_scale) * values
    return 3 * values if isinstance(layer, LocalResponseNorm) else 0


def abstract(layer, input_shape):
    return nnx.state(nnx.eval_shape(lambda: layer.build(input_shape, rngs=nnx.Rngs(0))))


def product_macs(jaxpr: Jaxpr):
    """Multiplications of all convolutions and matrix products in a traced program."""
    total = 0
    for equation in jaxpr.eqns:
        params = equation.params
        if equation.primitive.name == "jaxcnn_conv":
            kernel = equation.invars[1].aval.shape
            filters = kernel[params["dimension_numbers"].rhs_spec[0]]
            total += equation.outvars[0].aval.size * math.prod(kernel) // filters
        elif equation.primitive.name == "dot_general":
            (contracted, _), _ = params["dimension_numbers"]
            inner = [equation.invars[0].aval.shape[axis] for axis in contracted]
            total += equation.outvars[0].aval.size * math.prod(inner)
        for value in params.values():
            if isinstance(value, ClosedJaxpr):  # of a function that is jitted, say
                total += product_macs(value.jaxpr)
    return total


def traced(net, input_shape, dtype):
    """The program of a network that is built and applied to one example, and what it gives."""

    def run(inputs):
        module = net.build(input_shape, rngs=nnx.Rngs(0))
        outputs = call(module, inputs, train=False, key=None)
        return outputs, nnx.state(module, nnx.Param), nnx.state(module)

    one = jax.ShapeDtypeStruct((1, *input_shape), dtype)
    program, shapes = jax.make_jaxpr(run, return_shape=True)(one)
    return product_macs(program.jaxpr), *shapes


def assert_built_as_predicted(case):
    """Returns the kinds of layers that the network has, none if it does not fit."""
    net, input_shape, dtype = case
    again = from_json(to_json(net))
    assert again == net
    assert repr(again) == repr(net)
    try:
        predicted = net.output_shape(input_shape)
    except ArchitectureError:
        for refuse in (net.costs, net.receptive_field, lambda shape: traced(net, shape, dtype)):
            with pytest.raises(ArchitectureError):
                refuse(input_shape)
        return set()
    products, outputs, params, state = traced(net, input_shape, dtype)
    assert outputs.shape == (1, *predicted)
    costs, visits = net.costs(input_shape), [*walk(net, input_shape)]
    assert costs.parameters == sum(leaf.size for leaf in jax.tree.leaves(params))
    assert costs.bytes == sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    others = sum(elementwise_macs(v.layer, v.input_shape, v.output_shape) for v in visits)
    assert costs.macs == products + others
    return {type(visit.layer) for visit in visits}


RELAXED = settings(deadline=None, suppress_health_check=[*HealthCheck], database=None)


@pytest.mark.thorough
@settings(RELAXED, max_examples=50)
@given(cases())
def test_what_is_predicted_is_what_is_built(case):
    assert_built_as_predicted(case)


@pytest.mark.slow
def test_what_is_predicted_is_what_is_built_thousands_of_times():
    seen = set()

    @settings(RELAXED, max_examples=5000)
    @given(cases())
    def run(case):
        seen.update(assert_built_as_predicted(case))

    run()
    assert seen == {*LAYERS} - {Repeat, Sequential}  # which `walk` passes through
