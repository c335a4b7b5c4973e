"""Know the fastest method for a convolution, for `jaxcnn.lowering.dispatch`.

- `_table`: tables of methods measured on this machine (`MethodTable`, `use_methods`).
- `_preference`: rules for convolutions that are not in a table.
"""

from jaxcnn.lowering.choice._preference import (
    FEW_CHANNELS,
    LANES,
    SHORT_SUM,
    is_faster_fused,
    preferred,
)
from jaxcnn.lowering.choice._table import (
    NAMES,
    MethodTable,
    choose_methods_by,
    key_of,
    name_from_table,
    use_methods,
)

__all__ = [
    "FEW_CHANNELS",
    "LANES",
    "NAMES",
    "SHORT_SUM",
    "MethodTable",
    "choose_methods_by",
    "is_faster_fused",
    "key_of",
    "name_from_table",
    "preferred",
    "use_methods",
]
