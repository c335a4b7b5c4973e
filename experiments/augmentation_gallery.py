"""Plot what augmentations do to one image of CIFAR-10.

    python experiments/augmentation_gallery.py                       # writes augmentation/*.png
    python experiments/augmentation_gallery.py --data-dir FOLDER     # has cifar-10-batches-bin/

Without the data set, it shows one of scikit-learn's digits.
"""

import dataclasses
import sys
from pathlib import Path

import jax
import tyro

from jaxcnn.data import Augmentation, Dataset, cifar10, digits
from jaxcnn.explain import plot_augmentation

AUGMENTATIONS = {
    "airbench": Augmentation(flip="alternating", shift=2),
    "parts": Augmentation(
        flip="random",
        shift=2,
        cutout=8,
        rotate=15,
        scale=0.2,
        shear=10,
        brightness=0.4,
        contrast=0.4,
        saturation=0.8,
        hue=0.1,
        grayscale=0.2,
        erase=0.5,
        blur=1.0,
    ),
    "rand_augment": Augmentation(rand_augment=(2, 6)),
    "mixup": Augmentation(flip="random", mixup=1.0),
    "cutmix": Augmentation(flip="random", cutmix=1.0),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the experiment.

    Attributes:
        data_dir: The folder that contains `cifar-10-batches-bin/`; by default $JAXCNN_DATA or the
            cache.
        out: The folder for the plots.
        example: Index of the training image.
        seed: Seed of the augmentation.
    """

    data_dir: Path | None = None
    out: Path = Path("augmentation")
    example: int = 0
    seed: int = 0


def main(config: Config) -> None:
    data = load(config.data_dir)
    if not 0 <= config.example < len(data.images):
        raise ValueError(f"example: expected 0 to {len(data.images) - 1}, got {config.example}")
    image, key = data.images[config.example], jax.random.key(config.seed)
    name = data.class_names[data.labels[config.example]]
    config.out.mkdir(parents=True, exist_ok=True)
    for augmentation_name, augmentation in AUGMENTATIONS.items():
        title = f"{augmentation_name}: training image {config.example} ({name})"
        others = data.images[:1000]
        figure = plot_augmentation(augmentation, image, key=key, others=others, title=title)
        path = config.out / f"{augmentation_name}.png"
        figure.savefig(path)
        print(path)


def load(data_dir: Path | None) -> Dataset:
    try:
        return cifar10(data_dir).train
    except OSError as error:
        print(f"CIFAR-10 is missing, so a digit is shown instead: {error}", file=sys.stderr)
        return digits().train


if __name__ == "__main__":
    try:
        main(tyro.cli(Config, description=__doc__))
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
