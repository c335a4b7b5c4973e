"""Rules for the method that is likely to be the fastest for a convolution.

XLA's own convolution on CPUs is fast for dense convolutions of one or two dimensions with many
output channels, where each output is a long sum. It is 2 to 100 times slower than other methods

- with groups: kernel gradients of grouped convolutions take a hundred times longer;
- in three dimensions;
- where the sums are short, or there are three input channels or another small number;
- for kernel gradients that sum over many examples, which are the channels of that convolution.

Winograd's method is faster than XLA even in XLA's best cases, once there are enough channels and
tiles to fill matrices. Where oneDNN can be called, it is faster than both nearly everywhere. The
thresholds are the points of equal speed, measured on AVX-512 cores; on AVX2 cores they are right as
well, but for what `_is_slow_without_avx512` names.
"""

from math import prod

import numpy as np

from jaxcnn.lowering._convolution import MAX_TALL, Convolution
from jaxcnn.lowering._machine import Machine

FULL_MATRIX = 32
"""Winograd's matrix products are efficient with at least this many input and output channels."""

BESIDE_FAST_XLA = 96
"""So many channels are needed if XLA is fast, too (`Machine.has_fast_xla`)."""

MANY_TILES = 192
"""Winograd's matrix products are efficient with at least this many tiles in a batch."""

MANY_EXAMPLES = 16
"""XLA's kernel gradients are slow with at least this many examples."""

SHORT_SUM = 32
"""XLA is slow where an output sums up to this many products and there are few outputs."""

FEW_FEATURES = 64
"""Fewer output channels than this are few in the sense of `SHORT_SUM`."""

LANES = 4
"""XLA is slow with fewer than `FEW_CHANNELS` input channels that are not a multiple of this."""

FEW_CHANNELS = 8
"""With at least this many input channels, XLA is as fast whether or not `LANES` divides it."""

MANY_WEIGHTS = 2**16
"""oneDNN takes long to rearrange a kernel of more weights than this."""

FEW_PIXELS = 128
"""With fewer output pixels in a batch, im2col is faster than oneDNN if there are `MANY_WEIGHTS`.

So is, for 1×1 kernels, XLA's matrix product and then an activation.
"""

PIXELS_WITH_BIAS = 1024
"""With fewer, so is a matrix product and a bias, for all 1×1 kernels."""

MANY_TAPS = 20
"""For smaller depthwise kernels, oneDNN's kernel gradient only pays if it needs no copies."""

MAX_PHASES = 16
"""More phases would take long to compile."""

LONG_WINDOW = 32
"""oneDNN has no fast code for AVX2 if a signal of few channels meets a longer window."""

RGB_CHANNELS = 3
"""With three input channels XLA is slow for any number of output channels."""


def preferred(convolution: Convolution, names: frozenset[str], machine: Machine) -> str:
    """Return the name of the method that is likely to be the fastest.

    Args:
        convolution: The convolution to compute.
        names: Names of the methods that can compute it.
        machine: The machine that computes it.
    """
    is_by_onednn = machine.has_avx512 or not _is_slow_without_avx512(convolution)
    if is_by_onednn and "onednn" in names and _is_fastest_by_onednn(convolution, names):
        is_forward = not convolution.is_kernel_gradient
        if is_forward and "im2col" in names and _is_kernel_large(convolution):
            return "im2col"
        return "onednn"
    if "matmul" in names:
        return "matmul"
    if convolution.groups > 1:
        return _preferred_of_groups(convolution, names)
    if convolution.is_kernel_gradient:
        return _preferred_gradient(convolution, names)
    tiles = convolution.batch * prod(convolution.outputs) / 2 ** len(convolution.outputs)
    narrowest = min(convolution.channels, convolution.features)
    is_by_onednn = (
        machine.has_onednn
        and convolution.dtypes[0] == np.float32
        and convolution.features >= LANES  # see `_is_fastest_by_onednn`, which is asked per phase
    )
    phases = prod(convolution.lhs_dilation)
    if "phases" in names and (
        prod(convolution.window) == 1 or (is_by_onednn and phases <= MAX_PHASES)
    ):
        return "phases"
    if len(convolution.window) == 3:
        return _best(names, *["winograd"] * (narrowest >= FULL_MATRIX / 2), "im2col", "phases")
    enough = BESIDE_FAST_XLA if machine.has_fast_xla else FULL_MATRIX
    if "winograd" in names and narrowest >= enough and tiles >= MANY_TILES:
        return "winograd"
    return _preferred_without_winograd(convolution, names, machine)


def is_faster_fused(convolution: Convolution, name: str, *, has_only_bias: bool) -> bool:
    """Tell whether oneDNN is the fastest if it also computes what follows a convolution.

    Args:
        convolution: The convolution, which is no gradient.
        name: The name of the method that is the fastest without that.
        has_only_bias: Whether only a bias follows, which XLA fuses with what comes next.
    """
    if name != "matmul":
        return name == "onednn"
    if has_only_bias:
        return convolution.batch * prod(convolution.outputs) >= PIXELS_WITH_BIAS
    return not _is_kernel_large(convolution)


