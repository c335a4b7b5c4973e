"""X or O: compare a convolutional network with a matcher of whole images, on distorted letters.

    python experiments/x_or_o.py
    jaxcnn launch -n 2 experiments/x_or_o.py     # the same in two processes

Comparing an image pixel by pixel with a clean X and a clean O works despite noise, small rotations
and small deformations. It often fails if the letter is shifted or shrunken, and is hardly better
than guessing for all of these together. A network that looks for small features works for all of
them. Measured results are in experiments/results/.
"""

import dataclasses
from pathlib import Path
from typing import Any

import tyro

import jaxcnn
from jaxcnn.data import Dataset, x_or_o, x_or_o_templates
from jaxcnn.data.sets.guide_images import naive_matcher
from jaxcnn.distributed import is_first

STILL: dict[str, Any] = {"shift": 0.0, "scale": 1.0, "rotate": 0.0, "deform": 0.0, "noise": 0.0}
CHANGES: dict[str, dict[str, Any]] = {
    "clean": STILL,
    "shifted": STILL | {"shift": 0.15},
    "shrunken": STILL | {"scale": 0.5},
    "rotated": STILL | {"rotate": 30.0},
    "deformed": STILL | {"deform": 0.1},
    "noisy": STILL | {"noise": 0.1},
    "all of these": {},
}

NETWORK = jaxcnn.Sequential(
    [
        *(jaxcnn.Conv(16, 5, strides=2), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
        *(jaxcnn.Conv(32, 3, strides=2), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
        *(jaxcnn.Conv(32, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
        jaxcnn.GlobalMaxPool(),
        jaxcnn.Dense(2),
    ]
)


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the experiment.

    Attributes:
        epochs: Number of passes over the training images.
        seed: Seed of the images and of the training.
        out: A new folder for the results.
    """

    epochs: int = 10
    seed: int = 0
    out: Path | None = None


def accuracy(guesses: Any, dataset: Dataset) -> float:
    return float((guesses == dataset.labels).mean())


def main(config: Config) -> None:
    train, test = x_or_o(seed=config.seed)
    run = jaxcnn.fit(NETWORK, train, validation=test, epochs=config.epochs, seed=config.seed)
    if not is_first():
        return  # process 0 evaluates and writes
    print(f"\naccuracy on {len(test):,} new letters   network   whole-image matcher")
    for change, options in CHANGES.items():
        letters = x_or_o(n_train=2, n_test=len(test), seed=config.seed + 1, **options).test
        network = accuracy(run.predict(letters.images), letters)
        matcher = accuracy(naive_matcher(letters.images, x_or_o_templates()), letters)
        print(f"{change:28}   {network:7.1%}   {matcher:7.1%}")
    if config.out is not None:
        print(f"Results are in {run.save(config.out, test=test)}")


if __name__ == "__main__":
    config = tyro.cli(Config, description=__doc__)
    jaxcnn.set_up(huge_pages=True)
    jaxcnn.distributed.start()
    main(config)
