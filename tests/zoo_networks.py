"""Networks of the zoo that need not all be tested each time."""

import pytest

from jaxcnn.models import MODELS

LARGER = {name for name in MODELS if name.startswith("regnet") and not name.endswith("400mf")}
LARGER |= {f"efficientnet_b{number}" for number in range(1, 8)}
LARGER |= {"efficientnet_v2_m", "efficientnet_v2_l", "mobilenet_v3_large"}
LARGER |= {f"convnext_{size}" for size in ("small", "base", "large")}
LARGER |= {f"densenet{depth}" for depth in (161, 169, 201)}
LARGER |= {"resnext101_32x8d", "resnext101_64x4d", "wide_resnet101_2"}
LARGER |= {"mnasnet0_75", "mnasnet1_0", "mnasnet1_3"}
LARGER |= {f"shufflenet_v2_x{width}" for width in ("1_0", "1_5", "2_0")}
"""Larger networks of a family, which differ from its smallest in their numbers alone."""


def larger_are_slow(values):
    """One parameter of a test per network of the zoo, by name; for a larger one, it is slow."""
    return [
        pytest.param(value, id=name, marks=pytest.mark.slow if name in LARGER else ())
        for name, value in values.items()
    ]
