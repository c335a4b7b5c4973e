"""Measure the time of each layer of a network, and predict trainings on many devices.

- `_profile`: `profile` times each layer of a network, and returns a `Profile`.
- `_layer_programs`: the layers as compiled programs.
- `_limits`: the machine's limits, the programs that measure them, and the stopwatch, which times
  several programs in turn.
- `scaling/`: `estimate_training` predicts the time and memory of a training on a cluster.
"""

from jaxcnn.profiling._limits import Limits
from jaxcnn.profiling._profile import LayerTime, Profile, profile
from jaxcnn.profiling.scaling._all_reduce import (
    all_gather_seconds,
    all_reduce_seconds,
    ring_all_reduce_seconds,
    tree_all_reduce_seconds,
)
from jaxcnn.profiling.scaling._chips import CHIPS, Chip
from jaxcnn.profiling.scaling._decoding import DECODE_RATE
from jaxcnn.profiling.scaling._device_speed import DeviceSpeed
from jaxcnn.profiling.scaling._estimate import estimate_training
from jaxcnn.profiling.scaling._estimate_result import (
    DeviceMemory,
    EstimatedStep,
    TrainingEstimate,
)

__all__ = [
    "CHIPS",
    "DECODE_RATE",
    "Chip",
    "DeviceMemory",
    "DeviceSpeed",
    "EstimatedStep",
    "LayerTime",
    "Limits",
    "Profile",
    "TrainingEstimate",
    "all_gather_seconds",
    "all_reduce_seconds",
    "estimate_training",
    "profile",
    "ring_all_reduce_seconds",
    "tree_all_reduce_seconds",
]
