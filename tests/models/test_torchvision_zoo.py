"""Where torchvision is installed: its networks' weights fit the zoo's, and give the same logits."""

import numpy as np
import pytest
from flax import nnx
from golden.make_torch_models import Case, drawn, images, state_of, torch_model, torch_network
from zoo_logits import TOLERANCES, check_logits, logits

import jaxcnn
from jaxcnn import models
from jaxcnn._support.leaves import named_leaves
from jaxcnn.models import MODELS
from jaxcnn.models._torch_layout import layout, placed_layers

IN_TORCHVISION = [
    name
    for name in MODELS
    if name.startswith(
        (
            *("alexnet", "vgg", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
            *("resnext", "wide_resnet50", "wide_resnet101", "densenet", "convnext"),
            *("efficientnet", "mobilenet_v2", "mobilenet_v3", "googlenet", "inception"),
            *("squeezenet", "shufflenet", "mnasnet", "regnet"),
        )
    )
]
TOO_LARGE = {"regnet_y_128gf"}
FLOAT64 = {
    *("convnext_small", "densenet169", "efficientnet_b1", "googlenet", "inception_v3"),
    *("mnasnet0_5", "mobilenet_v3_large", "mobilenet_v3_small", "regnet_x_400mf"),
    *("regnet_y_400mf", "resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_0"),
    *("squeezenet1_1", "wide_resnet50_2", "efficientnet_v2_s"),
}


def smallest_input(name):
    return {"alexnet": (63, 67, 3), "inception_v3": (75, 83, 3)}.get(name, (40, 56, 3))


def without_arrays(name):
    """The network of torchvision, on the device for shapes alone if it can be made there."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    if name.startswith("regnet"):  # computes its widths by tensors
        return torch_network(name)
    with torch.device("meta"):
        return torch_network(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*IN_TORCHVISION} - TOO_LARGE))
def test_names_and_shapes_of_weights(name):
    theirs = state_of(without_arrays(name))
    shape = smallest_input(name)
    network = getattr(models, name)(10)
    state = nnx.state(nnx.eval_shape(lambda: jaxcnn.build(network, shape, rngs=nnx.Rngs(0))))
    layers = placed_layers(network, shape)
    ours = [layout(path, leaf.shape, layers) for path, leaf in named_leaves(state)]
    expected = {key: tuple(tensor.shape) for key, tensor in theirs.items()}
    assert {each.name: each.torch_shape for each in ours} == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*IN_TORCHVISION} - TOO_LARGE))
def test_logits_of_every_network(name):
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    case = Case(name, smallest_input(name))
    theirs = torch_model(case)
    weights = drawn({key: tuple(tensor.shape) for key, tensor in state_of(theirs).items()})
    inputs = torch.from_numpy(np.moveaxis(images(case), -1, 1).astype(np.float64))
    with torch.no_grad():
        expected = theirs(inputs).numpy()
    for dtype in TOLERANCES if name in FLOAT64 else [np.float32]:
        check_logits(logits(case, weights, dtype), expected, dtype)


@pytest.mark.slow
def test_pretrained_inception_takes_pixels_of_minus_one_to_one():
    """As the docstring says of torchvision's `transform_input`; GoogLeNet's is the same."""
    torch = pytest.importorskip("torch")
    torchvision = pytest.importorskip("torchvision")
    pixels = torch.rand(2, 3, 9, 7, dtype=torch.float64, generator=torch.manual_seed(0))
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    as_usual = torchvision.transforms.functional.normalize(pixels, mean, std)
    for name in ("googlenet", "inception_v3"):
        theirs = torch_network(name)
        theirs.transform_input = True
        torch.testing.assert_close(theirs._transform_input(as_usual), (pixels - 0.5) / 0.5)
