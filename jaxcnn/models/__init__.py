"""The model zoo: functions that return architectures, as data without weights.

| for | networks |
|---|---|
| ImageNet | `alexnet`, `zfnet`, `vgg11` to `vgg19`, `resnet18` to `resnet152`, `preact_resnet18` |
| | to `preact_resnet50`, `densenet121`, `mobilenet_v2`, `efficientnet_b0`, `convnext_tiny` |
| small images | `lenet5`, `classic`, `keras_cifar_simple`, `keras_cifar_larger`, `resnet20`, |
| | `resnet56`, `resnet110`, `wide_resnet_28_10`, `airbench94`, `airbench96`, `cifar_small`, |
| | `network_in_network` |
| text and sound | `text_cnn`, `m5` |

`by_name` and `list_models` find networks by name, for command lines and configs.
`load_torch_state_dict` reads torchvision's weights. `save_torch_state_dict` and
`to_torch_state_dict` write weights in torchvision's format.
"""

from jaxcnn.models._alexnet import alexnet, zfnet
from jaxcnn.models._by_name import MODELS, Model, by_name, list_models
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
from jaxcnn.models._torch_weights import (
    load_torch_state_dict,
    save_torch_state_dict,
    to_torch_state_dict,
)
from jaxcnn.models._vgg import vgg11, vgg13, vgg16, vgg19

__all__ = [
    "MODELS",
    "Model",
    "airbench94",
    "airbench96",
    "alexnet",
    "by_name",
    "cifar_small",
    "classic",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "keras_cifar_larger",
    "keras_cifar_simple",
    "lenet5",
    "list_models",
    "load_torch_state_dict",
    "m5",
    "mobilenet_v2",
    "network_in_network",
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
    "save_torch_state_dict",
    "text_cnn",
    "to_torch_state_dict",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "wide_resnet_28_10",
    "zfnet",
]
