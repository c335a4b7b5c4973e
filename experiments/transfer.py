"""What weights from elsewhere are worth where pictures are few.

    python experiments/transfer.py FOLDER --weights resnet18.safetensors --size 224 224
    python experiments/transfer.py FOLDER          # no weights: makes some by half of the classes

FOLDER holds a folder for each class, or `train` and `test` with these inside. The weights are those
of torchvision's resnet18 as a safetensors file (in PyTorch: `safetensors.torch.save_file(
resnet18(weights="DEFAULT").state_dict(), "resnet18.safetensors")`). Without them, `cifar_small` is
trained on the first half of the classes, written as PyTorch would, and read back; what follows is
about the other half.

A few images of each class, other ones from each seed, are then learned in four ways, which are
tested on all test images of these classes:

from scratch        the same network with weights drawn afresh.
head alone          the features' weights stay, by `scale_by_path`, which is an Optax mask; and so
                    do batch norm's statistics, for the features are called in eval mode.
head, statistics    the features' weights stay; but batch norm takes the statistics of each batch,
                    and its running ones follow the few images, for statistics are no parameters.
all of it           fine-tuning: features at a tenth of the head's rate.

Rates and epochs were set beforehand and are the same for all; intervals are Student's t over the
seeds.
"""

import dataclasses
import json
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import optax
import tyro
from flax import nnx
from jax import Array

import jaxcnn
from jaxcnn.architecture import backbone, head, with_classes
from jaxcnn.data import Dataset, image_folder
from jaxcnn.inference import IMAGENET, Normalization
from jaxcnn.layers import Layer
from jaxcnn.models import cifar_small, load_torch_state_dict, resnet18, save_torch_state_dict
from jaxcnn.runs import device, versions
from jaxcnn.training import mean_interval, one_cycle, scale_by_path

SCRATCH, FROZEN, MASKED, ALL = "from scratch", "head alone", "head, statistics", "all of it"
RATE = 3e-3


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare.

    Attributes:
        folder: The pictures.
        weights: A safetensors file for torchvision's resnet18; None: made here.
        size: Height and width that the network sees.
        pretraining_epochs: How often that one sees the first half of the classes.
        shots: Images of each class to learn from.
        epochs: How often to go through them.
        seeds: How many draws of them.
        dataset_name: What the results call the data; by default the folder's name.
        out: Folder for `transfer.json` and, if they are made here, the weights.
    """

    folder: Annotated[Path, tyro.conf.Positional]
    weights: Path | None = None
    size: tuple[int, int] = (32, 32)
    pretraining_epochs: int = 3
    shots: int = 20
    epochs: int = 20
    seeds: int = 4
    dataset_name: str | None = None
    out: Path | None = None

    def __post_init__(self) -> None:
        for name in ("pretraining_epochs", "shots", "epochs", "seeds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}")


@dataclasses.dataclass(frozen=True)
class Source:
    """Where the features come from.

    Attributes:
        network: The architecture, with the classes of the images at hand.
        weights: The file.
        normalization: What is done to pixels before they are fed in, as it was in training.
        facts: What is known about how they came about.
    """

    network: Layer
    weights: Path
    normalization: Normalization
    facts: Mapping[str, Any]


class Halves(nnx.Module):
    """A network whose first half may do in training what it does in use."""

    def __init__(self, network: nnx.Module, *, keeps_statistics: bool) -> None:
        self.features, self.head = backbone(network), head(network)
        self.keeps_statistics = keeps_statistics

    def __call__(
        self,
        images: Array,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Images ``(N, H, W, C)`` to logits."""
        found = self.features(
            images, train=train and not self.keeps_statistics, key=key, where=where
        )
        return self.head(found, train=train, key=key, where=where)


