"""How one convolution or pooling is computed on one backend.

The floor under everything: functions of arrays that know shapes and backends but nothing of
networks.
"""

from jaxcnn.lowering._compiler import compiler_options
from jaxcnn.lowering._fast_convolutions import (
    TakenOver,
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)
from jaxcnn.lowering.choice._table import MethodTable, use_methods

__all__ = [
    "MethodTable",
    "TakenOver",
    "compiler_options",
    "fast_convolutions",
    "install_fast_convolutions",
    "uninstall_fast_convolutions",
    "use_methods",
]
