"""Load the data set of a config, in the input shape of its network."""

import contextlib
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from jaxcnn import data
from jaxcnn.data import FileSplits, LabeledImages, Splits, draw_fraction
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._config_checks import USER_DATASETS
from jaxcnn.inference import Network
from jaxcnn.layers import ArchitectureError, Layer
from jaxcnn.models import by_name

MAX_SCALED_SIDE = 64
"""Largest side in pixels to which small images are scaled up for a network."""


class LoadedDataset(NamedTuple):
    """A data set in the input shape of its network, and its key in `PRESETS`."""

    key: str
    splits: Splits | FileSplits


_LOADERS: dict[str, Callable[..., Splits]] = {
    "cifar10": data.cifar10,
    "cifar100": data.cifar100,
    "mnist": data.mnist,
    "digits": lambda folder, *, download: data.digits(),  # noqa: ARG005 - part of scikit-learn
}


def load_dataset(config: Config, network: Network | None = None) -> LoadedDataset:
    """Load the config's data set: find it, download it, or with ``"auto"`` use the digits instead.

    Args:
        config: The options of the experiment.
        network: The pretrained network that the images are for. None means that of the preset.

    Raises:
        DataError: If the user's image files are damaged, or not arranged as expected.
        OSError: If a data set other than ``"auto"`` is neither found nor can be downloaded.
        ValueError: If the network cannot take images of the requested size.
    """
    key, splits = _find(config, network)
    if isinstance(splits, Splits) and key not in USER_DATASETS:
        splits = fit_shape(splits, _taker(config, key, network).shape_for(splits.train.input_shape))
    return LoadedDataset(key, splits)


class _Taker(NamedTuple):
    """A network that takes the images: its name, its layers, and the shape it was made for.

    Attributes:
        name: Name of the network.
        architecture: Its layers.
        input_shape: Shape of the images that it was made for.
        is_trained: Whether it has weights already, which take a fixed number of channels.
    """

    name: str
    architecture: Layer
    input_shape: tuple[int, ...]
    is_trained: bool

    def shape_for(self, have: tuple[int, ...]) -> tuple[int, int, int]:
        """Choose the input shape of the network for images of shape `have`.

        It is the shape that the network was designed for, but gray images stay gray. A network for
        large images gets the images' own size instead: small images gain nothing from being scaled
        up, and 50,000 of them at 224×224 take 7.5 GB. Each is only done if the network can take it.
        """
        height, width, channels = self.input_shape
        sides = (have[0], have[1]) if max(height, width) > MAX_SCALED_SIDE else (height, width)
        fewest = channels if self.is_trained else min(channels, have[2])
        for shape in ((*sides, fewest), (*sides, channels), (height, width, fewest)):
            with contextlib.suppress(ArchitectureError):
                self.architecture.output_shape(shape)
                return shape
        return height, width, channels


def _taker(config: Config, key: str, network: Network | None) -> _Taker:
    if network is None:
        preset = config.resolve(key)
        shape = by_name(preset.model).input_shape
        return _Taker(preset.model, preset.architecture(2), shape, is_trained=False)
    assert network.architecture is not None  # as `pretrained` returns it
    shape = network.input_shape
    return _Taker(str(config.pretrained), network.architecture, shape, is_trained=True)


def _find(config: Config, network: Network | None) -> LoadedDataset:
    if config.data_dir is not None and not config.data_dir.expanduser().is_dir():
        raise FileNotFoundError(f"data_dir: expected an existing folder, got {config.data_dir}")
    if config.dataset in USER_DATASETS:
        return LoadedDataset(
            config.dataset, _rename(_load_user_images(config, network), config.dataset_name)
        )
    if config.dataset != "auto":
        return LoadedDataset(config.dataset, _load_published(config.dataset, config))
    try:
        return LoadedDataset("cifar10", _load_published("cifar10", config))
    except OSError as error:
        where = "here" if config.data_dir is None else f"in {config.data_dir}"
        print(
            f"CIFAR-10 is not {where} and cannot be downloaded ({error}).\n"
            "Training on scikit-learn's digits instead: 1,797 real images of 8×8 pixels. "
            "All results below are for digits.",
            file=sys.stderr,
        )
        # The digits keep their own name, because `dataset_name` was meant for CIFAR-10.
        return LoadedDataset("digits", data.digits())


def _load_published(key: str, config: Config) -> Splits | FileSplits:
    return _rename(_LOADERS[key](config.data_dir, download=True), config.dataset_name)


def _load_user_images(config: Config, network: Network | None) -> Splits | FileSplits:
    """Load the user's image files, with as many color channels as the network takes."""
    size = config.size or (MAX_SCALED_SIDE, MAX_SCALED_SIDE)
    height, width = size
    taker = _taker(config, config.dataset, network)
    channels = taker.input_shape[-1]
    try:
        taker.architecture.output_shape((height, width, channels))
    except ArchitectureError as error:
        raise ValueError(
            f"size: expected images that {taker.name} can take, got {height}×{width} ({error})"
        ) from None
    options: dict[str, Any] = {
        "channels": channels,
        "test_fraction": config.test_fraction,
        "stream": config.stream,
        "on_error": config.on_error,
        "preprocessing": None if network is None else network.preprocessing,
    }
    if config.table is not None:
        columns = {"path": config.path, "label": config.label}
        return data.image_table(config.table, size, root=config.data_dir, **columns, **options)
    assert config.data_dir is not None  # because the config checks it
    return data.image_folder(config.data_dir, size, **options)


def _rename(splits: Splits | FileSplits, name: str | None) -> Splits | FileSplits:
    """Give the data set another name; None keeps its own."""
    if name is None:
        return splits
    if isinstance(splits, FileSplits):
        return FileSplits(*(dataclasses.replace(files, name=name) for files in splits))
    return Splits(*(dataclasses.replace(split, name=name) for split in splits))


def load_test_set(name: str, data_dir: Path | None, shape: tuple[int, int, int]) -> data.Dataset:
    """Load the test part of a published data set in the input shape of a network.

    Raises:
        OSError: If the data set is neither found nor can be downloaded.
    """
    return fit_shape(_LOADERS[name](data_dir, download=True), shape).test


def fit_shape(splits: Splits, shape: tuple[int, int, int]) -> Splits:
    """Bring images to a network's input shape: padded by up to 8 pixels per axis, else resized."""
    have = splits.train.input_shape
    if have == shape:
        return splits
    missing = (shape[0] - have[0], shape[1] - have[1])
    method = "pad" if all(0 <= pixels <= 8 for pixels in missing) else "bilinear"
    return Splits(*(data.to_shape(split, shape, method=method) for split in splits))


def hold_out(train: LabeledImages, config: Config) -> tuple[LabeledImages, LabeledImages | None]:
    """Split the training images into those to train on and those held out for validation.

    Returns:
        The images to train on, and the held-out images, or None if the config holds out none.

    Raises:
        ValueError: If no class has two training images.
    """
    if not config.validation_fraction:
        return train, None
    held_out = draw_fraction(train, config.validation_fraction, config.seed)
    if not held_out.any():
        raise ValueError(
            "validation_fraction: expected 0, because no class of "
            f"{train.name} has two training images, got {config.validation_fraction}"
        )
    return train.subset(~held_out), train.subset(held_out)
