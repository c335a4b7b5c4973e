"""The model zoo: functions that return architectures, as data without weights.

| for | networks |
|---|---|
| ImageNet | `alexnet`, `zfnet`, `vgg11` to `vgg19`, `googlenet`, `inception_v3`, `squeezenet1_0`, |
| | `squeezenet1_1`, `resnet18` to `resnet152`, `resnext50_32x4d` to `resnext101_64x4d`, |
| | `wide_resnet50_2`, `wide_resnet101_2`, `preact_resnet18` to `preact_resnet50`, |
| | `densenet121` to `densenet201`, `convnext_tiny` to `convnext_large`, `regnet_x_400mf` to |
| | `regnet_x_32gf`, `regnet_y_400mf` to `regnet_y_128gf`, `efficientnet_b0` to |
| | `efficientnet_b7`, `efficientnet_v2_s` to `efficientnet_v2_l` |
| phones | `mobilenet_v1`, `mobilenet_v2`, `mobilenet_v3_small`, `mobilenet_v3_large`, |
| | `shufflenet_v2_x0_5` to `shufflenet_v2_x2_0`, `mnasnet0_5` to `mnasnet1_3` |
| small images | `lenet5`, `classic`, `keras_cifar_simple`, `keras_cifar_larger`, `resnet20`, |
| | `resnet56`, `resnet110`, `wide_resnet_28_10`, `airbench94`, `airbench96`, `cifar_small`, |
| | `network_in_network`, `all_cnn` |
| text and sound | `text_cnn`, `m5` |

`by_name` and `list_models` find networks by name, for command lines and configs; `MODELS` has all.
`load_torch_state_dict` reads torchvision's weights. `save_torch_state_dict` and
`to_torch_state_dict` write weights in torchvision's format. `timm_model` makes networks by timm's
names and converts timm's weights to those that `load_torch_state_dict` reads; `list_timm_models`
lists the names.
"""

from typing import TYPE_CHECKING, NoReturn

from jaxcnn.layers import raise_no_attribute
from jaxcnn.models._alexnet import alexnet, zfnet
from jaxcnn.models._all_cnn import all_cnn
from jaxcnn.models._by_name import MODELS, Model, by_name, list_models
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
from jaxcnn.models._timm import TimmModel, list_timm_models, timm_model
from jaxcnn.models._torch_weights import (
    load_torch_state_dict,
    save_torch_state_dict,
    to_torch_state_dict,
)
from jaxcnn.models._vgg import vgg11, vgg13, vgg16, vgg19

__all__ = [
    "MODELS",
    "Model",
    "TimmModel",
    "airbench94",
    "airbench96",
    "alexnet",
    "all_cnn",
    "by_name",
    "cifar_small",
    "classic",
    "convnext_base",
    "convnext_large",
    "convnext_small",
    "convnext_tiny",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "efficientnet_b0",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "efficientnet_v2_l",
    "efficientnet_v2_m",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "keras_cifar_larger",
    "keras_cifar_simple",
    "lenet5",
    "list_models",
    "list_timm_models",
    "load_torch_state_dict",
    "m5",
    "mnasnet0_5",
    "mnasnet0_75",
    "mnasnet1_0",
    "mnasnet1_3",
    "mobilenet_v1",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "network_in_network",
    "preact_resnet18",
    "preact_resnet34",
    "preact_resnet50",
    "regnet_x_1_6gf",
    "regnet_x_3_2gf",
    "regnet_x_8gf",
    "regnet_x_16gf",
    "regnet_x_32gf",
    "regnet_x_400mf",
    "regnet_x_800mf",
    "regnet_y_1_6gf",
    "regnet_y_3_2gf",
    "regnet_y_8gf",
    "regnet_y_16gf",
    "regnet_y_32gf",
    "regnet_y_128gf",
    "regnet_y_400mf",
    "regnet_y_800mf",
    "resnet18",
    "resnet20",
    "resnet34",
    "resnet50",
    "resnet56",
    "resnet101",
    "resnet110",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "save_torch_state_dict",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "shufflenet_v2_x1_5",
    "shufflenet_v2_x2_0",
    "squeezenet1_0",
    "squeezenet1_1",
    "text_cnn",
    "timm_model",
    "to_torch_state_dict",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "wide_resnet50_2",
    "wide_resnet101_2",
    "wide_resnet_28_10",
    "zfnet",
]

if not TYPE_CHECKING:  # type checkers know the names that there are

    def __getattr__(name: str) -> NoReturn:
        raise_no_attribute(__name__, name, __all__)
