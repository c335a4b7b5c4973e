"""Where images can be cut into tiles, from the layers' data alone."""

from fractions import Fraction

import pytest

from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GroupNorm,
    MaxPool,
    Parallel,
    Residual,
    SeparableConv,
    Sequential,
    SqueezeExcite,
    WeightNorm,
    WhiteningConv,
)
from jaxcnn.architecture import Tiling


def axis_of(*layers, pixels=100):
    return Tiling.of(Sequential(layers), (pixels, pixels, 4)).axes[0]


@pytest.mark.parametrize(
    ("layer", "step", "outputs", "before", "after"),
    [
        (Conv(8, 3), 1, 100, 1, 1),
        (Conv(8, 3, kernel_dilation=4), 1, 100, 4, 4),
        (Conv(8, 3, padding="VALID"), 1, 98, 0, 0),
        (Conv(8, 3, 2), 2, 50, 0, 1),  # SAME padding is (0, 1) for an even size
        (Conv(8, 3, 2, padding=1), 2, 50, 1, 0),
        (WeightNorm(DepthwiseConv(5)), 1, 100, 2, 2),
        (SeparableConv(8, 3), 1, 100, 1, 1),
        (WhiteningConv(2), 1, 99, 0, 0),
        (MaxPool(3, 2, ceil_mode=True), 2, 50, 0, 1),
        (AvgPool(2), 2, 50, 0, 0),
        (ConvTranspose(8, 2, 2), 1, 200, 0, 0),
        (ConvTranspose(8, 4, 2, padding=1), 1, 200, 1, 1),
        (ConvTranspose(8, 2, 3, padding="VALID"), 1, 300, 0, 0),
    ],
)
def test_a_layer_leaves_as_many_outputs_wrong_as_its_window_reaches_out(
    layer, step, outputs, before, after
):
    axis = axis_of(layer)
    assert (axis.step, axis.outputs, axis.before, axis.after) == (step, outputs, before, after)


def test_layers_at_each_position_change_nothing():
    layers = [BatchNorm(), Activation("relu"), Dropout(0.5), Dense(4), ChannelShuffle(2)]
    assert axis_of(*layers) == axis_of()


def test_branches_need_the_most_of_all():
    axis = axis_of(Conv(4, 3, 2), Residual([Conv(4, 5), Conv(4, 5)]), Parallel([Conv(4, 3)]))
    assert (axis.step, axis.scale, axis.before, axis.after) == (2, Fraction(1, 2), 5, 6)


@pytest.mark.parametrize("pixels", [64, 65, 99, 1000])
@pytest.mark.parametrize("size", [24, 33, 64])
def test_tiles_have_one_size_and_cover_the_outputs_in_order(pixels, size):
    axis = axis_of(Conv(4, 5, 2), MaxPool(2, ceil_mode=True), ConvTranspose(4, 4, 2), pixels=pixels)
    spans = axis.spans(size)
    sizes = {span.pixels.stop - span.pixels.start for span in spans}
    assert len(sizes) == 1
    assert size - axis.step < sizes.pop() <= size
    assert spans[0].pixels.start == 0
    assert spans[-1].pixels.stop == pixels
    assert all(span.pixels.start % axis.step == 0 for span in spans)
    done = 0
    for span in spans:
        assert span.outputs.start <= done < span.outputs.stop
        assert span.outputs.stop - span.outputs.start == span.kept.stop - span.kept.start
        done = span.outputs.stop
    assert done == axis.outputs


def test_the_smallest_tiles_are_named():
    axis = axis_of(Conv(4, 5), Conv(4, 5))  # 4 wrong outputs on each side, and a right one
    assert len(axis.spans(9)) == 92
    with pytest.raises(ValueError, match="expected at least 9"):
        axis.spans(8)
    assert len(axis_of(Conv(4, 99)).spans(1000)) == 1  # the whole image


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        ([Conv(4, 3), Flatten(), Dense(3)], r"layers\[1\] Flatten"),
        ([Conv(4, 3), GlobalAvgPool(name="pool")], r"layers\[1\] GlobalAvgPool 'pool'"),
        ([AdaptiveAvgPool(2)], r"layers\[0\] AdaptiveAvgPool 2×2"),
        ([Residual([SqueezeExcite(2)])], r"layers\[0\]\.layers\[0\] SqueezeExcite"),
        ([GroupNorm(2)], r"layers\[0\] GroupNorm"),
        ([Conv(4, 3, padding="CIRCULAR")], r"layers\[0\] Conv 3×3 CIRCULAR"),
        ([ConvTranspose(4, 3, padding="CIRCULAR")], r"layers\[0\] ConvTranspose 3×3"),
    ],
)
def test_a_layer_that_depends_on_more_is_named(layers, named):
    with pytest.raises(ValueError, match=rf"^{named}: expected a layer that sees a window"):
        axis_of(*layers)


def test_branches_of_different_strides_are_refused():
    net = Parallel([Conv(4, 1), Conv(4, 1, 2)])
    with pytest.raises(ValueError, match="expected branches of one total stride, got 1, 2"):
        Tiling.of(net, (1, 1, 4))
