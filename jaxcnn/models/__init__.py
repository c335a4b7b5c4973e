"""The zoo: functions that return architectures."""

from jaxcnn.models._airbench import airbench94
from jaxcnn.models._by_name import MODELS, Model, by_name
from jaxcnn.models._cifar_small import cifar_small
from jaxcnn.models._classic import classic
from jaxcnn.models._keras_cifar import keras_cifar_larger, keras_cifar_simple
from jaxcnn.models._lenet import lenet5

__all__ = [
    "MODELS",
    "Model",
    "airbench94",
    "by_name",
    "cifar_small",
    "classic",
    "keras_cifar_larger",
    "keras_cifar_simple",
    "lenet5",
]
