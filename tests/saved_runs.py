"""Two runs of the same network with other weights, saved without a training: nothing compiles."""

import jax
import numpy as np
from flax import nnx

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import Network, Normalization, Predictions, functionalize
from jaxcnn.runs import SavedTestSet, write_status
from jaxcnn.runs._measure import measure

NAMES = ("cat", "dog", "bird")
NET = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.BatchNorm(), jaxcnn.Dense(3)])


def run(seed: int = 0) -> jaxcnn.Run:
    """A run that was loaded, so that its folder has every file."""
    rng = np.random.default_rng(seed)
    shape = (4, 4, 1)
    module = nnx.eval_shape(lambda: jaxcnn.build(NET, shape, rngs=nnx.Rngs(0)))
    apply, shapes = functionalize(module)
    # Positive numbers, as variances are.
    variables = jax.tree.map(lambda leaf: rng.random(leaf.shape, np.float32) + 0.5, shapes)
    normalization = Normalization((0.5,), (0.25 + seed / 2,))
    network = Network(apply, variables, normalization, shape, NAMES, NET)
    images = rng.integers(0, 256, (12, *shape), np.uint8)
    test = Dataset(images, np.arange(12) % 3, NAMES, f"set {seed}")
    predictions = Predictions(test, rng.normal(size=(12, 3)).astype(np.float32))
    history = tuple(
        {"epoch": epoch, "train_loss": float(rng.random()), "learning_rate": 0.1}
        for epoch in range(1, 3 + seed)
    )
    result = measure(network, predictions) | {"dataset": test.name, "epochs": len(history)}
    kept = SavedTestSet.of(predictions)
    settings = {"model": "small", "seed": seed}
    return jaxcnn.Run(network, history, settings=settings, result=result, test=kept)


def two_folders(place):
    """The folders of a run and of another of the same network, each with a status."""
    folders = [run(seed).save(place / f"run{seed}") for seed in (0, 1)]
    for steps, folder in enumerate(folders):
        write_status(folder, "done", steps=steps)
    return folders
