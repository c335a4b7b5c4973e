"""The arithmetic of sliding windows: paddings as numbers, where windows start, how many fit.

What `conv` and the pooling functions compute from their arguments, for those who describe or
explain layers: shapes and numbers only, no arrays.
"""

from jaxcnn.functional._geometry import (
    ConvGeometry,
    PoolGeometry,
    conv_geometry,
    dilated,
    pool_geometry,
)
from jaxcnn.functional._padding import (
    NAMED_PADDINGS,
    PaddingLike,
    explicit_padding,
    is_named,
    resolve_padding,
)

__all__ = [
    "NAMED_PADDINGS",
    "ConvGeometry",
    "PaddingLike",
    "PoolGeometry",
    "conv_geometry",
    "dilated",
    "explicit_padding",
    "is_named",
    "pool_geometry",
    "resolve_padding",
]
