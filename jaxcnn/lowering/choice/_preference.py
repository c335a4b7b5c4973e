"""Which of the methods that can compute a convolution is likely to be the fastest.

XLA's own convolution on CPUs is good at dense convolutions of one or two dimensions, with a long
sum for each output and many output channels. It is slow, by 2 to 100 times, where

- there are groups: their kernel gradients take it a hundred times longer;
- there are three dimensions;
- a sum is short, or the input channels are three or another small number;
- a gradient by the kernel sums over many examples, which are that convolution's channels.

Winograd's method beats it even at its best, once channels and tiles are many enough to fill
matrices. The thresholds are where the two are equal, on AVX-512 cores.
"""

from math import prod

from jaxcnn.lowering._convolution import Convolution

FULL_MATRIX = 32
"""Channels on both sides from which Winograd's matrix products are efficient."""

MANY_TILES = 192
"""Tiles in a batch from which they are."""

MANY_EXAMPLES = 16
"""Examples from which XLA's gradients by a kernel are slow."""

SHORT_SUM = 32
"""Products in one output up to which XLA's convolution is slow, if there are few outputs."""

FEW_FEATURES = 64
"""Output channels that are few in this sense."""

LANES = 4
"""XLA is slow with fewer than `FEW_CHANNELS` input channels that are not a multiple of this."""

FEW_CHANNELS = 8
"""Input channels from which their number does not matter to XLA."""

RGB_CHANNELS = 3
"""With three input channels XLA is slow whatever the number of output channels."""


def preferred(convolution: Convolution, names: frozenset[str]) -> str:
    """Returns the name of the method that is likely to be the fastest.

    Args:
        convolution: what is to be computed.
        names: the methods that can do it.
    """
    if "matmul" in names:
        return "matmul"
    if convolution.groups > 1:
        return _preferred_of_groups(convolution, names)
    if convolution.is_kernel_gradient:
        return _preferred_gradient(convolution, names)
    tiles = convolution.batch * prod(convolution.outputs) / 2 ** len(convolution.outputs)
    narrowest = min(convolution.channels, convolution.features)
    if "phases" in names and prod(convolution.window) == 1:
        return "phases"
    if len(convolution.window) == 3:
        return _best(names, *["winograd"] * (narrowest >= FULL_MATRIX / 2), "im2col", "phases")
    if "winograd" in names and narrowest >= FULL_MATRIX and tiles >= MANY_TILES:
        return "winograd"
    return _preferred_without_winograd(convolution, names)


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


def _preferred_without_winograd(convolution: Convolution, names: frozenset[str]) -> str:
    is_narrow = convolution.features < FULL_MATRIX
    if is_narrow and "shifted" in names:
        return "shifted"
    # Steps leave fewer outputs for the same work of padding.
    is_single_step = set(convolution.strides) <= {1}
    if "padded" in names and is_single_step and (is_narrow or convolution.channels == RGB_CHANNELS):
        return "padded"
    terms = prod(convolution.window) * convolution.channels
    if terms <= SHORT_SUM and convolution.features < FEW_FEATURES:
        return _best(names, "im2col")
    return "xla"


def _preferred_gradient(convolution: Convolution, names: frozenset[str]) -> str:
    # What are channels and examples of the original convolution are the other way round here.
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
