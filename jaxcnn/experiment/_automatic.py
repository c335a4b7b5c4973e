"""`automatic_options`: the size, batch size, epochs and early stopping that suit one's pictures."""

import dataclasses
import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table, cell_text
from jaxcnn.data import ImageFiles, image_folder, image_table, picture_sizes
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._config_checks import USER_DATASETS
from jaxcnn.models import by_name
from jaxcnn.training import Plan

AUTOMATIC = ("size", "validation_fraction", "batch_size", "epochs", "early_stopping")
"""The options that are chosen from the pictures if they are None."""

MAX_OPENED = 200
"""At most so many files are opened to read their size."""

MIN_SIDE, MAX_SIDE = 32, 64
"""The shorter side of the network's input in pixels; networks made for more get more."""

MAX_ASPECT = 4.0
WIDE = 1.5
"""Width by height, beyond which a crop to a square loses more than a third of a picture."""

MIN_UPDATES = 600
"""Number of updates for which small sets are trained more epochs than the preset's."""

MAX_REPEATS = 5
"""The largest factor by which the preset's epochs are multiplied."""

MIN_FOR_STOPPING = 300
"""Number of training pictures from which some are held out, so that training can stop early."""

HELD_OUT = 0.1
"""Share of the training pictures that is held out."""


@dataclasses.dataclass(frozen=True)
class AutomaticOption(Result):
    """An option of a training that was chosen from the pictures.

    Attributes:
        name: The field of the `Config`.
        value: The chosen value.
        reason: The reason for the choice, in words.
    """

    name: str
    value: Any
    reason: str


@dataclasses.dataclass(frozen=True)
class AutomaticOptions(TableResult):
    """Options of a training that were chosen from the pictures; `str()` formats them as a table.

    Attributes:
        options: The options, in the order in which they were chosen.
    """

    options: tuple[AutomaticOption, ...]

    def apply(self, config: Config) -> Config:
        """Return the config with the chosen options.

        Args:
            config: The config that the options were chosen for.
        """
        return dataclasses.replace(config, **{one.name: one.value for one in self.options})

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [one.to_dict() for one in self.options]

    def _blocks(self) -> Iterable[Block]:
        head = ("option", "value", "reason")
        lines = [(one.name.replace("_", " "), _shown(one), one.reason) for one in self.options]
        return [Table([head, *lines], 3, "Chosen from the pictures")]


def _shown(option: AutomaticOption) -> str:
    return "none" if option.value is None else cell_text(option.value)


