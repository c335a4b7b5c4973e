"""Compute one convolution or pooling on one backend, by the fastest method there.

The functions here know the shapes of arrays and the backend, but nothing about networks.

- `dispatch` chooses the method for a convolution with the help of `choice`; `tune` measures the
  methods on this machine (`python -m jaxcnn.lowering.tune`).
- `methods`: one short file per method. `_convolution` describes what they compute, and
  `_sliding_window` how windows slide in convolutions and poolings.
- `fusion`: convolutions fused with the bias, the sum and the activation after them.
- `pooling`: reductions of windows, and gradients of max-pooling.
- `_primitive`: a copy of JAX's convolution primitive that uses these methods on CPUs
  (`rebind_convolutions` binds it). `_fast_convolutions` makes JAX's own primitive use them. Both
  hook into JAX through `_cpu_rule`. `_partitioning` tells XLA how to split a convolution over
  devices.
- `_compiler`: compiler options for programs that use these methods. `_machine`: the facts about the
  CPU that methods need.
- `_onednn_support`: whether oneDNN may be called here; `onednn_self_test` tests it, and `_uncached`
  keeps programs that call it out of JAX's cache.
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
from jaxcnn.lowering._onednn_support import OneDnnSupport, onednn_support
from jaxcnn.lowering._primitive import rebind_convolutions
from jaxcnn.lowering._sliding_window import PaddingPairs, SlidingWindow, dilated, output_size
from jaxcnn.lowering.choice import MethodTable, use_methods
from jaxcnn.lowering.pooling import identity_of_max, max_windows, min_windows, sum_windows

__all__ = [
    "CompiledConvolutions",
    "Convolution",
    "Machine",
    "MethodTable",
    "OneDnnSupport",
    "PaddingPairs",
    "SlidingWindow",
    "compiler_options",
    "dilated",
    "fast_convolutions",
    "identity_of_max",
    "install_fast_convolutions",
    "max_windows",
    "min_windows",
    "onednn_support",
    "output_size",
    "rebind_convolutions",
    "sum_windows",
    "uninstall_fast_convolutions",
    "use_methods",
]
