"""The layers of a network, each as plain data and as a Flax module.

A layer is a frozen dataclass (`Conv`, `MaxPool`, ...), and ``layer.build`` makes its Flax module.
If Flax has such a module (`nnx.Conv`, `nnx.BatchNorm`), the layer builds the module of Flax.
Otherwise the module is defined below the dataclass, and its name is the name of the layer with
``Module`` at the end: `Dropout` builds a `DropoutModule`.

- One file per family: `_convolution`, `_depthwise`, `_conv_transpose`, `_whitening`, `_dense`,
  `_pooling`, `_adaptive_pooling`, `_normalization`, `_elementwise`, `_dropout`, `_channels`,
  `_drop_block`.
- Layers made of layers: `_sequential` and `_branches`, which share `_container`; `_weight_norm`
  around one layer.
- The interface of all layers: `_layer`, with `_receptive_field`; `_initializers` by name.
- `_other_libraries`: what errors say about other libraries' networks, layers and arguments.
- Use of modules: `_call` calls any module in train or eval mode, `_held` keeps one in eval mode,
  and `initialize_from_data` in `_whitening` sets the weights that are computed from images.

`all_layers` lists the layers. To add a layer to the library, write a file in this folder and a line
in `all_layers`.
"""

from typing import TYPE_CHECKING, NoReturn

from jaxcnn._support.arguments import as_plain
from jaxcnn.layers import all_layers
from jaxcnn.layers._adaptive_pooling import AdaptiveAvgPoolModule
from jaxcnn.layers._branches import ParallelModule, ResidualModule, takes_mask
from jaxcnn.layers._call import call, kind_of, takes
from jaxcnn.layers._channels import (
    ChannelShuffleModule,
    ChannelSplitModule,
    LayerScaleModule,
    SqueezeExciteModule,
)
from jaxcnn.layers._container import ArchitectureError, Container, PlacedLayer, shapes_along
from jaxcnn.layers._conv_transpose import ConvTransposeModule
from jaxcnn.layers._dense import FlattenModule
from jaxcnn.layers._depthwise import SeparableConvModule
from jaxcnn.layers._drop_block import DropBlockModule
from jaxcnn.layers._dropout import DropoutModule, DropPathModule, SpatialDropoutModule
from jaxcnn.layers._elementwise import (
    ACTIVATIONS,
    ActivationModule,
    ActivationName,
    RescaleModule,
)
from jaxcnn.layers._held import hold_statistics
from jaxcnn.layers._initializers import INITIALIZERS
from jaxcnn.layers._layer import (
    FLOAT32_BYTES,
    Costs,
    Layer,
    ShapeLayer,
    check_layer,
    check_spatial,
    layer_fields,
)
from jaxcnn.layers._other_libraries import layer_hint, raise_no_attribute
from jaxcnn.layers._pooling import GlobalPoolModule, PoolModule
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.layers._sequential import SequentialModule
from jaxcnn.layers._weight_norm import MIN_KERNEL_NORM, SpectralNormModule, WeightNormModule
from jaxcnn.layers._whitening import Frozen, WhiteningConvModule, initialize_from_data, needs_data
from jaxcnn.layers.all_layers import *
from jaxcnn.layers.all_layers import LAYERS

__all__ = [
    "ACTIVATIONS",
    "FLOAT32_BYTES",
    "INITIALIZERS",
    "LAYERS",
    "MIN_KERNEL_NORM",
    "ActivationModule",
    "ActivationName",
    "AdaptiveAvgPoolModule",
    "ArchitectureError",
    "ChannelShuffleModule",
    "ChannelSplitModule",
    "Container",
    "ConvTransposeModule",
    "Costs",
    "DropBlockModule",
    "DropPathModule",
    "DropoutModule",
    "FlattenModule",
    "Frozen",
    "GlobalPoolModule",
    "Layer",
    "LayerScaleModule",
    "ParallelModule",
    "PlacedLayer",
    "PoolModule",
    "ReceptiveField",
    "RescaleModule",
    "ResidualModule",
    "SeparableConvModule",
    "SequentialModule",
    "Shape",
    "ShapeLayer",
    "SpatialDropoutModule",
    "SpectralNormModule",
    "SqueezeExciteModule",
    "WeightNormModule",
    "WhiteningConvModule",
    "as_plain",
    "call",
    "check_layer",
    "check_spatial",
    "hold_statistics",
    "initialize_from_data",
    "kind_of",
    "layer_fields",
    "layer_hint",
    "needs_data",
    "raise_no_attribute",
    "shapes_along",
    "takes",
    "takes_mask",
]
__all__ += all_layers.__all__

if not TYPE_CHECKING:  # type checkers know the names that there are

    def __getattr__(name: str) -> NoReturn:
        raise_no_attribute(__name__, name, __all__)
