"""Measure what pretrained weights are worth if there are few images (transfer learning).

    python experiments/transfer.py FOLDER --weights resnet18.safetensors --size 224 224
    python experiments/transfer.py FOLDER          # without weights: pretrains on half the classes

FOLDER has one folder per class, or `train` and `test` with one folder per class each. The weights
are those of torchvision's resnet18 as a safetensors file (in PyTorch: `safetensors.torch.save_file(
resnet18(weights="DEFAULT").state_dict(), "resnet18.safetensors")`). Without them, `cifar_small` is
trained on the first half of the classes, written in PyTorch's format and read back; the comparison
is then about the other half.

A few images of each class, different ones for each seed, are learned in five ways, which are tested
on all test images of these classes:

from scratch        the same network with random initial weights.
head alone          the backbone is frozen by `fit(freeze=...)`: its weights, and the statistics of
                    batch norm.
head, statistics    the weights of the backbone are frozen by `scale_by_path`; but batch norm uses
                    the statistics of each batch, and its running statistics follow the few images,
                    because they are not parameters.
all of it           fine-tuning: the backbone at a tenth of the head's learning rate.
fine_tune           `jaxcnn.fine_tune`: the head alone for a quarter of the epochs, then all of it
                    at rates that grow from a tenth at the first layer to the head's.

The number of epochs and the highest learning rate are the same for all. The defaults of `fine_tune`
were chosen on other random choices of images. Intervals are Student's t over the seeds.
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
from _one_process import check_one_process
from flax import nnx
from jax import Array

import jaxcnn
from jaxcnn.architecture import backbone, head, with_classes
from jaxcnn.data import Dataset, image_folder
from jaxcnn.inference import IMAGENET, Network, Normalization, functionalize
from jaxcnn.layers import Layer
from jaxcnn.models import cifar_small, load_torch_state_dict, resnet18, save_torch_state_dict
from jaxcnn.runs import device, versions
from jaxcnn.training import mean_interval, one_cycle, scale_by_path

SCRATCH, FROZEN, MASKED, ALL = "from scratch", "head alone", "head, statistics", "all of it"
TUNED = "fine_tune"
WAYS = (SCRATCH, FROZEN, MASKED, ALL, TUNED)
RATE = 3e-3


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the experiment.

    Attributes:
        folder: The folder of image files.
        weights: A safetensors file for torchvision's resnet18. None: `cifar_small` is pretrained
            here.
        size: Height and width to which the images are resized.
        pretraining_epochs: Number of epochs of the pretraining on the first half of the classes.
        shots: Number of images of each class to learn from.
        epochs: Number of passes over these images.
        seeds: Number of random choices of these images.
        dataset_name: Name of the data in the results; by default the folder's name.
        out: Folder for `transfer.json` and, if they are pretrained here, the weights.
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
    """The pretrained weights, with their network.

    Attributes:
        network: The architecture, with the classes of the images to learn.
        known: The pretrained network, with the classes that it was pretrained on.
        weights: The file of the weights.
        normalization: How pixels are scaled, as in the pretraining.
        facts: How the weights were pretrained, for the results.
    """

    network: Layer
    known: Network
    weights: Path
    normalization: Normalization
    facts: Mapping[str, Any]


class Halves(nnx.Module):
    """A network whose backbone has a name: that of its arrays begins with ``features.``."""

    def __init__(self, network: nnx.Module) -> None:
        self.features, self.head = backbone(network), head(network)

    def __call__(
        self,
        images: Array,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Compute logits from images ``(N, H, W, C)``."""
        found = self.features(images, train=train, key=key, where=where)
        return self.head(found, train=train, key=key, where=where)


