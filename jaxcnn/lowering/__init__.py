"""How one convolution or pooling is computed on one backend.

The floor above `jaxcnn._support`: functions of arrays that know shapes and backends but nothing of
networks.

- `dispatch` chooses the method for a convolution, by what `choice` knows; `tune` measures methods
  (`python -m jaxcnn.lowering.tune`).
- `methods`: a short file for each method. `_convolution` describes what they compute, and
  `_sliding_window` how windows slide, for convolutions and poolings alike.
- `pooling`: reductions of windows, and gradients of max-pooling.
- `_primitive`: JAX's convolution under another name, for which this choice holds (`as_ours`);
  `_fast_convolutions` makes it hold for everybody's. Both hook into JAX by `_cpu_rule`.
- `_compiler`: the options that programs of these methods are compiled with. `_machine`: what a
  method needs to know of the CPU.
"""

from jaxcnn.lowering._compiler import compiler_options
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._fast_convolutions import (
    CompiledConvolutions,
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)
from jaxcnn.lowering._machine import Machine
from jaxcnn.lowering._primitive import as_ours
from jaxcnn.lowering._sliding_window import Pairs, SlidingWindow, dilated, output_size
from jaxcnn.lowering.choice import MethodTable, use_methods
from jaxcnn.lowering.pooling import max_windows, min_windows, smallest, sum_windows

__all__ = [
    "CompiledConvolutions",
    "Convolution",
    "Machine",
    "MethodTable",
    "Pairs",
    "SlidingWindow",
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
