"""All layers of the library. To add one, write a file beside this one and a line here.

`jaxcnn`, JSON and the tests take the layers from here. ``as`` in each line tells readers and type
checkers that the name is exported.
"""

from jaxcnn.layers._adaptive_pooling import AdaptiveAvgPool as AdaptiveAvgPool
from jaxcnn.layers._branches import Parallel as Parallel
from jaxcnn.layers._branches import Residual as Residual
from jaxcnn.layers._channels import ChannelShuffle as ChannelShuffle
from jaxcnn.layers._channels import ChannelSplit as ChannelSplit
from jaxcnn.layers._channels import LayerScale as LayerScale
from jaxcnn.layers._channels import SqueezeExcite as SqueezeExcite
from jaxcnn.layers._conv_transpose import ConvTranspose as ConvTranspose
from jaxcnn.layers._convolution import Conv as Conv
from jaxcnn.layers._dense import Dense as Dense
from jaxcnn.layers._dense import Embedding as Embedding
from jaxcnn.layers._dense import Flatten as Flatten
from jaxcnn.layers._depthwise import DepthwiseConv as DepthwiseConv
from jaxcnn.layers._depthwise import SeparableConv as SeparableConv
from jaxcnn.layers._drop_block import DropBlock as DropBlock
from jaxcnn.layers._dropout import Dropout as Dropout
from jaxcnn.layers._dropout import DropPath as DropPath
from jaxcnn.layers._dropout import SpatialDropout as SpatialDropout
from jaxcnn.layers._elementwise import Activation as Activation
from jaxcnn.layers._elementwise import Rescale as Rescale
from jaxcnn.layers._layer import Layer as _Layer
from jaxcnn.layers._normalization import BatchNorm as BatchNorm
from jaxcnn.layers._normalization import GroupNorm as GroupNorm
from jaxcnn.layers._normalization import LayerNorm as LayerNorm
from jaxcnn.layers._normalization import LocalResponseNorm as LocalResponseNorm
from jaxcnn.layers._normalization import RMSNorm as RMSNorm
from jaxcnn.layers._pooling import AvgPool as AvgPool
from jaxcnn.layers._pooling import GlobalAvgPool as GlobalAvgPool
from jaxcnn.layers._pooling import GlobalMaxPool as GlobalMaxPool
from jaxcnn.layers._pooling import MaxPool as MaxPool
from jaxcnn.layers._sequential import Repeat as Repeat
from jaxcnn.layers._sequential import Sequential as Sequential
from jaxcnn.layers._weight_norm import SpectralNorm as SpectralNorm
from jaxcnn.layers._weight_norm import WeightNorm as WeightNorm
from jaxcnn.layers._whitening import WhiteningConv as WhiteningConv

_BY_NAME: dict[str, type[_Layer]] = {
    name: value for name, value in sorted(globals().items()) if name[0].isupper()
}
LAYERS: tuple[type[_Layer], ...] = tuple(_BY_NAME.values())
"""All layer classes, in alphabetical order."""

__all__ = [*_BY_NAME]  # pyright: ignore[reportUnsupportedDunderAll]
