"""Measure the time of each layer of a network, and compare it with the limits of the machine.

- `_profile`: `profile` times each layer of a network, and returns a `Profile`.
- `_layer_programs`: the layers as compiled programs.
- `_limits`: the machine's limits, the programs that measure them, and the stopwatch, which times
  several programs in turn.
"""

from jaxcnn.profiling._limits import Limits
from jaxcnn.profiling._profile import LayerTime, Profile, profile

__all__ = ["LayerTime", "Limits", "Profile", "profile"]
