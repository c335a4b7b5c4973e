"""Where torchvision is installed: what its networks have beside weights, and inference hides."""

import pytest
from golden.make_torch_models import torch_network

from jaxcnn import models
from jaxcnn.layers import DropPath
from jaxcnn.models._torch_layout import placed_layers

NAMES = (
    *("alexnet", "convnext_small", "convnext_tiny", "densenet121", "efficientnet_b0"),
    *("efficientnet_b4", "efficientnet_b5", "efficientnet_v2_s", "googlenet", "inception_v3"),
    *("mnasnet1_0", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "resnet18"),
    *("resnet50", "resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_0", "vgg11_bn"),
)


@pytest.fixture(params=NAMES)
def pair(request):
    """The layers of a network by torchvision's names, and torchvision's network."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    options = {"batch_norm": True} if request.param.endswith("_bn") else {}
    net = getattr(models, request.param.removesuffix("_bn"))(**options)
    with torch.device("meta"):
        theirs = torch_network(request.param)
    return {
        place.torch_name: place.layer for place in placed_layers(net, (224, 224, 3)).values()
    }, theirs


def test_constants_of_norms_and_rates_of_dropout(pair):
    layers, theirs = pair
    kinds = set()
    for name, module in theirs.named_modules():
        kind = type(module).__name__
        match kind:
            case "BatchNorm2d":
                found = layers[name].epsilon, 1 - layers[name].momentum
                assert found == (module.eps, pytest.approx(module.momentum))
            case "LayerNorm" | "LayerNorm2d":
                assert layers[name].epsilon == module.eps
            case "Dropout":
                assert layers[name].rate == module.p
            case _:
                continue
        kinds.add(kind)
    assert kinds


def test_rates_at_which_blocks_are_left_out(pair):
    layers, theirs = pair
    found = [layer.rate for layer in layers.values() if isinstance(layer, DropPath)]
    blocks = [block for block in theirs.modules() if hasattr(block, "stochastic_depth")]
    rates = [b.stochastic_depth.p for b in blocks if getattr(b, "use_res_connect", True)]
    assert found == pytest.approx(rates)
