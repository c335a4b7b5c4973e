"""Check whether everything works on this machine, and what would make it faster.

- `_examine`: the list of all checks, and `examine`, which runs them.
- `_diagnosis`: the result, a `Diagnosis` of `Finding` entries.
- The checks: `_convolution` (against plain loops), `_device`, `_machine` (cores, instructions,
  memory), `_software` (versions, packages, settings, data sets).
"""

from jaxcnn.doctor._diagnosis import Diagnosis, Finding
from jaxcnn.doctor._examine import examine

__all__ = ["Diagnosis", "Finding", "examine"]