def _is_kernel_large(convolution: Convolution) -> bool:
    """Tell whether it takes oneDNN as long to fetch the kernel, or rearrange it, as to use it.

    Each weight is used once per pixel of the output.
    """
    weights = prod(convolution.window) * convolution.channels * convolution.features
    is_rarely_used = convolution.batch * prod(convolution.outputs) < FEW_PIXELS
    return is_rarely_used and weights > MANY_WEIGHTS and convolution.groups == 1


def _is_fastest_by_onednn(convolution: Convolution, names: frozenset[str]) -> bool:
    if convolution.is_kernel_gradient:
        # See `_preferred_gradient` for what its channels, examples and taps are.
        taps, narrowest = prod(convolution.outputs), min(convolution.batch, convolution.features)
        if convolution.groups > 1:
            if convolution.is_tall_gradient:
                terms = convolution.channels * prod(convolution.window)
                return taps >= MANY_TAPS or terms <= MAX_TALL
            # Wide groups are faster one by one, each by oneDNN.
            return taps > 1 and 1 < narrowest < FULL_MATRIX
        # A dilated kernel gives the channels an axis of their own, and few examples fill no vector.
        is_dilated = convolution.strides[-1] > 1
        return not is_dilated or convolution.channels >= MANY_EXAMPLES
    taps = prod(convolution.window)
    if "matmul" in names:
        return taps == 1 and max(convolution.strides) > 1
    if convolution.groups > 1:
        # For depthwise convolutions in one dimension oneDNN has no fast code.
        return len(convolution.window) > 1 or convolution.channels > 1
    if "shifted" in names and convolution.features < FEW_CHANNELS:
        return False
    return convolution.features >= LANES or convolution.channels < FULL_MATRIX


def _is_slow_without_avx512(convolution: Convolution) -> bool:
    """Tell whether oneDNN has no fast code for AVX2; it can then be six times slower than XLA."""
    if convolution.groups > 1:
        return False
    is_flat, has_few_channels = len(convolution.window) == 1, convolution.channels < FEW_CHANNELS
    if convolution.is_kernel_gradient:  # in which the channels are the examples
        return is_flat or (has_few_channels and convolution.batch < FEW_CHANNELS)
    return is_flat and has_few_channels and convolution.window[0] > LONG_WINDOW


def _preferred_of_groups(convolution: Convolution, names: frozenset[str]) -> str:
    if convolution.is_kernel_gradient:
        channels, taps = convolution.batch, prod(convolution.outputs)
        wanted = "shifted", "im2col", "phases", "groups"
    else:
        channels, taps = convolution.channels, prod(convolution.window)
        wanted = "shifted", "winograd", "im2col", "phases", "groups"
    is_wide = min(channels, convolution.features) >= FULL_MATRIX
    if is_wide and taps > 1:
        return "groups"
    return _best(names, *wanted)


def _preferred_without_winograd(
    convolution: Convolution, names: frozenset[str], machine: Machine
) -> str:
    is_narrow = convolution.features < FULL_MATRIX
    if is_narrow and "shifted" in names:
        return "shifted"
    # With larger strides, the same work of padding pays for fewer outputs.
    is_single_step = set(convolution.strides) <= {1}
    is_slow = is_narrow or (convolution.channels == RGB_CHANNELS and not machine.has_fast_xla)
    if "padded" in names and is_single_step and is_slow:
        return "padded"
    terms = prod(convolution.window) * convolution.channels
    if terms <= SHORT_SUM and convolution.features < FEW_FEATURES:
        return _best(names, "im2col")
    return "xla"


def _preferred_gradient(convolution: Convolution, names: frozenset[str]) -> str:
    # In a kernel gradient, the channels are the examples of the original convolution, and the
    # batch is its channels.
    examples, channels, features = (
        convolution.channels,
        convolution.batch,
        convolution.features,
    )
    if "winograd" in names and min(channels, features) >= FULL_MATRIX / 2:
        # With fewer it is no faster than XLA, and takes longer to compile.
        is_wide = min(channels, features) >= 2 * FULL_MATRIX
        if len(convolution.window) == 3 or (is_wide and examples >= MANY_EXAMPLES):
            return "winograd"
    is_slow_in_xla = convolution.is_input_dilated or examples >= 2 * MANY_EXAMPLES
    if len(convolution.window) == 3 or prod(convolution.outputs) == 1 or is_slow_in_xla:
        return _best(names, "im2col")
    return "xla"


def _best(names: frozenset[str], *wanted: str) -> str:
    return next((name for name in wanted if name in names), "xla")
