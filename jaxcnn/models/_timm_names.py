"""Names and shapes of timm's weights, and those that `load_torch_state_dict` expects for them."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Renaming(NamedTuple):
    """The conversion of the tensors of a family of networks.

    Attributes:
        patterns: Regular expressions and their replacements; all that fit a name are applied, in
            order.
        dense: Regular expression of the new names of dense layers' weights. Timm has some of these
            layers as convolutions of the whole image or of one pixel.
    """

    patterns: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = ()
    dense: str | None = None

    def convert(self, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the tensors under their new names and with their new shapes.

        Raises:
            ValueError: If two tensors would get the same name.
        """
        converted = {}
        for given, tensor in tensors.items():
            name = given
            for pattern, replacement in self.patterns:
                name = re.sub(pattern, replacement, name)
            if name in converted:
                raise ValueError(f"tensors: expected one {name!a:.80}, got {given!a:.80} as well")
            is_dense = self.dense is not None and re.fullmatch(self.dense, name)
            if is_dense and tensor.ndim == 4 and tensor.size:
                tensor = tensor.reshape(len(tensor), -1)
            elif name.endswith(".layer_scale") and tensor.ndim == 1:
                tensor = tensor.reshape(-1, 1, 1)
            converted[name] = tensor
        return converted


SAME = Renaming()

VGG = Renaming(
    (
        (r"^pre_logits\.fc1\.", "classifier.0."),
        (r"^pre_logits\.fc2\.", "classifier.3."),
        (r"^head\.fc\.", "classifier.6."),
    ),
    dense=r"classifier\.\d\.weight",
)

# Torchvision counts the stem, the stages and the layers between them in one row.
_CONVNEXT = (
    (r"^stem\.", "features.0."),
    *((rf"^stages\.{i}\.downsample\.", f"features.{2 * i}.") for i in range(1, 4)),
    *((rf"^stages\.{i}\.blocks\.", f"features.{2 * i + 1}.") for i in range(4)),
    (r"^(features\.\d\.\d+)\.gamma$", r"\1.layer_scale"),
    (r"^(features\.\d\.\d+)\.conv_dw\.", r"\1.block.0."),
    (r"^(features\.\d\.\d+)\.norm\.", r"\1.block.2."),
    (r"^(features\.\d\.\d+)\.mlp\.fc1\.", r"\1.block.3."),
    (r"^(features\.\d\.\d+)\.mlp\.fc2\.", r"\1.block.5."),
    (r"^head\.norm\.", "classifier.0."),
)
_CONVNEXT_DENSE = r"features\.\d\.\d+\.block\.[35]\.weight"

CONVNEXT = Renaming((*_CONVNEXT, (r"^head\.fc\.", "classifier.2.")), _CONVNEXT_DENSE)
CONVNEXT_MLP = Renaming(
    (
        *_CONVNEXT,
        (r"^head\.pre_logits\.fc\.", "classifier.2."),
        (r"^head\.fc\.", "classifier.5."),
    ),
    _CONVNEXT_DENSE,
)


def _block_from_0(found: re.Match[str]) -> str:
    """Return torchvision's name of a block; timm counts blocks from 1."""
    stage, block = found[1], int(found[2]) - 1
    return f"trunk_output.block{stage}.block{stage}-{block}."


_REGNET_BLOCK = r"^(trunk_output\.block\d\.block\d-\d+)"
REGNET = Renaming(
    (
        (r"^s(\d)\.b(\d{1,4})\.", _block_from_0),
        (_REGNET_BLOCK + r"\.downsample\.", r"\1.proj."),
        (_REGNET_BLOCK + r"\.conv1\.", r"\1.f.a."),
        (_REGNET_BLOCK + r"\.conv2\.", r"\1.f.b."),
        (_REGNET_BLOCK + r"\.conv3\.", r"\1.f.c."),
        (_REGNET_BLOCK + r"\.se\.", r"\1.f.se."),
        (r"\.conv\.(?=weight$)", ".0."),
        (r"\.bn\.", ".1."),
        (r"^head\.fc\.", "fc."),
    )
)

_SQUEEZE = ((r"\.se\.conv_reduce\.", ".se.fc1."), (r"\.se\.conv_expand\.", ".se.fc2."))
MOBILE = Renaming(_SQUEEZE)
MOBILE_POOLED_FIRST = Renaming(_SQUEEZE, dense=r"conv_head\.weight")
