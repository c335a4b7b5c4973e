"""Measure the gains of augmentation, averaged weights and test-time augmentation, each alone.

    python experiments/regularization.py --data-dir FOLDER       # has cifar-10-batches-bin/
    jaxcnn launch -n 2 experiments/regularization.py             # processes share the networks

`cifar_small` is trained on the first 5,000 images of CIFAR-10 from six seeds, at first with only a
small weight decay and label smoothing, then with one augmentation at a time from the same seeds.
Differences are taken per seed; their 95% intervals are Student's t over the seeds. Averaged
weights and test-time augmentation need no further training: they are other ways to use the
networks that were trained without augmentation. Nothing was chosen by these results.
"""

import dataclasses
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tyro

import jaxcnn
from jaxcnn import models
from jaxcnn.data import (
    Augmentation,
    Dataset,
    Splits,
    cifar10,
    flip_and_shift_views,
    flip_views,
)
from jaxcnn.distributed import first_before_others, is_first
from jaxcnn.explain.drawing import BLUE, GRAY, ORANGE, new_figure
from jaxcnn.training import Ensemble, fit_ensemble, mean_interval, one_cycle, sgd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AUGMENTATIONS = {
    "nothing": Augmentation(),
    "mirror": Augmentation(flip="alternating"),
    "shift by 2": Augmentation(shift=2),
    "cutout of 8": Augmentation(cutout=8),
    "rotate by 10°": Augmentation(rotate=10),
    "scale by 15%": Augmentation(scale=0.15),
    "colors": Augmentation(brightness=0.3, contrast=0.3, saturation=0.3, hue=0.05),
    "erase": Augmentation(erase=0.5),
    "mixup": Augmentation(mixup=0.2),
    "cutmix": Augmentation(cutmix=1.0),
    "RandAugment (1, 5)": Augmentation(rand_augment=(1, 5)),
    "mirror and shift": Augmentation(flip="alternating", shift=2),
}
VIEWS = {
    "test: mirror": flip_views(),
    "test: mirror and shift": flip_and_shift_views(1),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the experiment.

    Attributes:
        data_dir: The folder that contains `cifar-10-batches-bin/`; by default $JAXCNN_DATA or the
            cache.
        dataset_name: Name of the data in the results, if they are not quite the data set that their
            format says.
        train_images: Number of training images, the first ones of the set.
        test_images: Number of test images, the first ones of the set.
        epochs: Number of passes over the training images.
        seeds: Number of networks per augmentation.
        ema_decay: Decay of the moving average of the weights.
        augmentations: Names of the augmentations to try; "nothing" is always included.
        out: Folder for `regularization.json` and `regularization.png`, written after each
            augmentation.
    """

    data_dir: Path | None = None
    dataset_name: str | None = None
    train_images: int = 5_000
    test_images: int = 10_000
    epochs: int = 8
    seeds: int = 6
    ema_decay: float = 0.98
    augmentations: tuple[str, ...] = tuple(AUGMENTATIONS)
    out: Path | None = None


class Row(NamedTuple):
    """The name of what was tried, and one accuracy per seed."""

    name: str
    accuracies: tuple[float, ...]


class Gain(NamedTuple):
    """The mean gain over the networks trained without augmentation, with its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.mean:+.2f} ({100 * self.low:+.2f} to {100 * self.high:+.2f})"


def main(config: Config) -> None:
    data = first_before_others(lambda: load(config))
    rows: list[Row] = []
    for name in dict.fromkeys(("nothing", *config.augmentations)):
        if name == "nothing":
            rows += rows_of_nothing(config, data)
        else:
            rows.append(Row(name, accuracies(train(config, data, AUGMENTATIONS[name]), data.test)))
        if is_first():
            print(table(rows), "\n", flush=True)
            if config.out is not None:
                write(config, data, rows)


def load(config: Config) -> Splits:
    train, test = cifar10(config.data_dir, download=True)
    name = config.dataset_name or train.name
    return Splits(
        dataclasses.replace(train.take(config.train_images), name=name),
        dataclasses.replace(test.take(config.test_images), name=name),
    )


def train(
    config: Config, data: Splits, augmentation: Augmentation, *, ema_decay: float | None = None
) -> Ensemble:
    ensemble = fit_ensemble(
        models.cifar_small(data.train.num_classes),
        data.train,
        seeds=range(config.seeds),
        learning_rates=0.7,
        tx=lambda steps, rate: sgd(one_cycle(rate, steps), momentum=0.85, weight_decay=1e-3),
        epochs=config.epochs,
        batch_size=250,
        label_smoothing=0.1,
        augmentation=augmentation,
        ema_decay=ema_decay,
    )
    if len(ensemble.finite) < config.seeds:
        raise SystemExit(f"a member diverged, so that seeds cannot be compared: {augmentation}")
    return ensemble


