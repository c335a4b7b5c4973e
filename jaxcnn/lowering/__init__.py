"""How one convolution or pooling is computed on one backend.

The floor under everything: functions of arrays that know shapes and backends but nothing of
networks.

- `dispatch` chooses the method for a convolution, by what `choice` knows; `tune` measures methods
  (`python -m jaxcnn.lowering.tune`).
- `methods`: a short file for each method. `_convolution` describes what they compute.
- `pooling`: reductions of windows, and gradients of max-pooling.
- `_primitive`: JAX's convolution under another name, for which this choice holds (`as_ours`);
  `_fast_convolutions` makes it hold for everybody's. Both hook into JAX by `_cpu_rule`.
- `_compiler`: the options that programs of these methods are compiled with.
"""

from jaxcnn.lowering._compiler import compiler_options
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._fast_convolutions import (
    TakenOver,
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)
from jaxcnn.lowering._primitive import as_ours
from jaxcnn.lowering.choice import MethodTable, use_methods
from jaxcnn.lowering.pooling import MAX, MIN, SlidingWindows, pool_extreme, smallest, sum_windows

__all__ = [
    "MAX",
    "MIN",
    "Convolution",
    "MethodTable",
    "SlidingWindows",
    "TakenOver",
    "as_ours",
    "compiler_options",
    "fast_convolutions",
    "install_fast_convolutions",
    "pool_extreme",
    "smallest",
    "sum_windows",
    "uninstall_fast_convolutions",
    "use_methods",
]
