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
    ("vgg11", {"batch_norm": True}, 132_868_840, TORCHVISION),
    ("vgg13", {"batch_norm": True}, 133_053_736, TORCHVISION),
    ("vgg16", {"batch_norm": True}, 138_365_992, TORCHVISION),
    ("vgg19", {"batch_norm": True}, 143_678_248, TORCHVISION),
    ("resnet18", {}, 11_689_512, TORCHVISION),
    ("resnet34", {}, 21_797_672, TORCHVISION),
    ("resnet50", {}, 25_557_032, TORCHVISION),
    ("resnet101", {}, 44_549_160, TORCHVISION),
    ("resnet152", {}, 60_192_808, TORCHVISION),
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


@pytest.mark.parametrize(("name", "options", "count", "source"), PUBLISHED)
def test_the_library_still_gives_that_number(name, options, count, source):
    torch = pytest.importorskip("torch")
    library, _, other_name = source.partition(", ")
    if library == TIMM:
        make = pytest.importorskip("timm").create_model
    else:
        make = pytest.importorskip("torchvision").models.get_model
        other_name = name + ("_bn" if options else "")
    with torch.device("meta"):
        theirs = make(other_name)
    assert sum(parameter.numel() for parameter in theirs.parameters()) == count
