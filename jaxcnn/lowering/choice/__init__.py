"""What `jaxcnn.lowering.dispatch` asks which method is the fastest.

- `_table`: tables of what was measured on this machine (`MethodTable`, `use_methods`).
- `_preference`: rules for everything else.
"""

from jaxcnn.lowering.choice._preference import FEW_CHANNELS, LANES, SHORT_SUM, preferred
from jaxcnn.lowering.choice._table import NAMES, MethodTable, key_of, named, named_by, use_methods

__all__ = [
    "FEW_CHANNELS",
    "LANES",
    "NAMES",
    "SHORT_SUM",
    "MethodTable",
    "key_of",
    "named",
    "named_by",
    "preferred",
    "use_methods",
]
