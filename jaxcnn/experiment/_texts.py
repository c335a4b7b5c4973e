"""The texts that an experiment prints: its data and network before, its results after."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from jaxcnn import data
from jaxcnn._support.texts import readable, without_controls
from jaxcnn.architecture import count_parameters
from jaxcnn.data import LabeledImages, Splits
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._subject import Subject
from jaxcnn.runs import read_status, run_checkpoints, steps_taken

SHOWN_IF_CHANGED = (
    "augmentation",
    "dtype",
    "early_stopping",
    "ema_decay",
    "swa_start",
    "validation_fraction",
    "accumulate_steps",
    "log_norms",
)
"""Config fields that are printed when they differ from their defaults."""


def announce(
    train: LabeledImages,
    test: LabeledImages,
    held_out: LabeledImages | None,
    subject: Subject,
) -> None:
    """Print the data set, the network, unusual options, and what is evaluated after each epoch."""
    architecture = subject.architecture(train.num_classes)
    parameters = count_parameters(architecture, train.input_shape)
    print(
        f"{readable(train.name)}: {len(train):,} training and {len(test):,} test images of "
        f"{'×'.join(map(str, train.input_shape))}, {train.num_classes} classes\n"
        f"{subject.name}: {parameters:,} parameters\n{subject.in_words()}"
        f"{_changed_options(subject.config)}"
        f"{_evaluation_note(held_out)}",
        flush=True,
    )


def warn_of_problems(splits: data.Splits | data.FileSplits) -> tuple[str, ...]:
    """Print and return the problems that `jaxcnn.data.check` finds."""
    if not isinstance(splits, Splits):  # streamed images would have to be decoded for the check
        return ()
    problems = tuple(map(str, data.check(splits).problems))
    for problem in problems:
        print(f"Warning: {without_controls(problem)}", file=sys.stderr)
    return problems


def say_what_is_lost(folder: Path) -> None:
    """Print what a run that goes on has lost: steps without a checkpoint, or a checkpoint."""
    saved = max(run_checkpoints(folder), default=0)
    status = read_status(folder)
    last = 0 if status is None or status.checkpoint is None else status.checkpoint
    goes_on = f"the training goes on from step {saved}" if saved else "the training begins anew"
    if last > saved:
        text = f"The checkpoint after step {last} is not in {folder} anymore; {goes_on}."
        print(text, file=sys.stderr)
    elif steps_taken(folder) and not saved:
        print(f"There is no checkpoint in {folder} to go on from; {goes_on}.", file=sys.stderr)


def _changed_options(config: Config) -> str:
    options = [
        f"{name} {getattr(config, name)}"
        for name in SHOWN_IF_CHANGED
        if getattr(config, name) != getattr(Config, name)
    ]
    return f"with {', '.join(options)}\n" if options else ""


def _evaluation_note(held_out: LabeledImages | None) -> str:
    if held_out is None:
        return "The test images are evaluated after each epoch; nothing is chosen by the results."
    return (
        f"{len(held_out):,} more images are held out of training and evaluated after each epoch; "
        "the test images are evaluated once, at the end."
    )


def report(result: Mapping[str, Any], folder: Path) -> None:
    """Print the results of a run, and where its files are."""
    early = f"Interrupted after {result['steps']} steps. " if result["interrupted"] else ""
    restored = result["restored_epoch"]
    if restored is not None and restored < result["epochs"]:
        early += f"Restored the weights of epoch {restored} of {result['epochs']}. "
    measured, f1, views = "test accuracy", "", ""
    if "test_f1" in result:
        measured = "all labels right:"
        f1 = f"mean F1 score of the labels: {mean(result['test_f1'].values()):.3f}\n"
    if "tta_accuracy" in result:
        views = f"averaged over {result['tta']} views of each image: "
        views += f"{_accuracy(result, 'tta_accuracy')}\n"
    print(
        f"{early}{readable(result['dataset'])}: {measured} "
        f"{_accuracy(result, 'test_accuracy')}\n{f1}{views}"
        f"compiling {result['seconds_compile']:.1f} s, training {result['seconds_train']:.1f} s, "
        f"{result['images_per_second']:,.0f} images/s\n"
        f"Results and plots are in {folder}\n{next_commands(folder)}"
    )


def next_commands(folder: Path) -> str:
    """Return the commands that most users want after a training, one per line."""
    run = shlex.quote(str(folder))
    commands = {
        f"jaxcnn report {run}": "one page: mistakes, curves, heat maps",
        f"jaxcnn explore {run}": "a page to click through the network",
        f"jaxcnn predict {run} PICTURE": "name new pictures",
        f"jaxcnn validate {run} FOLDER": "measure it on other labeled pictures",
    }
    width = max(map(len, commands))
    lines = (f"  {command:{width}}  # {why}" for command, why in commands.items())
    return "\n".join(["Next:", *lines])


def _accuracy(result: Mapping[str, Any], name: str) -> str:
    low, high = result[f"{name}_interval"]
    return f"{result[name]:.2%} (95% interval {low:.2%} to {high:.2%}, n = {result['n_test']:,})"
