"""Checks of the options of an experiment that belong together."""

from typing import TYPE_CHECKING

from jaxcnn._support.arguments import check_bool, check_int, check_number
from jaxcnn._support.columns import check_columns
from jaxcnn._support.files import check_local

if TYPE_CHECKING:  # which imports this module
    from jaxcnn.experiment._config import Config

USER_DATASETS = ("folder", "table")
"""The data sets that consist of the user's image files."""

TABLE_FIELDS = ("path", "label")
"""Fields of the config that apply only to a table."""

USER_DATASET_FIELDS = ("size", "stream", "on_error", "test_fraction", *TABLE_FIELDS)
"""Fields of the config that apply only to the user's image files."""

PATHS = {
    **dict.fromkeys(("data_dir", "out", "trace"), "folder"),
    **dict.fromkeys(("table", "methods", "augmentation"), "file"),
}
"""Fields of the config that are paths, and of what."""

PRETRAINED_FIELDS = ("revision", "head_epochs", "first_rate")
"""Fields of the config that apply only to pretrained weights."""

OF_SCRATCH = (
    *("preset", "model", "widths", "optimizer", "schedule", "momentum"),
    *("nesterov", "weight_decay", "clip_norm", "max_norm", "log_norms", "methods", "trace"),
    "extend",
)
"""Fields of the config that do not apply to pretrained weights."""


def check_paths(config: "Config") -> None:
    """Raise if a path is an address such as ``gs://bucket/run``."""
    for name, what in PATHS.items():
        if getattr(config, name) is not None:
            check_local(name, getattr(config, name), what)


def check_limits(config: "Config") -> None:
    """Raise unless the numbers of a config are within their limits, and its `resume` can work."""
    if config.checkpoint_every is not None:
        check_int("checkpoint_every", config.checkpoint_every, minimum=0)
    check_int("keep", config.keep)
    if config.early_stopping is not None:
        check_int("early_stopping", config.early_stopping)
    if config.resume != "never" and config.checkpoint_every == 0:
        raise ValueError(
            f"checkpoint_every: expected checkpoints with resume={config.resume!r}, got 0 (leave "
            "it out to go on from checkpoints; leave resume= out to begin anew)"
        )
    check_bool("extend", config.extend)
    if config.extend and (config.out is None or config.checkpoint_every == 0):
        name = "out" if config.out is None else "checkpoint_every"
        raise ValueError(
            f"{name}: expected the folder of a run with checkpoints with extend=True, got "
            f"{getattr(config, name)}"
        )
    if config.size is not None and min(config.size) < 1:
        raise ValueError(f"size: expected a height and a width of at least 1, got {config.size}")
    if not 0 < config.test_fraction < 1:
        raise ValueError(
            f"test_fraction: expected more than 0 and less than 1, got {config.test_fraction}"
        )
    if config.validation_fraction is not None:
        check_number("validation_fraction", config.validation_fraction, minimum=0, below=1)


def check_user_dataset(config: "Config") -> None:
    if (config.dataset == "table") != (config.table is not None):
        raise ValueError(
            f"table: expected {'a CSV file' if config.table is None else 'none'} with "
            f"dataset={config.dataset!r}, got {config.table}"
        )
    if config.dataset == "folder" and config.data_dir is None:
        raise ValueError(
            "data_dir: expected a folder of image files with dataset='folder', got None"
        )
    check_columns(is_table=config.dataset == "table", path=config.path, label=config.label)
    for name in USER_DATASET_FIELDS:
        default, value = getattr(type(config), name), getattr(config, name)
        if config.dataset not in USER_DATASETS and value != default:
            raise ValueError(
                f"{name}: expected {default!r} with dataset={config.dataset!r}, got {value!r} (it "
                "applies to image files of your own)"
            )


def check_pretrained(config: "Config") -> None:
    """Raise unless the options fit pretrained weights, or weights that are drawn at random."""
    weights = config.pretrained
    for name in PRETRAINED_FIELDS if weights is None else OF_SCRATCH:
        default, value = getattr(type(config), name), getattr(config, name)
        if value != default:
            if weights is None:
                raise ValueError(
                    f"{name}: expected {default!r} without pretrained weights, got {value!r} (it "
                    "needs pretrained=NAME)"
                )
            hint = _HINTS.get(name, _HINT)
            raise ValueError(
                f"{name}: expected {default!r} with pretrained={weights!r}, got {value!r} ({hint})"
            )
    if config.head_epochs is not None:
        check_int("head_epochs", config.head_epochs)
    if weights is not None and config.learning_rate is not None:
        check_number("learning_rate", config.learning_rate, above=0)
    if config.first_rate is not None:
        check_number("first_rate", config.first_rate, above=0, maximum=1)


_HINT = "jaxcnn.fine_tune takes an optimizer, and more options of each stage, in Python"
_HINTS = {
    "model": "the weights bring their network along",
    "widths": "the weights bring their network along",
    "preset": "the weights bring their network along",
    "extend": "a fine-tuning has no more epochs than it began with; resume='auto' goes on with it",
}
