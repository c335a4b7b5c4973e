"""The zoo by name, for command lines and configs."""

from collections.abc import Callable
from typing import NamedTuple

from jaxcnn.architecture import Sequential
from jaxcnn.architecture._checks import did_you_mean
from jaxcnn.models._airbench import airbench94
from jaxcnn.models._cifar_small import cifar_small
from jaxcnn.models._classic import classic
from jaxcnn.models._keras_cifar import keras_cifar_larger, keras_cifar_simple
from jaxcnn.models._lenet import lenet5


class Model(NamedTuple):
    """A network of the zoo.

    Attributes:
        make: the function that returns the architecture; its first argument is `num_classes`.
        input_shape: ``(H, W, C)`` of the images that it was made for.
    """

    make: Callable[..., Sequential]
    input_shape: tuple[int, int, int]


MODELS = {
    "airbench94": Model(airbench94, (32, 32, 3)),
    "cifar_small": Model(cifar_small, (32, 32, 3)),
    "classic": Model(classic, (32, 32, 3)),
    "keras_cifar_larger": Model(keras_cifar_larger, (32, 32, 3)),
    "keras_cifar_simple": Model(keras_cifar_simple, (32, 32, 3)),
    "lenet5": Model(lenet5, (32, 32, 1)),
}


def by_name(name: str) -> Model:
    """Find a network of the zoo.

    Args:
        name: the name of a function in `jaxcnn.models`.

    Raises:
        ValueError: if there is none; the message suggests the nearest names, or lists all.

    Example:
        >>> by_name("lenet5").input_shape
        (32, 32, 1)
    """
    if name in MODELS:
        return MODELS[name]
    hint = did_you_mean(name, MODELS) or f"; there are {', '.join(MODELS)}"
    raise ValueError(f"model: there is no {name!r}{hint}")