def main(config: Config) -> None:
    data = image_folder(config.folder, config.size)
    classes = range(data.train.num_classes)
    if config.weights is None:
        known, classes = classes[: len(classes) // 2], classes[len(classes) // 2 :]
        train, test = (only(split, known) for split in data)
        source = pretrain(config, train, test, len(classes))
    else:
        network = resnet18(len(classes))
        source = Source(network, config.weights, IMAGENET, {"file": config.weights.name})
    train, test = (only(split, classes) for split in data)
    accuracies: dict[str, list[float]] = {name: [] for name in (SCRATCH, FROZEN, MASKED, ALL)}
    for seed in range(config.seeds):
        few = draw(train, config.shots, seed)
        for name, found in accuracies.items():
            accuracy = learn(config, source, name, few, seed).evaluate(test).accuracy
            assert accuracy is not None  # as the test set has classes
            found.append(accuracy)
            print(f"seed {seed}, {name}: {found[-1]:.2%}", flush=True)
        if config.out is not None:
            write(config.out, config, source, accuracies, test)
    print(f"\n{table(accuracies, config, test)}")


def pretrain(config: Config, train: Dataset, test: Dataset, num_classes: int) -> Source:
    """Train on some classes, and write the weights with PyTorch's names and axes."""
    network = cifar_small(train.num_classes)
    run = jaxcnn.fit(
        network, train, epochs=config.pretraining_epochs, batch_size=min(128, len(train))
    )
    folder = config.out or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cifar_small.safetensors"
    save_torch_state_dict(run.network.module, network, train.input_shape, path)
    found = run.evaluate(test)
    print(f"pretrained on {', '.join(train.class_names)}: {found.accuracy:.2%} of {len(test):,}")
    facts = {
        "classes": train.class_names,
        "n_train": len(train),
        "epochs": config.pretraining_epochs,
        "test_accuracy": found.accuracy,
        "test_accuracy_interval": found.interval,
        "n_test": found.examples,
        "seconds_train": run.seconds_train,
    }
    return Source(with_classes(network, num_classes), path, run.network.normalization, facts)


def learn(config: Config, source: Source, name: str, few: Dataset, seed: int) -> jaxcnn.Run:
    """Train on a few images in one of the ways."""
    rngs = nnx.Rngs(seed)
    if name == SCRATCH:
        model = jaxcnn.build(source.network, few.input_shape, rngs=rngs)
    else:
        model = load_torch_state_dict(
            source.network, source.weights, few.input_shape, new_head=True, rngs=rngs
        )
    factors = {FROZEN: {"features.*": 0.0}, MASKED: {"features.*": 0.0}, ALL: {"features.*": 0.1}}
    return jaxcnn.fit(
        Halves(model, keeps_statistics=name == FROZEN),
        few,
        epochs=config.epochs,
        batch_size=min(50, len(few)),
        tx=lambda steps: scale_by_path(optax.adam(one_cycle(RATE, steps)), factors.get(name, {})),
        normalization=source.normalization,
        seed=seed,
        progress=False,
    )


def only(dataset: Dataset, classes: Sequence[int]) -> Dataset:
    """The images of some classes, which are then 0, 1, ..."""
    places = np.flatnonzero(np.isin(dataset.labels, classes))
    names = [dataset.class_names[label] for label in classes]
    labels = np.searchsorted(classes, dataset.labels[places])
    return Dataset(dataset.images[places], labels, names, dataset.name)


def draw(dataset: Dataset, shots: int, seed: int) -> Dataset:
    """So many images of each class, drawn at random, or all where a class has fewer."""
    rng = np.random.default_rng(seed)
    of_class = [np.flatnonzero(dataset.labels == label) for label in range(dataset.num_classes)]
    places = np.concatenate([rng.permutation(found)[:shots] for found in of_class])
    return Dataset(
        dataset.images[places], dataset.labels[places], dataset.class_names, dataset.name
    )


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean over the seeds, and its 95 % interval."""
    mean = float(np.mean(values))
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return mean, *mean_interval(mean, spread, len(values))


def table(accuracies: Mapping[str, Sequence[float]], config: Config, test: Dataset) -> str:
    lines = [
        f"{config.shots} images of each of {', '.join(test.class_names)}; "
        f"tested on {len(test):,}; {config.seeds} seeds",
        "",
        "| trained | test accuracy (95 % interval) | gain in points (95 % interval) |",
        "|---|---|---|",
    ]
    for name, found in accuracies.items():
        mean, low, high = interval(found)
        gain = [100 * end for end in interval(np.subtract(found, accuracies[SCRATCH]).tolist())]
        gained = "" if name == SCRATCH else f"{gain[0]:+.1f} ({gain[1]:+.1f} to {gain[2]:+.1f})"
        lines.append(f"| {name} | {mean:.1%} ({low:.1%} to {high:.1%}) | {gained} |")
    return "\n".join(lines)


def write(
    out: Path,
    config: Config,
    source: Source,
    accuracies: Mapping[str, Sequence[float]],
    test: Dataset,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    content = {
        "dataset": config.dataset_name or test.name,
        "device": device(),
        "versions": versions(),
        "command": shlex.join(["python", "experiments/transfer.py", *sys.argv[1:]]),
        "weights": source.facts,
        "network": "resnet18" if config.weights else "cifar_small",
        "classes": test.class_names,
        **{name: getattr(config, name) for name in ("size", "shots", "epochs")},
        "seeds": len(accuracies[SCRATCH]),
        "rate": RATE,
        "n_train": config.shots * test.num_classes,
        "n_test": len(test),
        "accuracies": accuracies,
        "intervals": {name: interval(found) for name, found in accuracies.items()},
    }
    (out / "transfer.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    try:
        arguments = tyro.cli(Config, description=__doc__)
        jaxcnn.set_up(huge_pages=True)
        main(arguments)
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
