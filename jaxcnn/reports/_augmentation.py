"""How the images of training were varied, as far as the run's configuration says."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from jaxcnn.data import Augmentation

OFF = {field.name: field.default for field in dataclasses.fields(Augmentation)}


def augmentation_of(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts of the policy that are on; None where the configuration does not speak of it.

    Example:
        >>> augmentation_of({"augmentation": {"flip": "none", "shift": 2, "rand_augment": None}})
        {'shift': 2}
    """
    if "augmentation" not in config:
        return None
    policy = config["augmentation"] or {}
    if not isinstance(policy, Mapping):
        raise ValueError(f"config.json: expected an object as augmentation, got {policy!r}")
    return {name: value for name, value in policy.items() if value != OFF.get(name)}
