"""How one convolution or pooling is computed on one backend.

The floor under everything: functions of arrays that know shapes and backends but nothing of
networks.
"""

from jaxcnn.lowering._install import (
    TakenOver,
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)

__all__ = [
    "TakenOver",
    "fast_convolutions",
    "install_fast_convolutions",
    "uninstall_fast_convolutions",
]
