"""Networks by timm's names, and timm's weights for them."""

import functools
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from jaxcnn._support.arguments import did_you_mean
from jaxcnn.layers import Sequential
from jaxcnn.models import _timm_names as names
from jaxcnn.models._convnext import (
    convnext_base,
    convnext_large,
    convnext_small,
    convnext_tiny,
)
from jaxcnn.models._densenet import densenet121, densenet161, densenet169, densenet201
from jaxcnn.models._inception import inception_v3
from jaxcnn.models._regnet import regnet
from jaxcnn.models._resnet import resnet18, resnet34, resnet50, resnet101, resnet152
from jaxcnn.models._resnext import (
    resnext50_32x4d,
    resnext101_32x8d,
    resnext101_64x4d,
    wide_resnet50_2,
    wide_resnet101_2,
)
from jaxcnn.models._timm_blocks import mobile_network
from jaxcnn.models._timm_convnext import convnext_large_mlp, convnext_xxlarge
from jaxcnn.models._timm_mobile import mobile_designs
from jaxcnn.models._timm_regnet import REGNETS
from jaxcnn.models._timm_resnet import RESNETS, timm_resnet
from jaxcnn.models._vgg import vgg11, vgg13, vgg16, vgg19


class TimmModel(NamedTuple):
    """A network that timm has, and how timm's weights become its own.

    Attributes:
        make: Function that returns the architecture, which computes what timm's network computes in
            eval mode. Its first argument is `num_classes`.
        convert: Function that takes timm's state dict, and returns its arrays with the names and
            shapes that `load_torch_state_dict` expects for the architecture.
    """

    make: Callable[..., Sequential]
    convert: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]


_REASONS = {
    r"convnextv2_.*": "global response normalization is not among the layers",
    r".*_cc_.*": "convolutions with kernels that depend on the image are not among the layers",
    r".*_pruned": "pruned networks have irregular numbers of channels",
    r".*(vit|deit|swin|former|mixer|beit|eva0|cait|mvit).*": "transformers are not among them",
}
"""Why timm's networks are not among these, by regular expressions for their names."""


def timm_model(name: str) -> TimmModel:
    """Find a network by timm's name, to load timm's weights.

    Args:
        name: Name of a network as in ``timm.create_model``, such as ``"resnet50"``. A tag of
            pretrained weights at the end, as in ``"resnet50.a1_in1k"``, is ignored.

    Returns:
        A `TimmModel`: the function that makes the network, and the one that converts timm's
        weights. The networks compute what timm's compute, with two exceptions: VGG with images of
        more than 255 pixels per side, and dropout rates, which in timm are 0 by default.

    Raises:
        ValueError: If there is no such network. The message suggests the nearest names.

    Example:
        >>> model = timm_model("resnet18.a1_in1k")
        >>> model.make(10).output_shape((224, 224, 3))
        (10,)
        >>> kernel = np.zeros((64, 3, 7, 7), np.float32)
        >>> [*model.convert({"conv1.weight": kernel})]
        ['conv1.weight']
    """
    bare = name.partition(".")[0] if isinstance(name, str) else name
    if bare not in _models():
        raise ValueError(
            f"name: expected one of list_timm_models(), got {name!r}{_hint(str(bare))}"
        )
    return _models()[bare]


def list_timm_models(pattern: str = "*") -> list[str]:
    """List timm's names of the networks that `timm_model` makes.

    Args:
        pattern: A name in which ``*`` matches any text and ``?`` one character.

    Returns:
        The matching names in natural order (``resnet18`` before ``resnet101``).

    Example:
        >>> list_timm_models("convnext_[nt]*")
        ['convnext_nano', 'convnext_tiny']
    """
    return [name for name in _models() if fnmatchcase(name, pattern)]


def _hint(name: str) -> str:
    for pattern, reason in _REASONS.items():
        if re.fullmatch(pattern, name):
            return f" ({reason})"
    return did_you_mean(name, _models())


@functools.cache
def _models() -> dict[str, TimmModel]:
    """Return all networks by name, in natural order."""
    models = {
        **{name: TimmModel(make, names.SAME.convert) for name, make in _WITH_SAME_NAMES.items()},
        **{name: TimmModel(make, names.CONVNEXT.convert) for name, make in _convnexts().items()},
        "convnext_large_mlp": TimmModel(convnext_large_mlp, names.CONVNEXT_MLP.convert),
        **{name: TimmModel(make, names.VGG.convert) for name, make in _vggs().items()},
        **{
            name: TimmModel(
                functools.partial(regnet, design=design, stem="imagenet"), names.REGNET.convert
            )
            for name, design in REGNETS.items()
        },
        **{
            name: TimmModel(functools.partial(timm_resnet, design=design), names.SAME.convert)
            for name, design in RESNETS.items()
        },
        **{
            name: TimmModel(
                functools.partial(mobile_network, design=design),
                (names.MOBILE_POOLED_FIRST if design.pools_first else names.MOBILE).convert,
            )
            for name, design in mobile_designs().items()
        },
    }
    return {name: models[name] for name in sorted(models, key=_natural)}


def _natural(name: str) -> list[tuple[bool, int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


_WITH_SAME_NAMES: dict[str, Callable[..., Sequential]] = {
    "densenet121": densenet121,
    "densenet161": densenet161,
    "densenet169": densenet169,
    "densenet201": densenet201,
    "inception_v3": inception_v3,
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "resnet101": resnet101,
    "resnet152": resnet152,
    "resnext50_32x4d": resnext50_32x4d,
    "resnext101_32x8d": resnext101_32x8d,
    "resnext101_64x4d": resnext101_64x4d,
    "wide_resnet50_2": wide_resnet50_2,
    "wide_resnet101_2": wide_resnet101_2,
}
"""Networks whose weights have the same names in timm and in torchvision."""


def _convnexts() -> dict[str, Callable[..., Sequential]]:
    def of(widths: tuple[int, ...], depths: tuple[int, ...]) -> Callable[..., Sequential]:
        return functools.partial(convnext_tiny, widths=widths, depths=depths)

    return {
        "convnext_atto": of((40, 80, 160, 320), (2, 2, 6, 2)),
        "convnext_femto": of((48, 96, 192, 384), (2, 2, 6, 2)),
        "convnext_pico": of((64, 128, 256, 512), (2, 2, 6, 2)),
        "convnext_nano": of((80, 160, 320, 640), (2, 2, 8, 2)),
        "convnext_tiny": convnext_tiny,
        "convnext_small": convnext_small,
        "convnext_base": convnext_base,
        "convnext_large": convnext_large,
        "convnext_xlarge": of((256, 512, 1024, 2048), (3, 3, 27, 3)),
        "convnext_xxlarge": convnext_xxlarge,
    }


def _vggs() -> dict[str, Callable[..., Sequential]]:
    plain = {"vgg11": vgg11, "vgg13": vgg13, "vgg16": vgg16, "vgg19": vgg19}
    with_norm = {
        f"{name}_bn": functools.partial(make, batch_norm=True) for name, make in plain.items()
    }
    return plain | with_norm
