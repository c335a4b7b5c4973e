"""Find the networks of the zoo by name, for command lines and configs."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

from jaxcnn._support.arguments import check_choice
from jaxcnn.layers import Sequential
from jaxcnn.models._alexnet import alexnet, zfnet
from jaxcnn.models._cifar import airbench94, airbench96, cifar_small
from jaxcnn.models._classic import classic, keras_cifar_larger, keras_cifar_simple, lenet5
from jaxcnn.models._convnext import convnext_tiny
from jaxcnn.models._densenet import densenet121
from jaxcnn.models._efficientnet import efficientnet_b0
from jaxcnn.models._mobilenet import mobilenet_v2
from jaxcnn.models._nin import network_in_network
from jaxcnn.models._preact_resnet import (
    preact_resnet18,
    preact_resnet34,
    preact_resnet50,
    wide_resnet_28_10,
)
from jaxcnn.models._resnet import (
    resnet18,
    resnet20,
    resnet34,
    resnet50,
    resnet56,
    resnet101,
    resnet110,
    resnet152,
)
from jaxcnn.models._sequences import m5, text_cnn
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
    "cifar_small": Model(cifar_small, _CIFAR),
    "classic": Model(classic, _CIFAR),
    "convnext_tiny": Model(convnext_tiny, _IMAGENET),
    "densenet121": Model(densenet121, _IMAGENET),
    "efficientnet_b0": Model(efficientnet_b0, _IMAGENET),
    "keras_cifar_larger": Model(keras_cifar_larger, _CIFAR),
    "keras_cifar_simple": Model(keras_cifar_simple, _CIFAR),
    "lenet5": Model(lenet5, (32, 32, 1)),
    "m5": Model(m5, (32_000, 1)),
    "mobilenet_v2": Model(mobilenet_v2, _IMAGENET),
    "network_in_network": Model(network_in_network, _CIFAR),
    "preact_resnet18": Model(preact_resnet18, _IMAGENET),
    "preact_resnet34": Model(preact_resnet34, _IMAGENET),
    "preact_resnet50": Model(preact_resnet50, _IMAGENET),
    "resnet18": Model(resnet18, _IMAGENET),
    "resnet20": Model(resnet20, _CIFAR),
    "resnet34": Model(resnet34, _IMAGENET),
    "resnet50": Model(resnet50, _IMAGENET),
    "resnet56": Model(resnet56, _CIFAR),
    "resnet101": Model(resnet101, _IMAGENET),
    "resnet110": Model(resnet110, _CIFAR),
    "resnet152": Model(resnet152, _IMAGENET),
    "text_cnn": Model(text_cnn, (64,)),
    "vgg11": Model(vgg11, _IMAGENET),
    "vgg13": Model(vgg13, _IMAGENET),
    "vgg16": Model(vgg16, _IMAGENET),
    "vgg19": Model(vgg19, _IMAGENET),
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
