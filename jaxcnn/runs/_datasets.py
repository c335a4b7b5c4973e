"""The data set that a config names, in the shape that its network takes."""

import dataclasses
import sys
from collections.abc import Callable
from typing import NamedTuple

from jaxcnn import data
from jaxcnn.data import Splits
from jaxcnn.runs._config import Config


class Chosen(NamedTuple):
    """A data set, and the name of the presets that suit it."""

    key: str
    splits: Splits


_LOADERS: dict[str, Callable[..., Splits]] = {
    "cifar10": data.cifar10,
    "cifar100": data.cifar100,
    "mnist": data.mnist,
}


def choose(config: Config) -> Chosen:
    """Find the config's data set, or download it, or with ``"auto"`` fall back on the digits.

    Raises:
        OSError: if a data set was loaded on and can be neither found nor downloaded.
    """
    if config.data_dir is not None and not config.data_dir.expanduser().is_dir():
        raise FileNotFoundError(f"data_dir: there is no folder {config.data_dir}")
    if config.dataset != "auto":
        return Chosen(config.dataset, _load(config.dataset, config))
    try:
        return Chosen("cifar10", _load("cifar10", config))
    except OSError as error:
        print(
            f"CIFAR-10 is not {_place(config)} and cannot be downloaded ({error}).\n"
            "Training on scikit-learn's digits instead: 1,797 real images of 8×8 pixels. "
            "All results below are for digits.",
            file=sys.stderr,
        )
        # By their own name, whatever name the config has for what it hoped to find.
        return Chosen("digits", data.digits())


def _place(config: Config) -> str:
    return "here" if config.data_dir is None else f"in {config.data_dir}"


def _load(key: str, config: Config) -> Splits:
    load = _LOADERS.get(key)
    splits = data.digits() if load is None else load(config.data_dir, download=True)
    if config.dataset_name is None:
        return splits
    return Splits(*(dataclasses.replace(split, name=config.dataset_name) for split in splits))


def fit_shape(splits: Splits, shape: tuple[int, int, int]) -> Splits:
    """Show the images in the shape that a network takes: padded where that is all it needs."""
    have = splits.train.input_shape
    if have == shape:
        return splits
    missing = (shape[0] - have[0], shape[1] - have[1])
    method = "pad" if all(0 <= pixels <= 8 for pixels in missing) else "bilinear"
    return Splits(*(data.to_shape(split, shape, method=method) for split in splits))