def accuracies(ensemble: Ensemble, test: Dataset, **options: Any) -> tuple[float, ...]:
    return ensemble.evaluate(test, **options).values


def rows_of_nothing(config: Config, data: Splits) -> list[Row]:
    """Evaluate the networks trained without augmentation: last weights, average, and views."""
    averages = train(config, data, AUGMENTATIONS["nothing"], ema_decay=config.ema_decay)
    members = tuple(
        dataclasses.replace(member, network=member.network.with_variables(member.state.variables))
        for member in averages.members
    )
    plain = dataclasses.replace(averages, members=members)
    return [
        Row("nothing", accuracies(plain, data.test)),
        Row(f"average, decay {config.ema_decay:g}", accuracies(averages, data.test)),
        *(Row(name, accuracies(plain, data.test, views=views)) for name, views in VIEWS.items()),
    ]


def gain(row: Row, base: Row) -> Gain:
    """Compute the gain of a row over the networks of the same seeds in another row."""
    differences = np.subtract(row.accuracies, base.accuracies)
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    return Gain(mean, *mean_interval(mean, spread, len(differences)))


def table(rows: Sequence[Row]) -> str:
    base, *others = rows
    lines = [
        "| with | test accuracy, mean ± spread | gain in points (95% interval) |",
        "|---|---|---|",
        f"| {base.name} | {spread_of(base)} | |",
        *(f"| {row.name} | {spread_of(row)} | {gain(row, base)} |" for row in others),
    ]
    return "\n".join(lines)


def spread_of(row: Row) -> str:
    return f"{np.mean(row.accuracies):.2%} ± {np.std(row.accuracies, ddof=1):.2%}"


def write(config: Config, data: Splits, rows: Sequence[Row]) -> None:
    """Write the results so far, and their plot."""
    out = Path(config.out or "")
    out.mkdir(parents=True, exist_ok=True)
    content = {
        "dataset": data.train.name,
        "n_train": len(data.train),
        "n_test": len(data.test),
        **{name: getattr(config, name) for name in ("seeds", "epochs", "ema_decay")},
        "versions": {name: version(name) for name in ("jax", "flax", "optax")},
        "augmentations": {name: what_it_does(AUGMENTATIONS[name]) for name in config.augmentations},
        "accuracies": {row.name: row.accuracies for row in rows},
    }
    (out / "regularization.json").write_text(json.dumps(content, indent=1) + "\n")
    plot(config, data, rows).savefig(out / "regularization.png")


def what_it_does(augmentation: Augmentation) -> dict[str, Any]:
    """Return the fields of an augmentation that are on."""
    off = dataclasses.asdict(Augmentation())
    return {
        name: value
        for name, value in dataclasses.asdict(augmentation).items()
        if value != off[name]
    }


def plot(config: Config, data: Splits, rows: Sequence[Row]) -> "Figure":
    base, *others = rows
    gains = sorted(((gain(row, base), row.name) for row in others), key=lambda pair: pair[0].mean)
    figure = new_figure(
        8,
        1.6 + 0.3 * len(gains),
        title=f"The gain of each technique alone: {data.train.name}",
        caption=f"cifar_small, {len(data.train):,} training images, {config.epochs} epochs. "
        f"Points: mean over {config.seeds} seeds of the difference from {base.name} "
        f"({spread_of(base)}), in percentage points of {len(data.test):,} test images. Lines: 95% "
        "intervals (Student's t over the seeds).",
    )
    axes = figure.subplots()
    for place, (found, _) in enumerate(gains):
        color = BLUE if found.low > 0 else ORANGE if found.high < 0 else GRAY
        axes.plot([100 * found.low, 100 * found.high], [place, place], color=color, linewidth=2)
        axes.plot(100 * found.mean, place, "o", color=color)
    axes.axvline(0, color="black", linewidth=1)
    axes.set_yticks(range(len(gains)), [name for _, name in gains])
    axes.set_xlabel("gain in test accuracy, percentage points")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", alpha=0.3)
    return figure


if __name__ == "__main__":
    arguments = tyro.cli(Config, description=__doc__)
    jaxcnn.set_up(huge_pages=True)
    jaxcnn.distributed.start()
    main(arguments)
