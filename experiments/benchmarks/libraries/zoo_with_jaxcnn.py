"""Train or predict with a network of jaxcnn's zoo, by jaxcnn's convolutions or XLA's."""

import jax
import numpy as np
from _networks import CLASSES
from flax import nnx

import jaxcnn
from jaxcnn.inference import Network, Normalization, functionalize
from libraries import Trainer, batch
from libraries.with_jaxcnn import Convolutions, trainer, use_xla

RAW = Normalization((0.0,) * 3, (1.0,) * 3)


def prepare(
    name: str,
    batch_size: int,
    *,
    task: str,
    size: int,
    devices: int = 1,
    convolutions: Convolutions = "jaxcnn",
) -> Trainer:
    """Prepare a network of the zoo.

    Args:
        name: A function of `jaxcnn.models`.
        batch_size: Images per step.
        task: ``"train"`` or ``"predict"``.
        size: Side of the images.
        devices: Number of CPU devices that share a training's batch.
        convolutions: ``"jaxcnn"``, or ``"xla"``, as a plain Flax module has them.
    """
    jax.config.update("jax_num_cpu_devices", devices)
    classes = CLASSES if task == "train" else 1000
    architecture = getattr(jaxcnn.models, name)(classes)
    module = jaxcnn.build(architecture, (size, size, 3), rngs=nnx.Rngs(0))
    if convolutions == "xla":
        use_xla(module)
    apply, variables = functionalize(module)
    images, labels = batch(batch_size, (size, size, 3))
    if task == "train":
        return trainer(apply, variables, (images, labels), devices)
    names = [str(index) for index in range(classes)]
    network = Network(apply, variables, RAW, (size, size, 3), names)
    pixels = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    if convolutions == "jaxcnn":
        logits = network.compile(batch_size=batch_size).logits
    else:
        logits = jax.jit(lambda pixels: apply(variables, RAW(pixels), train=False)[0])

    def predict(times: int) -> float:
        return float([np.asarray(logits(pixels)) for _ in range(times)][-1].sum())

    return Trainer(sum(np.size(x) for x in jax.tree.leaves(variables.params)), predict)
