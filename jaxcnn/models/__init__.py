"""The zoo: functions that return architectures."""

from jaxcnn.models._airbench import airbench94
from jaxcnn.models._alexnet import alexnet
from jaxcnn.models._by_name import MODELS, Model, by_name, list_models
from jaxcnn.models._cifar_resnet import resnet20, resnet56, resnet110
from jaxcnn.models._cifar_small import cifar_small
from jaxcnn.models._classic import classic
from jaxcnn.models._keras_cifar import keras_cifar_larger, keras_cifar_simple
from jaxcnn.models._lenet import lenet5
from jaxcnn.models._preact_resnet import preact_resnet18, preact_resnet34, preact_resnet50
from jaxcnn.models._resnet import resnet18, resnet34, resnet50, resnet101, resnet152
from jaxcnn.models._vgg import vgg11, vgg13, vgg16, vgg19
from jaxcnn.models._wide_resnet import wide_resnet_28_10
from jaxcnn.models._zfnet import zfnet

__all__ = [
    "MODELS",
    "Model",
    "airbench94",
    "alexnet",
    "by_name",
    "cifar_small",
    "classic",
    "keras_cifar_larger",
    "keras_cifar_simple",
    "lenet5",
    "list_models",
    "preact_resnet18",
    "preact_resnet34",
    "preact_resnet50",
    "resnet18",
    "resnet20",
    "resnet34",
    "resnet50",
    "resnet56",
    "resnet101",
    "resnet110",
    "resnet152",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "wide_resnet_28_10",
    "zfnet",
]
