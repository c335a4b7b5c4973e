"""Parameter counts that others give for the networks of the zoo."""

import pytest

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
    ("densenet121", {"depths": (6, 12, 32, 32)}, 14_149_480, f"{TORCHVISION}, densenet169"),
    ("densenet121", {"depths": (6, 12, 48, 32)}, 20_013_928, f"{TORCHVISION}, densenet201"),
    ("mobilenet_v2", {}, 3_504_872, TORCHVISION),
    ("efficientnet_b0", {}, 5_288_548, TORCHVISION),
    ("efficientnet_b0", {"depth": 1.1}, 7_794_184, f"{TORCHVISION}, efficientnet_b1"),
    (
        *("efficientnet_b0", {"width": 1.1, "depth": 1.2}),
        *(9_109_994, f"{TORCHVISION}, efficientnet_b2"),
    ),
    (
        *("efficientnet_b0", {"width": 1.2, "depth": 1.4}),
        *(12_233_232, f"{TORCHVISION}, efficientnet_b3"),
    ),
    ("convnext_tiny", {}, 28_589_128, TORCHVISION),
    ("convnext_tiny", {"depths": (3, 3, 27, 3)}, 50_223_688, f"{TORCHVISION}, convnext_small"),
    (
        *("convnext_tiny", {"widths": (128, 256, 512, 1024), "depths": (3, 3, 27, 3)}),
        *(88_591_464, f"{TORCHVISION}, convnext_base"),
    ),
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
    assert count / 1e6 == pytest.approx(millions, rel=0.02), source


@pytest.mark.parametrize(
    ("name", "count", "source"), [(name, count, source) for name, _, count, source in PUBLISHED]
)
def test_the_library_still_gives_that_number(name, count, source):
    torch = pytest.importorskip("torch")
    library, _, other_name = source.partition(", ")
    if library == TIMM:
        make = pytest.importorskip("timm").create_model
    else:
        make = pytest.importorskip("torchvision").models.get_model
        other_name = other_name or name
    with torch.device("meta"):
        theirs = make(other_name)
    assert sum(parameter.numel() for parameter in theirs.parameters()) == count
