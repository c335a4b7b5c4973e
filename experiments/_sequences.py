"""Training and asking networks of sequences, which `jaxcnn.fit` and `Dataset` are not made for."""

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from flax import nnx
from jax import Array

import jaxcnn
from jaxcnn import training
from jaxcnn.architecture import Layer
from jaxcnn.data import epoch_order, padded_batches
from jaxcnn.functional import softmax_cross_entropy_with_integer_labels
from jaxcnn.runs._environment import device, versions

BATCH_SIZE = 100


def train(
    network: Layer,
    inputs: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    rate: float,
    seed: int,
) -> nnx.Module:
    """Train a network by Adam, its rate in one cycle.

    Args:
        network: an architecture that ends in one number a class.
        inputs: ``(N, L)`` integers or ``(N, L, C)`` floats.
        labels: ``(N,)`` integers.
        epochs: how often to go through them.
        rate: the highest learning rate.
        seed: of the weights, the order and what is dropped.

    Returns:
        The trained module.
    """
    batch_size = min(BATCH_SIZE, len(inputs))
    steps = len(inputs) // batch_size
    tx = optax.adam(training.one_cycle(rate, epochs * steps))
    key = jax.random.key(seed)
    built = jaxcnn.build(network, inputs.shape[1:], rngs=nnx.Rngs(seed))
    apply, variables = inference.purify(built)
    state = training.TrainState.create(variables, tx=tx, key=key)
    loss = softmax_cross_entropy_with_integer_labels
    step = jax.jit(partial(training.train_step, apply=apply, tx=tx, loss=loss))
    for epoch in range(epochs):
        order = np.asarray(epoch_order(key, epoch, len(inputs)))
        for batch in order[: steps * batch_size].reshape(steps, batch_size):
            state, _ = step(state, inputs[batch], labels[batch])
    return apply.module(state.variables)


def predict(module: nnx.Module, inputs: np.ndarray) -> np.ndarray:
    """The most probable class of each input, ``(N,)``."""
    batches, _ = padded_batches(len(inputs), min(10 * BATCH_SIZE, len(inputs)))
    found = [np.asarray(_logits(module, inputs[batch])) for batch in batches]
    return np.concatenate(found)[: len(inputs)].argmax(axis=-1)


@jax.jit
def _logits(module: Callable[[Array], Array], inputs: Array) -> Array:
    return module(inputs)


def interval(values: Sequence[float]) -> str:
    """The mean of shares over the seeds, and its 95 % interval by Student's t, in per cent."""
    mean = float(np.mean(values))
    if len(values) == 1:
        return f"{mean:.1%} (one seed)"
    low, high = training.mean_interval(mean, float(np.std(values, ddof=1)), len(values))
    return f"{mean:.1%} ({low:.1%} to {high:.1%})"


def write_results(path: Path, config: Any, accuracies: Mapping[str, Sequence[float]]) -> None:
    """Write what was measured, on what, with what and how, as JSON.

    Args:
        path: the file; its folder is made.
        config: what was asked for, a dataclass.
        accuracies: one for each seed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    script = Path(sys.argv[0]).name
    asked = {name: value for name, value in vars(config).items() if name != "out"}
    content = {
        "command": shlex.join(["python", f"experiments/{script}", *sys.argv[1:]]),
        "versions": versions(),
        "device": device(),
        **asked,
        "accuracies": accuracies,
        "mean (95 % interval)": {name: interval(found) for name, found in accuracies.items()},
    }
    path.write_text(json.dumps(content, indent=1, default=str) + "\n")
