"""Tools for networks described as plain data; their layers are in `jaxcnn.layers`.

- Make the Flax module of a network: `build`. Count its parameters without making it:
  `count_parameters`.
- Look at a network layer by layer: `summary` returns a table, `walk` visits the layers in order,
  and `sources_of` says whose outputs each one reads.
- Compare two networks: `diff`. Search a family for its largest network within limits:
  `largest_within`.
- Cut or change a network: `backbone`, `head`, `with_classes`.
- Cut images into tiles: `Tiling` finds where, for `Network.predict_tiled`.
- Write a network as JSON and read it back: `to_json`, `from_json`.
"""

from jaxcnn.architecture._build import build, check_built, count_parameters
from jaxcnn.architecture._diff import Change, Diff, diff
from jaxcnn.architecture._halves import backbone, head, with_classes
from jaxcnn.architecture._input_shape import check_input_shape
from jaxcnn.architecture._json import from_json, to_json
from jaxcnn.architecture._largest_within import FamilyMember, largest_within
from jaxcnn.architecture._summary import summary
from jaxcnn.architecture._summary_table import Summary, SummaryRow
from jaxcnn.architecture._tiling import AxisTiling, Tiling
from jaxcnn.architecture._walk import INPUT, VisitedLayer, short_path, sources_of, walk

__all__ = [
    "INPUT",
    "AxisTiling",
    "Change",
    "Diff",
    "FamilyMember",
    "Summary",
    "SummaryRow",
    "Tiling",
    "VisitedLayer",
    "backbone",
    "build",
    "check_built",
    "check_input_shape",
    "count_parameters",
    "diff",
    "from_json",
    "head",
    "largest_within",
    "short_path",
    "sources_of",
    "summary",
    "to_json",
    "walk",
    "with_classes",
]
