"""What a run prints before it trains, and what it prints at the end."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from jaxcnn import data
from jaxcnn.architecture import count_parameters
from jaxcnn.data import LabelledImages, Splits
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._presets import Preset

SHOWN_IF_CHANGED = (
    "policy",
    "dtype",
    "early_stopping",
    "average",
    "validation_fraction",
    "microbatches",
    "norms",
)
"""Config fields that are printed when they differ from their defaults."""


def announce(
    train: LabelledImages,
    test: LabelledImages,
    held_out: LabelledImages | None,
    preset: Preset,
    config: Config,
) -> None:
    """Say what is trained on what, and what looks suspicious about it."""
    architecture = preset.architecture(train.num_classes)
    parameters = count_parameters(architecture, train.input_shape)
    print(
        f"{train.name}: {len(train):,} training and {len(test):,} test images of "
        f"{'×'.join(map(str, train.input_shape))}, {train.num_classes} classes\n"
        f"{preset.model}: {parameters:,} parameters\n{_unusual(config)}{_looks(held_out)}",
        flush=True,
    )


def warn_of_problems(splits: data.Splits | data.FileSplits) -> None:
    """Print what `jaxcnn.data.check` finds; streamed pictures would have to be decoded for it."""
    if isinstance(splits, Splits):
        for problem in data.check(splits).problems:
            print(f"Warning: {problem}", file=sys.stderr)


def _unusual(config: Config) -> str:
    options = [
        f"{name} {getattr(config, name)}"
        for name in SHOWN_IF_CHANGED
        if getattr(config, name) != getattr(Config, name)
    ]
    return f"with {', '.join(options)}\n" if options else ""


def _looks(held_out: LabelledImages | None) -> str:
    if held_out is None:
        return "The test images are looked at after each epoch, and nothing is chosen by them."
    return (
        f"{len(held_out):,} more images are held out of training and looked at after each epoch; "
        "the test images are looked at once, at the end."
    )


def report(result: Mapping[str, Any], folder: Path) -> None:
    """Say what came out, and where it is."""
    early = f"Interrupted after {result['steps']} steps. " if result["interrupted"] else ""
    restored = result["restored_epoch"]
    if restored is not None and restored < result["epochs"]:
        early += f"Went back from epoch {result['epochs']} to {restored}. "
    measured, f1, views = "test accuracy", "", ""
    if "test_f1" in result:
        measured = "all labels right:"
        f1 = f"mean F1 score of the labels: {mean(result['test_f1'].values()):.3f}\n"
    if "test_views_accuracy" in result:
        views = f"averaged over {result['test_views']} views of each image: "
        views += f"{_accuracy(result, 'test_views_accuracy')}\n"
    print(
        f"{early}{result['dataset']}: {measured} {_accuracy(result, 'test_accuracy')}\n{f1}{views}"
        f"compiling {result['seconds_compile']:.1f} s, training {result['seconds_train']:.1f} s, "
        f"{result['images_per_second']:,.0f} images/s\n"
        f"Results and pictures are in {folder}\n"
        f"One page of all of it: jaxcnn report {shlex.quote(str(folder))}"
    )


def _accuracy(result: Mapping[str, Any], name: str) -> str:
    low, high = result[f"{name}_interval"]
    return f"{result[name]:.2%} (95 % interval {low:.2%} to {high:.2%}, n = {result['n_test']:,})"
