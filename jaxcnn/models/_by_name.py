"""Find the networks of the zoo by name, for command lines and configs."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

from jaxcnn._support.arguments import check_choice
from jaxcnn.layers import Sequential
from jaxcnn.models._alexnet import alexnet, zfnet
from jaxcnn.models._all_cnn import all_cnn
from jaxcnn.models._cifar import airbench94, airbench96, cifar_small
from jaxcnn.models._cifar_resnet import resnet20, resnet56, resnet110
from jaxcnn.models._classic import classic, keras_cifar_larger, keras_cifar_simple, lenet5
from jaxcnn.models._convnext import convnext_base, convnext_large, convnext_small, convnext_tiny
from jaxcnn.models._densenet import densenet121, densenet161, densenet169, densenet201
from jaxcnn.models._efficientnet import (
    efficientnet_b0,
    efficientnet_b1,
    efficientnet_b2,
    efficientnet_b3,
    efficientnet_b4,
    efficientnet_b5,
    efficientnet_b6,
    efficientnet_b7,
)
from jaxcnn.models._efficientnet_v2 import efficientnet_v2_l, efficientnet_v2_m, efficientnet_v2_s
from jaxcnn.models._googlenet import googlenet
from jaxcnn.models._inception import inception_v3
from jaxcnn.models._mnasnet import mnasnet0_5, mnasnet0_75, mnasnet1_0, mnasnet1_3
from jaxcnn.models._mobilenet import mobilenet_v2
from jaxcnn.models._mobilenet_v1 import mobilenet_v1
from jaxcnn.models._mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
from jaxcnn.models._nin import network_in_network
from jaxcnn.models._preact_resnet import (
    preact_resnet18,
    preact_resnet34,
    preact_resnet50,
    wide_resnet_28_10,
)
from jaxcnn.models._regnet_x import (
    regnet_x_1_6gf,
    regnet_x_3_2gf,
    regnet_x_8gf,
    regnet_x_16gf,
    regnet_x_32gf,
    regnet_x_400mf,
    regnet_x_800mf,
)
from jaxcnn.models._regnet_y import (
    regnet_y_1_6gf,
    regnet_y_3_2gf,
    regnet_y_8gf,
    regnet_y_16gf,
    regnet_y_32gf,
    regnet_y_128gf,
    regnet_y_400mf,
    regnet_y_800mf,
)
from jaxcnn.models._resnet import resnet18, resnet34, resnet50, resnet101, resnet152
from jaxcnn.models._resnext import (
    resnext50_32x4d,
    resnext101_32x8d,
    resnext101_64x4d,
    wide_resnet50_2,
    wide_resnet101_2,
)
from jaxcnn.models._sequences import m5, text_cnn
from jaxcnn.models._shufflenet import (
    shufflenet_v2_x0_5,
    shufflenet_v2_x1_0,
    shufflenet_v2_x1_5,
    shufflenet_v2_x2_0,
)
from jaxcnn.models._squeezenet import squeezenet1_0, squeezenet1_1
from jaxcnn.models._vgg import vgg11, vgg13, vgg16, vgg19

_IMAGENET, _CIFAR = (224, 224, 3), (32, 32, 3)


class Model(NamedTuple):
    """A network of the zoo.

    Attributes:
        make: The function that returns the architecture; its first argument is `num_classes`.
        input_shape: Shape of one example of the data that the network was made for: ``(H, W, C)``
            for images, ``(L, C)`` for sound, ``(L,)`` for texts of integers.
    """

    make: Callable[..., Sequential]
    input_shape: tuple[int, ...]


MODELS = {
    "airbench94": Model(airbench94, _CIFAR),
    "airbench96": Model(airbench96, _CIFAR),
    "alexnet": Model(alexnet, _IMAGENET),
    "all_cnn": Model(all_cnn, _CIFAR),
    "cifar_small": Model(cifar_small, _CIFAR),
    "classic": Model(classic, _CIFAR),
    "convnext_base": Model(convnext_base, _IMAGENET),
    "convnext_large": Model(convnext_large, _IMAGENET),
    "convnext_small": Model(convnext_small, _IMAGENET),
    "convnext_tiny": Model(convnext_tiny, _IMAGENET),
    "densenet121": Model(densenet121, _IMAGENET),
    "densenet161": Model(densenet161, _IMAGENET),
    "densenet169": Model(densenet169, _IMAGENET),
    "densenet201": Model(densenet201, _IMAGENET),
    "efficientnet_b0": Model(efficientnet_b0, _IMAGENET),
    "efficientnet_b1": Model(efficientnet_b1, (240, 240, 3)),
    "efficientnet_b2": Model(efficientnet_b2, (288, 288, 3)),
    "efficientnet_b3": Model(efficientnet_b3, (300, 300, 3)),
    "efficientnet_b4": Model(efficientnet_b4, (380, 380, 3)),
    "efficientnet_b5": Model(efficientnet_b5, (456, 456, 3)),
    "efficientnet_b6": Model(efficientnet_b6, (528, 528, 3)),
    "efficientnet_b7": Model(efficientnet_b7, (600, 600, 3)),
    "efficientnet_v2_l": Model(efficientnet_v2_l, (480, 480, 3)),
    "efficientnet_v2_m": Model(efficientnet_v2_m, (480, 480, 3)),
    "efficientnet_v2_s": Model(efficientnet_v2_s, (384, 384, 3)),
    "googlenet": Model(googlenet, _IMAGENET),
    "inception_v3": Model(inception_v3, (299, 299, 3)),
    "keras_cifar_larger": Model(keras_cifar_larger, _CIFAR),
    "keras_cifar_simple": Model(keras_cifar_simple, _CIFAR),
    "lenet5": Model(lenet5, (32, 32, 1)),
    "m5": Model(m5, (32_000, 1)),
    "mnasnet0_5": Model(mnasnet0_5, _IMAGENET),
    "mnasnet0_75": Model(mnasnet0_75, _IMAGENET),
    "mnasnet1_0": Model(mnasnet1_0, _IMAGENET),
    "mnasnet1_3": Model(mnasnet1_3, _IMAGENET),
    "mobilenet_v1": Model(mobilenet_v1, _IMAGENET),
    "mobilenet_v2": Model(mobilenet_v2, _IMAGENET),
    "mobilenet_v3_large": Model(mobilenet_v3_large, _IMAGENET),
    "mobilenet_v3_small": Model(mobilenet_v3_small, _IMAGENET),
    "network_in_network": Model(network_in_network, _CIFAR),
    "preact_resnet18": Model(preact_resnet18, _IMAGENET),
    "preact_resnet34": Model(preact_resnet34, _IMAGENET),
    "preact_resnet50": Model(preact_resnet50, _IMAGENET),
    "regnet_x_1_6gf": Model(regnet_x_1_6gf, _IMAGENET),
    "regnet_x_3_2gf": Model(regnet_x_3_2gf, _IMAGENET),
    "regnet_x_8gf": Model(regnet_x_8gf, _IMAGENET),
    "regnet_x_16gf": Model(regnet_x_16gf, _IMAGENET),
    "regnet_x_32gf": Model(regnet_x_32gf, _IMAGENET),
    "regnet_x_400mf": Model(regnet_x_400mf, _IMAGENET),
    "regnet_x_800mf": Model(regnet_x_800mf, _IMAGENET),
    "regnet_y_1_6gf": Model(regnet_y_1_6gf, _IMAGENET),
    "regnet_y_3_2gf": Model(regnet_y_3_2gf, _IMAGENET),
    "regnet_y_8gf": Model(regnet_y_8gf, _IMAGENET),
    "regnet_y_16gf": Model(regnet_y_16gf, _IMAGENET),
    "regnet_y_32gf": Model(regnet_y_32gf, _IMAGENET),
    "regnet_y_128gf": Model(regnet_y_128gf, _IMAGENET),
    "regnet_y_400mf": Model(regnet_y_400mf, _IMAGENET),
    "regnet_y_800mf": Model(regnet_y_800mf, _IMAGENET),
    "resnet18": Model(resnet18, _IMAGENET),
    "resnet20": Model(resnet20, _CIFAR),
    "resnet34": Model(resnet34, _IMAGENET),
    "resnet50": Model(resnet50, _IMAGENET),
    "resnet56": Model(resnet56, _CIFAR),
    "resnet101": Model(resnet101, _IMAGENET),
    "resnet110": Model(resnet110, _CIFAR),
    "resnet152": Model(resnet152, _IMAGENET),
    "resnext50_32x4d": Model(resnext50_32x4d, _IMAGENET),
    "resnext101_32x8d": Model(resnext101_32x8d, _IMAGENET),
    "resnext101_64x4d": Model(resnext101_64x4d, _IMAGENET),
    "shufflenet_v2_x0_5": Model(shufflenet_v2_x0_5, _IMAGENET),
    "shufflenet_v2_x1_0": Model(shufflenet_v2_x1_0, _IMAGENET),
    "shufflenet_v2_x1_5": Model(shufflenet_v2_x1_5, _IMAGENET),
    "shufflenet_v2_x2_0": Model(shufflenet_v2_x2_0, _IMAGENET),
    "squeezenet1_0": Model(squeezenet1_0, _IMAGENET),
    "squeezenet1_1": Model(squeezenet1_1, _IMAGENET),
    "text_cnn": Model(text_cnn, (64,)),
    "vgg11": Model(vgg11, _IMAGENET),
    "vgg13": Model(vgg13, _IMAGENET),
    "vgg16": Model(vgg16, _IMAGENET),
    "vgg19": Model(vgg19, _IMAGENET),
    "wide_resnet50_2": Model(wide_resnet50_2, _IMAGENET),
    "wide_resnet101_2": Model(wide_resnet101_2, _IMAGENET),
    "wide_resnet_28_10": Model(wide_resnet_28_10, _CIFAR),
    "zfnet": Model(zfnet, _IMAGENET),
}
"""The networks of the zoo by their names."""


def list_models(pattern: str = "*") -> list[str]:
    """List the names of the networks in the zoo that match a pattern.

    Args:
        pattern: A name in which ``*`` matches any text and ``?`` one character.

    Returns:
        The matching names in natural order (``resnet18`` before ``resnet101``).

    Example:
        >>> list_models("vgg*")
        ['vgg11', 'vgg13', 'vgg16', 'vgg19']
    """
    return [name for name in MODELS if fnmatchcase(name, pattern)]


def by_name(name: str) -> Model:
    """Find a network of the zoo by its name.

    Args:
        name: Name of a function in `jaxcnn.models`, such as ``"resnet18"``.

    Returns:
        A `Model`: the function that makes the network, and the input shape that the network was
        designed for.

    Raises:
        ValueError: If there is no such network. The message lists all names and suggests the
            nearest name.

    Example:
        >>> by_name("lenet5").input_shape
        (32, 32, 1)
    """
    check_choice("model", name, tuple(MODELS))
    return MODELS[name]
