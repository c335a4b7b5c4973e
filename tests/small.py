"""A small data set and small networks, so that a test of training takes a second."""

import jax
import numpy as np
from flax import nnx

import jaxcnn
from jaxcnn.data import Dataset


def dataset(
    n: int = 40, size: int = 8, channels: int = 1, classes: int = 3, seed: int = 0
) -> Dataset:
    """Images of noise with a bright row whose place is the class: easy to learn."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    images = rng.integers(0, 80, (n, size, size, channels))
    images[np.arange(n), labels * 2] += 150
    return Dataset(images.astype(np.uint8), labels, tuple("abcdefghij"[:classes]), "rows")


NETWORK = jaxcnn.Sequential(
    [
        jaxcnn.Conv(4, 3),
        jaxcnn.BatchNorm(),
        jaxcnn.Activation("relu"),
        jaxcnn.MaxPool(2),
        jaxcnn.Dropout(0.1),
        jaxcnn.Flatten(),
        jaxcnn.Dense(3),
    ]
)


LINEAR = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])
"""For what is asserted of any network: its step compiles in a quarter of the time."""

NORMED = jaxcnn.Sequential([jaxcnn.BatchNorm(), jaxcnn.Flatten(), jaxcnn.Dense(3)])
"""For what is asserted of weights and batch statistics."""


def quick_fit(model=LINEAR, data=None, **options):
    """Two epochs of five steps."""
    defaults = {"epochs": 2, "batch_size": 8, "tx": jaxcnn.training.sgd(0.05), "progress": False}
    return jaxcnn.fit(model, data or dataset(), **(defaults | options))


def as_bits(tree):
    """The bytes of each leaf, for equality that is exact."""
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(tree)]


def unsigned(folder):
    """A run's folder without its manifest, as older versions wrote it: it may be changed."""
    (folder / "manifest.json").unlink()
    return folder


class FlaxModule(nnx.Module):
    """The same network as a Flax user writes it, modes and random streams inside."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.conv = nnx.Conv(1, 4, (3, 3), rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.dropout = nnx.Dropout(0.1, rngs=rngs)
        self.dense = nnx.Linear(64, 3, rngs=rngs)

    def __call__(self, images):
        outputs = nnx.max_pool(nnx.relu(self.norm(self.conv(images))), (2, 2), (2, 2))
        return self.dense(self.dropout(outputs).reshape(len(images), -1))
