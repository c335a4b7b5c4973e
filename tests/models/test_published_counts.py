"""Parameter counts that others give for the networks of the zoo."""

from functools import partial

import pytest
from golden.make_torch_models import torch_network

from jaxcnn import count_parameters
from jaxcnn.models import by_name

TORCHVISION, TIMM = "torchvision 0.29", "timm 1.0.31"

# (network, its options, parameters, who gives the number)
PUBLISHED = [
    ("alexnet", {}, 61_100_840, TORCHVISION),
    ("vgg11", {}, 132_863_336, TORCHVISION),
    ("vgg13", {}, 133_047_848, TORCHVISION),
    ("vgg16", {}, 138_357_544, TORCHVISION),
    ("vgg19", {}, 143_667_240, TORCHVISION),
    ("vgg11", {"batch_norm": True}, 132_868_840, f"{TORCHVISION}, vgg11_bn"),
    ("vgg13", {"batch_norm": True}, 133_053_736, f"{TORCHVISION}, vgg13_bn"),
    ("vgg16", {"batch_norm": True}, 138_365_992, f"{TORCHVISION}, vgg16_bn"),
    ("vgg19", {"batch_norm": True}, 143_678_248, f"{TORCHVISION}, vgg19_bn"),
    ("resnet18", {}, 11_689_512, TORCHVISION),
    ("resnet34", {}, 21_797_672, TORCHVISION),
    ("resnet50", {}, 25_557_032, TORCHVISION),
    ("resnet101", {}, 44_549_160, TORCHVISION),
    ("resnet152", {}, 60_192_808, TORCHVISION),
    ("densenet121", {}, 7_978_856, TORCHVISION),
    ("densenet161", {}, 28_681_000, TORCHVISION),
    ("densenet169", {}, 14_149_480, TORCHVISION),
    ("densenet201", {}, 20_013_928, TORCHVISION),
    ("resnext50_32x4d", {}, 25_028_904, TORCHVISION),
    ("resnext101_32x8d", {}, 88_791_336, TORCHVISION),
    ("resnext101_64x4d", {}, 83_455_272, TORCHVISION),
    ("wide_resnet50_2", {}, 68_883_240, TORCHVISION),
    ("wide_resnet101_2", {}, 126_886_696, TORCHVISION),
    ("convnext_small", {}, 50_223_688, TORCHVISION),
    ("convnext_base", {}, 88_591_464, TORCHVISION),
    ("convnext_large", {}, 197_767_336, TORCHVISION),
    ("efficientnet_b1", {}, 7_794_184, TORCHVISION),
    ("efficientnet_b2", {}, 9_109_994, TORCHVISION),
    ("efficientnet_b3", {}, 12_233_232, TORCHVISION),
    ("efficientnet_b4", {}, 19_341_616, TORCHVISION),
    ("efficientnet_b5", {}, 30_389_784, TORCHVISION),
    ("efficientnet_b6", {}, 43_040_704, TORCHVISION),
    ("efficientnet_b7", {}, 66_347_960, TORCHVISION),
    ("efficientnet_v2_s", {}, 21_458_488, TORCHVISION),
    ("efficientnet_v2_m", {}, 54_139_356, TORCHVISION),
    ("efficientnet_v2_l", {}, 118_515_272, TORCHVISION),
    ("mobilenet_v1", {}, 4_231_976, f"{TIMM}, mobilenetv1_100"),
    ("mobilenet_v3_small", {}, 2_542_856, TORCHVISION),
    ("mobilenet_v3_large", {}, 5_483_032, TORCHVISION),
    ("googlenet", {}, 6_624_904, TORCHVISION),
    ("inception_v3", {}, 23_834_568, TORCHVISION),
    ("squeezenet1_0", {}, 1_248_424, TORCHVISION),
    ("squeezenet1_1", {}, 1_235_496, TORCHVISION),
    ("shufflenet_v2_x0_5", {}, 1_366_792, TORCHVISION),
    ("shufflenet_v2_x1_0", {}, 2_278_604, TORCHVISION),
    ("shufflenet_v2_x1_5", {}, 3_503_624, TORCHVISION),
    ("shufflenet_v2_x2_0", {}, 7_393_996, TORCHVISION),
    ("mnasnet0_5", {}, 2_218_512, TORCHVISION),
    ("mnasnet0_75", {}, 3_170_208, TORCHVISION),
    ("mnasnet1_0", {}, 4_383_312, TORCHVISION),
    ("mnasnet1_3", {}, 6_282_256, TORCHVISION),
    ("regnet_x_400mf", {}, 5_495_976, TORCHVISION),
    ("regnet_x_800mf", {}, 7_259_656, TORCHVISION),
    ("regnet_x_1_6gf", {}, 9_190_136, TORCHVISION),
    ("regnet_x_3_2gf", {}, 15_296_552, TORCHVISION),
    ("regnet_x_8gf", {}, 39_572_648, TORCHVISION),
    ("regnet_x_16gf", {}, 54_278_536, TORCHVISION),
    ("regnet_x_32gf", {}, 107_811_560, TORCHVISION),
    ("regnet_y_400mf", {}, 4_344_144, TORCHVISION),
    ("regnet_y_800mf", {}, 6_432_512, TORCHVISION),
    ("regnet_y_1_6gf", {}, 11_202_430, TORCHVISION),
    ("regnet_y_3_2gf", {}, 19_436_338, TORCHVISION),
    ("regnet_y_8gf", {}, 39_381_472, TORCHVISION),
    ("regnet_y_16gf", {}, 83_590_140, TORCHVISION),
    ("regnet_y_32gf", {}, 145_046_770, TORCHVISION),
    ("regnet_y_128gf", {}, 644_812_894, TORCHVISION),
    ("mobilenet_v2", {}, 3_504_872, TORCHVISION),
    ("efficientnet_b0", {}, 5_288_548, TORCHVISION),
    ("convnext_tiny", {}, 28_589_128, TORCHVISION),
    ("preact_resnet18", {}, 11_687_720, f"{TIMM}, resnetv2_18"),
    ("preact_resnet34", {}, 21_795_880, f"{TIMM}, resnetv2_34"),
    ("preact_resnet50", {}, 25_549_352, f"{TIMM}, resnetv2_50"),
]

