"""The data set that a config names, in the shape that its network takes."""

import contextlib
import dataclasses
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxcnn import data
from jaxcnn.data import FileSplits, LabeledImages, Splits, draw_fraction
from jaxcnn.experiment._config import OWN, Config
from jaxcnn.experiment._presets import Preset
from jaxcnn.layers import ArchitectureError
from jaxcnn.models import by_name

MAX_SCALED = 64
"""Pixels a side that small pictures are scaled up to without being asked."""


class Chosen(NamedTuple):
    """A data set in its network's shape, and the name of the presets that suit it."""

    key: str
    splits: Splits | FileSplits


_LOADERS: dict[str, Callable[..., Splits]] = {
    "cifar10": data.cifar10,
    "cifar100": data.cifar100,
    "mnist": data.mnist,
    "digits": lambda folder, *, download: data.digits(),  # noqa: ARG005 - they come with a package
}


def choose(config: Config) -> Chosen:
    """Find the config's data set, or download it, or with ``"auto"`` fall back on the digits.

    Raises:
        DataError: If pictures of one's own are not as they should be.
        OSError: If a data set was insisted on and can be neither found nor downloaded.
        ValueError: If the network cannot take pictures of the size that was asked for.
    """
    key, splits = _find(config)
    if isinstance(splits, Splits) and key not in OWN:
        splits = fit_shape(splits, _shape_for(config.resolve(key), splits.train.input_shape))
    return Chosen(key, splits)


def _find(config: Config) -> Chosen:
    if config.data_dir is not None and not config.data_dir.expanduser().is_dir():
        raise FileNotFoundError(f"there is no folder {config.data_dir}")
    if config.dataset in OWN:
        return Chosen(config.dataset, _named(_own(config), config.dataset_name))
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


def _load(key: str, config: Config) -> Splits | FileSplits:
    return _named(_LOADERS[key](config.data_dir, download=True), config.dataset_name)


def _own(config: Config) -> Splits | FileSplits:
    """Pictures of one's own, in as many colors as the network takes."""
    height, width = config.size
    preset = config.resolve(config.dataset)
    channels = by_name(preset.model).input_shape[-1]
    try:
        preset.architecture(2).output_shape((height, width, channels))
    except ArchitectureError as error:
        raise ValueError(
            f"size: {preset.model} cannot take pictures of {height}×{width}: {error}"
        ) from None
    options: dict[str, Any] = {
        "channels": channels,
        "test_fraction": config.test_fraction,
        "stream": config.stream,
        "on_error": config.on_error,
    }
    if config.table is not None:
        return data.image_table(config.table, config.size, root=config.data_dir, **options)
    assert config.data_dir is not None  # the config has checked it
    return data.image_folder(config.data_dir, config.size, **options)


def _named(splits: Splits | FileSplits, name: str | None) -> Splits | FileSplits:
    """Call the data by another name, if one is given."""
    if name is None:
        return splits
    if isinstance(splits, FileSplits):
        return FileSplits(*(dataclasses.replace(files, name=name) for files in splits))
    return Splits(*(dataclasses.replace(split, name=name) for split in splits))


def _shape_for(preset: Preset, have: tuple[int, ...]) -> tuple[int, int, int]:
    """What a network was made for; of networks for large pictures, the set's own size, if it fits.

    (Small pictures scaled up hold nothing more, and 50,000 of 224×224 take 7.5 GB.)
    """
    height, width, channels = by_name(preset.model).input_shape
    if max(height, width) > MAX_SCALED:
        own = (have[0], have[1], channels)
        with contextlib.suppress(ArchitectureError):
            preset.architecture(2).output_shape(own)
            return own
    return height, width, channels


def fit_shape(splits: Splits, shape: tuple[int, int, int]) -> Splits:
    """Show the images in the shape that a network takes: padded where that is all it needs."""
    have = splits.train.input_shape
    if have == shape:
        return splits
    missing = (shape[0] - have[0], shape[1] - have[1])
    method = "pad" if all(0 <= pixels <= 8 for pixels in missing) else "bilinear"
    return Splits(*(data.to_shape(split, shape, method=method) for split in splits))


def hold_out(train: LabeledImages, config: Config) -> tuple[LabeledImages, LabeledImages | None]:
    """Cut what the config holds out off the training images; None for nothing.

    Raises:
        ValueError: If no class has two images.
    """
    if config.validation_fraction is None:
        return train, None
    held_out = draw_fraction(train, config.validation_fraction, config.seed)
    if not held_out.any():
        raise ValueError(f"validation_fraction: no class of {train.name} has two training images")
    return train.subset(~held_out), train.subset(held_out)