def main(config: Config) -> None:
    data = image_folder(config.folder, config.size)
    classes = range(data.train.num_classes)
    if config.weights is None:
        known, classes = classes[: len(classes) // 2], classes[len(classes) // 2 :]
        train, test = (only(split, known) for split in data)
        source = pretrain(config, train, test, len(classes))
    else:
        network, known = resnet18(len(classes)), imagenet(config.weights, data.train.input_shape)
        source = Source(network, known, config.weights, IMAGENET, {"file": config.weights.name})
    train, test = (only(split, classes) for split in data)
    accuracies: dict[str, list[float]] = {name: [] for name in WAYS}
    for seed in range(config.seeds):
        few = draw(train, config.shots, seed)
        for name, found in accuracies.items():
            accuracy = learn(config, source, name, few, seed).evaluate(test).accuracy
            assert accuracy is not None  # because the test set has classes
            found.append(accuracy)
            print(f"seed {seed}, {name}: {found[-1]:.2%}", flush=True)
        if config.out is not None:
            write(config.out, config, source, accuracies, test)
    print(f"\n{table(accuracies, config, test)}")


def imagenet(weights: Path, input_shape: tuple[int, ...]) -> Network:
    """Read torchvision's resnet18."""
    network = resnet18()
    module = load_torch_state_dict(network, weights, input_shape)
    names = tuple(str(number) for number in range(1000))
    return Network(*functionalize(module), IMAGENET, input_shape, names, network)


def pretrain(config: Config, train: Dataset, test: Dataset, num_classes: int) -> Source:
    """Pretrain on some classes, and write the weights with PyTorch's names and axes."""
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
    return Source(
        *(with_classes(network, num_classes), run.network, path),
        normalization=run.network.normalization,
        facts=facts,
    )


def learn(config: Config, source: Source, name: str, few: Dataset, seed: int) -> jaxcnn.Run:
    """Train on a few images in one of the five ways."""
    common = {"batch_size": min(50, len(few)), "seed": seed, "progress": False}
    if name == TUNED:
        first = config.epochs // 4
        epochs = {"head_epochs": max(1, first), "epochs": config.epochs - first}
        return jaxcnn.fine_tune(source.known, few, **epochs, **common)
    rngs = nnx.Rngs(seed)
    if name == SCRATCH:
        model = jaxcnn.build(source.network, few.input_shape, rngs=rngs)
    else:
        model = load_torch_state_dict(
            source.network, source.weights, few.input_shape, new_head=True, rngs=rngs
        )
    factors = {MASKED: {"features.*": 0.0}, ALL: {"features.*": 0.1}}
    return jaxcnn.fit(
        Halves(model),
        few,
        epochs=config.epochs,
        freeze=("features.*",) if name == FROZEN else None,
        tx=lambda steps: scale_by_path(optax.adam(one_cycle(RATE, steps)), factors.get(name, {})),
        normalization=source.normalization,
        **common,
    )


def only(dataset: Dataset, classes: Sequence[int]) -> Dataset:
    """Select the images of some classes, which become classes 0, 1, ..."""
    places = np.flatnonzero(np.isin(dataset.labels, classes))
    names = [dataset.class_names[label] for label in classes]
    labels = np.searchsorted(classes, dataset.labels[places])
    return Dataset(dataset.images[places], labels, names, dataset.name)


def draw(dataset: Dataset, shots: int, seed: int) -> Dataset:
    """Draw `shots` random images of each class, or all of a class that has fewer."""
    rng = np.random.default_rng(seed)
    of_class = [np.flatnonzero(dataset.labels == label) for label in range(dataset.num_classes)]
    places = np.concatenate([rng.permutation(found)[:shots] for found in of_class])
    return Dataset(
        dataset.images[places], dataset.labels[places], dataset.class_names, dataset.name
    )


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Compute the mean over the seeds, and its 95% interval."""
    mean = float(np.mean(values))
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return mean, *mean_interval(mean, spread, len(values))


def table(accuracies: Mapping[str, Sequence[float]], config: Config, test: Dataset) -> str:
    lines = [
        f"{config.shots} images of each of {', '.join(test.class_names)}; "
        f"tested on {len(test):,}; {config.seeds} seeds",
        "",
        "| trained | test accuracy (95% interval) | gain in points (95% interval) |",
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
        check_one_process()
        main(arguments)
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