# What the papers round.
PAPERS = [
    ("alexnet", {"towers": 2}, 60, "Krizhevsky et al. 2012, abstract: 60 million"),
    ("resnet20", {}, 0.27, "He et al. 2016, table 6: 0.27M"),
    ("resnet56", {}, 0.85, "He et al. 2016, table 6: 0.85M"),
    ("resnet110", {}, 1.7, "He et al. 2016, table 6: 1.7M"),
    ("all_cnn", {}, 1.4, "Springenberg et al. 2015, table 3: about 1.4M"),
    ("wide_resnet_28_10", {}, 36.5, "Zagoruyko and Komodakis 2016, table 4: 36.5M"),
]


def parameters(name, options):
    make, input_shape = by_name(name)
    if options.get("towers") == 2:
        input_shape = (227, 227, 3)
    return count_parameters(make(**options), input_shape)


@pytest.mark.parametrize(("name", "options", "count", "source"), PUBLISHED)
def test_parameters_to_the_last_one(name, options, count, source):
    assert parameters(name, options) == count, source
    assert f"{count:,}" in (by_name(name).make.__doc__ or "")


@pytest.mark.parametrize(("name", "options", "millions", "source"), PAPERS)
def test_parameters_as_papers_round_them(name, options, millions, source):
    count = parameters(name, options)
    assert f"{count:,}" in (by_name(name).make.__doc__ or "")
    assert count / 1e6 == pytest.approx(millions, rel=0.025), source


@pytest.mark.parametrize(
    ("name", "count", "source"), [(name, count, source) for name, _, count, source in PUBLISHED]
)
def test_the_library_still_gives_that_number(name, count, source):
    torch = pytest.importorskip("torch")
    library, _, other_name = source.partition(", ")
    if name.startswith("regnet"):  # cannot be made without arrays, which take seconds
        weights = pytest.importorskip("torchvision").models.get_model_weights(name)
        assert weights.DEFAULT.meta["num_params"] == count
        return
    if library == TIMM:
        make = pytest.importorskip("timm").create_model
    else:
        pytest.importorskip("torchvision")
        make, other_name = partial(torch_network, num_classes=1000), other_name or name
    with torch.device("meta"):
        theirs = make(other_name)
    assert sum(parameter.numel() for parameter in theirs.parameters()) == count
