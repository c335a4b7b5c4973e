"""Which method is preferred for which layer, on one of two devices."""

import dataclasses

import pytest
from jax import ShapeDtypeStruct, lax
from lowering_cases import Case, with_gradients

from jaxcnn.lowering import Convolution, Machine, dispatch
from jaxcnn.lowering.choice import NAMES, preferred

TWO = Machine(cores=2, devices=2)
WITH_FAST_XLA = dataclasses.replace(TWO, has_fast_xla=True)
WITH_ONEDNN = dataclasses.replace(WITH_FAST_XLA, has_onednn=True)
LAYOUTS = {
    1: ("NWC", "WIO", "NWC"),
    2: ("NHWC", "HWIO", "NHWC"),
    3: ("NDHWC", "DHWIO", "NDHWC"),
}


def layer(images, kernel, *, stride=1, padding=None, groups=1, spread=1):
    rank = len(images) - 2
    pads = [(size // 2, size // 2) for size in kernel[:-2]] if padding is None else padding
    return Case(
        images,
        kernel,
        (stride,) * rank,
        tuple(pads),
        (spread,) * rank,
        (1,) * rank,
        LAYOUTS[rank],
        groups,
    )


def name(convolution, machine=TWO):
    return preferred(convolution, frozenset(dispatch.methods(convolution, machine)), machine)


# Forward, kernel gradient, input gradient.
EXPECTED = {
    "wide": (layer((64, 16, 16, 64), (3, 3, 64, 64)), ("winograd", "winograd", "winograd")),
    "colors": (layer((64, 32, 32, 3), (3, 3, 3, 32)), ("padded", "im2col", "xla")),
    "gray": (layer((64, 28, 28, 1), (5, 5, 1, 6)), ("shifted", "im2col", "padded")),
    "strided": (layer((64, 32, 32, 64), (3, 3, 64, 128), stride=2), ("xla", "im2col", "xla")),
    "1×1": (
        layer((64, 8, 8, 64), (1, 1, 64, 64), padding=[(0, 0)] * 2),
        ("matmul", "matmul", "matmul"),
    ),
    "1×1, strided": (
        layer((64, 8, 8, 64), (1, 1, 64, 64), stride=2, padding=[(0, 0)] * 2),
        ("matmul", "im2col", "phases"),
    ),
    "depthwise": (
        layer((64, 16, 16, 32), (3, 3, 1, 32), groups=32),
        ("shifted", "shifted", "shifted"),
    ),
    "depthwise 7×7": (
        layer((64, 16, 16, 32), (7, 7, 1, 32), groups=32),
        ("shifted", "shifted", "shifted"),
    ),
    "small depthwise": (
        layer((32, 8, 8, 32), (3, 3, 1, 32), groups=32),
        ("shifted", "shifted", "shifted"),
    ),
    "narrow groups": (
        layer((64, 16, 16, 128), (3, 3, 16, 128), groups=8),
        ("winograd", "im2col", "winograd"),
    ),
    "wide groups": (
        layer((8, 27, 27, 96), (5, 5, 48, 256), groups=2),
        ("groups", "groups", "groups"),
    ),
    "volumes": (
        layer((8, 8, 8, 8, 32), (3, 3, 3, 32, 64)),
        ("winograd", "winograd", "winograd"),
    ),
    "strided volumes": (
        layer((8, 8, 8, 8, 32), (3, 3, 3, 32, 64), stride=2),
        ("im2col", "im2col", "phases"),
    ),
    "few examples": (layer((2, 16, 16, 64), (5, 5, 64, 64)), ("xla", "xla", "xla")),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_preferred(kind):
    case, names = EXPECTED[kind]
    assert tuple(name(convolution) for convolution, *_ in with_gradients(case)) == names


# The same with oneDNN, where it differs.
WITH_ONEDNN_EXPECTED = {
    "wide": ("onednn", "onednn", "onednn"),
    "colors": ("onednn", "onednn", "xla"),
    "gray": ("shifted", "onednn", "onednn"),
    "strided": ("onednn", "onednn", "phases"),
    "1×1": ("matmul", "onednn", "matmul"),
    "1×1, strided": ("onednn", "onednn", "phases"),
    "depthwise": ("onednn", "shifted", "onednn"),
    "depthwise 7×7": ("onednn", "onednn", "onednn"),
    "small depthwise": ("onednn", "onednn", "onednn"),
    "narrow groups": ("onednn", "onednn", "onednn"),
    "wide groups": ("onednn", "groups", "onednn"),
    "volumes": ("onednn", "onednn", "onednn"),
    "strided volumes": ("onednn", "onednn", "phases"),
    "few examples": ("onednn", "onednn", "onednn"),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_preferred_where_onednn_can_be_called(kind):
    case, names = EXPECTED[kind]
    found = tuple(name(convolution, WITH_ONEDNN) for convolution, *_ in with_gradients(case))
    assert found == WITH_ONEDNN_EXPECTED.get(kind, names)


def test_depthwise_signals_are_not_given_to_onednn():
    case = layer((64, 128, 256), (31, 1, 256), groups=256)
    found = {name(convolution, WITH_ONEDNN) for convolution, *_ in with_gradients(case)}
    assert found == {"shifted"}


def test_winograd_has_to_be_wider_beside_a_fast_xla():
    def forward(channels):
        (convolution, *_), *_ = with_gradients(
            layer((64, 16, 16, channels), (3, 3, channels, channels))
        )
        return name(convolution, TWO), name(convolution, WITH_FAST_XLA)

    assert forward(64) == ("winograd", "xla")
    assert forward(128) == ("winograd", "winograd")


def test_each_method_is_preferred_somewhere():
    without = {name for _, names in EXPECTED.values() for name in names}
    assert without | {n for names in WITH_ONEDNN_EXPECTED.values() for n in names} == NAMES


@pytest.mark.parametrize("members", [4, 256])
def test_kernel_gradients_of_members_are_computed_member_by_member(members):
    numbers = lax.conv_dimension_numbers(
        (8, 16, 16, members), (16, 16, members, 6 * members), ("CHWN", "IHWO", "NHWC")
    )
    convolution = Convolution.of(
        ShapeDtypeStruct((3, 16, 16, 2 * members), "float32"),
        ShapeDtypeStruct((2, 14, 14, 6 * members), "float32"),
        "float32",
        {
            "window_strides": (1, 1),
            "padding": ((0, 0), (0, 0)),
            "lhs_dilation": (1, 1),
            "rhs_dilation": (1, 1),
            "dimension_numbers": numbers,
            "feature_group_count": members,
            "batch_group_count": 1,
            "precision": None,
        },
    )
    assert name(convolution) == "groups"


@pytest.mark.parametrize(("side", "stride"), [(2, 1), (4, 2)])
@pytest.mark.parametrize("groups", [1, 32])
def test_windows_on_small_padded_images_are_no_kernel_gradients(side, stride, groups):
    """They look alike: the window has more elements than positions."""
    case = layer((8, side, side, 32), (3, 3, 32 // groups, 32), stride=stride, groups=groups)
    (forward, *_), *_ = with_gradients(case)
    assert not forward.is_kernel_gradient
    assert name(forward, WITH_ONEDNN) == "onednn"


def test_large_kernels_that_are_rarely_used_are_not_rearranged():
    (forward, *_), *_ = with_gradients(layer((1, 7, 7, 512), (3, 3, 512, 512)))
    assert name(forward, WITH_ONEDNN) == "im2col"


SLOWER_THAN_XLA = {
    "input gradient of colors": (layer((32, 224, 224, 3), (11, 11, 3, 64), stride=4), 2),
    "input gradient of a signal": (layer((16, 8000, 1), (80, 1, 128), stride=4), 2),
    "kernel gradient, dilated": (
        dataclasses.replace(
            layer((2, 65, 65, 64), (3, 3, 64, 64), padding=((6, 6),) * 2), rhs_dilation=(6, 6)
        ),
        1,
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize(("case", "direction"), SLOWER_THAN_XLA.values(), ids=SLOWER_THAN_XLA)
def test_onednn_leaves_to_xla_what_xla_does_faster(case, direction):
    convolution = with_gradients(case)[direction][0]
    assert name(convolution, WITH_ONEDNN) == "xla"


def test_kernels_as_large_as_the_input_are_a_matrix_product():
    (forward, *_), *_ = with_gradients(layer((64, 7, 7, 64), (7, 7, 64, 32), padding=((0, 0),) * 2))
    assert name(forward, WITH_ONEDNN) == "matmul"


def test_gradients_of_transposed_convolutions_are_recognized():
    (_, *_), (gradient, *_), *_ = with_gradients(
        dataclasses.replace(layer((64, 8, 8, 32), (4, 4, 32, 32)), lhs_dilation=(2, 2))
    )
    assert gradient.is_kernel_gradient


WITHOUT_AVX512 = dataclasses.replace(WITH_ONEDNN, has_avx512=False)


@pytest.mark.parametrize(
    ("case", "direction"),
    [
        (layer((32, 500, 128), (3, 128, 128)), 1),
        (layer((16, 8000, 1), (80, 1, 128), stride=4), 0),
        (layer((1, 224, 224, 3), (7, 7, 3, 64), stride=2), 1),
    ],
    ids=["1-D kernel gradient", "1-D, one channel", "kernel gradient of one image"],
)
def test_what_onednn_has_no_fast_code_for_on_avx2(case, direction):
    convolution = with_gradients(case)[direction][0]
    assert name(convolution, WITH_ONEDNN) == "onednn"
    assert name(convolution, WITHOUT_AVX512) != "onednn"


def test_on_avx2_onednn_computes_everything_else():
    for case in (layer((64, 16, 16, 64), (3, 3, 64, 64)), layer((8, 500, 64), (3, 64, 64))):
        assert name(with_gradients(case)[0][0], WITHOUT_AVX512) == "onednn"
    depthwise = layer((64, 16, 16, 32), (3, 3, 1, 32), groups=32)
    for convolution, *_ in with_gradients(depthwise):
        assert name(convolution, WITHOUT_AVX512) == name(convolution, WITH_ONEDNN)