def automatic_options(config: Config) -> AutomaticOptions:
    """Choose the options of a training that a config leaves open, from the user's own pictures.

    `run` does this first. Published data sets have their options in `PRESETS`, so nothing is chosen
    for them.

    - `size`: at most 64 pixels for the shorter side, or what the network was made for if that is
      more, and not more than the pictures have, but at least 32. Square, unless nearly all
      pictures are much wider or much taller.
    - `validation_fraction` and `early_stopping`: with 300 training pictures, a tenth is held out,
      and training stops when their loss no longer falls for a quarter of the epochs.
    - `batch_size`: the preset's, or less if an epoch would have fewer than 8 updates.
    - `epochs`: the preset's, or up to five times as many if there would be fewer than 600 updates.

    Args:
        config: The options. Those that are None are chosen; the others stay.

    Returns:
        The chosen options with their reasons. `apply` adds them to the config.

    Raises:
        DataError: If the image files are not arranged as expected.
        OSError: If a folder or a file cannot be read.

    Example::

        config = Config(dataset="folder", data_dir=Path("pictures"))
        print(automatic_options(config))
    """
    if config.dataset not in USER_DATASETS:
        return AutomaticOptions(())
    train, chosen = _training_files(config), []
    preset, examples = config.resolve(config.dataset), len(train)
    is_skipping = config.on_error == "skip"  # which leaves out files without a size, too
    sizes = np.empty((0, 2), np.int64)
    if config.size is None or is_skipping:
        sizes = picture_sizes(train.paths, at_most=MAX_OPENED)
    if is_skipping:
        examples = max(1, examples * len(sizes) // min(examples, MAX_OPENED))
    if config.size is None:
        design = min(by_name(preset.model).input_shape[:2])
        chosen.append(_size(sizes, max(MAX_SIDE, design)))
    fraction = config.validation_fraction
    if fraction is None:
        chosen.append(_held_out(config, examples))
        fraction = chosen[-1].value
    examples -= round(examples * (fraction or 0))
    batch_size, epochs = config.batch_size, config.epochs
    if batch_size is None:
        chosen.append(_batch_size(preset.batch_size, examples))
        batch_size = chosen[-1].value
    if epochs is None:
        chosen.append(_epochs(preset.epochs, max(1, examples // batch_size)))
        epochs = chosen[-1].value
    if fraction and config.validation_fraction is None and config.early_stopping is None:
        chosen.append(_early_stopping(epochs))
    return AutomaticOptions(tuple(chosen))


def _training_files(config: Config) -> ImageFiles:
    """Find the files to train on; what is to be warned of is said when they are loaded."""
    options: dict[str, Any] = {"stream": True, "test_fraction": config.test_fraction}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if config.table is not None:
            options |= {"path": config.path, "label": config.label, "root": config.data_dir}
            return image_table(config.table, (1, 1), **options).train
        assert config.data_dir is not None  # because the config checks it
        return image_folder(config.data_dir, (1, 1), **options).train


def _size(sizes: np.ndarray, largest: int) -> AutomaticOption:
    if not len(sizes):
        why = "no picture could be opened to read its size"
        return AutomaticOption("size", (largest, largest), why)
    height, width = np.median(sizes, axis=0).astype(int).tolist()
    shorter = int(np.median(sizes.min(axis=1)))
    side = min(largest, max(MIN_SIDE, shorter // 8 * 8))
    wide = sizes[:, 1] / sizes[:, 0]
    if np.quantile(wide, 0.1) > WIDE:
        size, shape = (side, _longer(side, float(np.median(wide)))), ", and nearly all are wide"
    elif np.quantile(wide, 0.9) < 1 / WIDE:
        size, shape = (_longer(side, 1 / float(np.median(wide))), side), ", and nearly all are tall"
    else:
        size, shape = (side, side), ""
    why = f"the median picture has {height}×{width} pixels{shape}"
    if side < shorter:
        why += "; more pixels take longer"
    return AutomaticOption("size", size, why)


def _longer(side: int, aspect: float) -> int:
    return round(side * min(aspect, MAX_ASPECT) / 8) * 8


def _held_out(config: Config, examples: int) -> AutomaticOption:
    pictures = f"{examples:,} training pictures"
    if config.early_stopping is not None:
        why = f"for early stopping, of {pictures}"
        return AutomaticOption("validation_fraction", HELD_OUT, why)
    if examples >= MIN_FOR_STOPPING:
        why = f"{pictures} are enough to hold some out for early stopping"
        return AutomaticOption("validation_fraction", HELD_OUT, why)
    why = f"no early stopping: it needs {MIN_FOR_STOPPING} training pictures, there are {examples}"
    return AutomaticOption("validation_fraction", None, why)


def _batch_size(preset: int, examples: int) -> AutomaticOption:
    fitting = Plan().for_set(examples).batch_size
    size = min(preset, fitting or preset)
    updates = examples // size
    why = f"{examples:,} pictures to train on: {updates:,} update{'s' * (updates != 1)} per epoch"
    return AutomaticOption("batch_size", size, why)


def _epochs(preset: int, updates: int) -> AutomaticOption:
    epochs = max(preset, min(MAX_REPEATS * preset, math.ceil(MIN_UPDATES / updates)))
    return AutomaticOption("epochs", epochs, f"{epochs * updates:,} updates in all")


def _early_stopping(epochs: int) -> AutomaticOption:
    patience = max(5, epochs // 4)
    why = f"training ends {patience} epochs after the lowest loss on the held-out pictures"
    return AutomaticOption("early_stopping", patience, why)
