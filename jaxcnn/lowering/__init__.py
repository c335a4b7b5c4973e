"""How one convolution or pooling is computed on one backend.

The floor under everything: functions of arrays that know shapes and backends but nothing of
networks.
"""

from jaxcnn.lowering._compiler import compiler_options
from jaxcnn.lowering._extreme_pool import max_windows, min_windows
from jaxcnn.lowering._extremes import smallest
from jaxcnn.lowering._install import (
    TakenOver,
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)
from jaxcnn.lowering._primitive import as_ours
from jaxcnn.lowering._sliding_window import Pairs, SlidingWindow, dilated, output_size
from jaxcnn.lowering._table import MethodTable, use_methods
from jaxcnn.lowering._windowed import sum_windows

__all__ = [
    "MethodTable",
    "Pairs",
    "SlidingWindow",
    "TakenOver",
    "as_ours",
    "compiler_options",
    "dilated",
    "fast_convolutions",
    "install_fast_convolutions",
    "max_windows",
    "min_windows",
    "output_size",
    "smallest",
    "sum_windows",
    "uninstall_fast_convolutions",
    "use_methods",
]
