"""Sizes of feature maps, as the tables of the papers give them."""

import pytest

import jaxcnn
from jaxcnn.models import by_name


def sizes(side, channels):
    return [(side // 2**index, side // 2**index, width) for index, width in enumerate(channels)]


STAGES = {
    # Szegedy et al. 2015, table 1.
    "googlenet": [
        *((112, 112, 64), (56, 56, 64), (56, 56, 192), (28, 28, 192), (28, 28, 256)),
        *((28, 28, 480), (14, 14, 480), (14, 14, 512), (14, 14, 528), (14, 14, 832)),
        *((7, 7, 832), (7, 7, 1024)),
    ],
    # Szegedy et al. 2016, table 1; the two convolutions after the first pooling are 1×1 and 3×3 in
    # the authors' code.
    "inception_v3": [
        *((149, 149, 32), (147, 147, 32), (147, 147, 64), (73, 73, 64), (73, 73, 80)),
        *((71, 71, 192), (35, 35, 192), (35, 35, 256), (35, 35, 288), (17, 17, 768)),
        *((8, 8, 1280), (8, 8, 2048)),
    ],
    # Ma et al. 2018, table 5.
    "shufflenet_v2_x0_5": [(112, 112, 24), *sizes(56, (24, 48, 96, 192)), (7, 7, 1024)],
    "shufflenet_v2_x1_0": [(112, 112, 24), *sizes(56, (24, 116, 232, 464)), (7, 7, 1024)],
    "shufflenet_v2_x1_5": [(112, 112, 24), *sizes(56, (24, 176, 352, 704)), (7, 7, 1024)],
    # Xie et al. 2017, table 1.
    "resnext50_32x4d": [(112, 112, 64), (56, 56, 64), *sizes(56, (256, 512, 1024, 2048))],
    # Liu et al. 2022, section 3.
    "convnext_base": sizes(56, (128, 256, 512, 1024)),
    "convnext_large": sizes(56, (192, 384, 768, 1536)),
}
FEATURES = {
    # Howard et al. 2019, tables 1 and 2.
    "mobilenet_v3_large": [
        *((112, 112, 16), (56, 56, 24), (28, 28, 40), (14, 14, 80), (14, 14, 112), (7, 7, 160)),
        (7, 7, 960),
    ],
    "mobilenet_v3_small": [
        *((112, 112, 16), (56, 56, 16), (28, 28, 24), (14, 14, 40), (14, 14, 48), (7, 7, 96)),
        (7, 7, 576),
    ],
    # Iandola et al. 2016, table 1; that is of a padded first convolution, and 1 pixel larger.
    "squeezenet1_0": [
        *((109, 109, 96), (54, 54, 96), (54, 54, 128), (54, 54, 256), (27, 27, 256)),
        *((27, 27, 384), (27, 27, 512), (13, 13, 512)),
    ],
    # Tan et al. 2019, figure 7, with the stem.
    "mnasnet1_0": [
        *((112, 112, 32), (112, 112, 16), (56, 56, 24), (28, 28, 40), (14, 14, 80)),
        *((14, 14, 96), (7, 7, 192), (7, 7, 320), (7, 7, 1280)),
    ],
    # Tan and Le 2021, table 4, at 384 pixels.
    "efficientnet_v2_s": [
        *((192, 192, 24), (96, 96, 48), (48, 48, 64), (24, 24, 128), (24, 24, 160)),
        *((12, 12, 256), (12, 12, 1280)),
    ],
}


def distinct(shapes):
    return [*dict.fromkeys(shapes)]


@pytest.mark.parametrize(("name", "expected"), STAGES.items())
def test_sizes_after_the_stages(name, expected):
    make, shape = by_name(name)
    layers = jaxcnn.backbone(make())
    if name.startswith("convnext"):
        layers = layers.layers[0]
    assert distinct(layers.layer_shapes(shape)[1:]) == expected


@pytest.mark.parametrize(("name", "expected"), FEATURES.items())
def test_sizes_after_the_layers_of_the_features(name, expected):
    make, shape = by_name(name)
    layers = make().layers[0].layer_shapes(shape)[1:]
    sized = [each for each in distinct(layers) if each[-1] != 3]
    assert sized == expected


def test_all_cnn_ends_with_six_by_six_pixels():  # Springenberg et al. 2015, table 1
    assert jaxcnn.backbone(by_name("all_cnn").make()).output_shape((32, 32, 3)) == (6, 6, 10)


@pytest.mark.parametrize(
    ("name", "side"),
    [("squeezenet1_0", 21), ("squeezenet1_1", 17), ("googlenet", 15), ("inception_v3", 75)],
)
def test_the_smallest_images_are_those_of_the_docstring(name, side):
    make = by_name(name).make
    assert f"at least {side}×{side}" in " ".join(make.__doc__.split())
    assert make(5).output_shape((side, side, 3)) == (5,)
    with pytest.raises(ValueError, match=r"expected at (least|most)"):
        make(5).output_shape((side - 1, side - 1, 3))
