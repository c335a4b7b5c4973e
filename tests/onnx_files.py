"""Networks with random weights, and what ONNX Runtime computes of their exported files."""

import dataclasses
import functools

import jax
import numpy as np
import onnxruntime
from flax import nnx

import jaxcnn
from jaxcnn.data import Kind, SingleLabel
from jaxcnn.inference import Network, Normalization, functionalize

MOMENTS = Normalization((0.4,), (0.3,))
KINDS: dict[int, Kind] = {1: "tokens", 2: "signals", 3: "images", 4: "volumes"}
"""The kind of inputs, by the rank of one."""

SHAPES = {"inception_v3": (75, 75, 3), "m5": (2_000, 1), "text_cnn": (64,), "lenet5": (32, 32, 1)}
SHAPES |= dict.fromkeys(("alexnet", "zfnet"), (67, 67, 3))
"""Small shapes that a network of the zoo takes; the others take images of 32×32."""

TOLERANCE = 1e-4
"""The largest norm of a difference over the norm, in float32."""


def network(layer, input_shape, *, task=SingleLabel(), names=None, is_filled=True, **fields):
    """A network with random weights, and statistics of batch norms that are not trivial.

    With `is_filled=False`, it has shapes in place of its arrays.
    """
    rng = np.random.default_rng(0)

    def numbers(path, leaf):
        name, normal = jax.tree_util.keystr(path), rng.standard_normal(leaf.shape, np.float32)
        if "kernel" in name:  # of a size that keeps numbers in deep networks
            return normal * np.float32(np.sqrt(2 / np.prod(leaf.shape[:-1])))
        if "var" in name:
            return rng.uniform(0.5, 2, leaf.shape).astype(np.float32)
        return 0.3 * normal + ("scale" in name)

    module = nnx.eval_shape(lambda: layer.build(input_shape, rngs=nnx.Rngs(0)))
    apply, shapes = functionalize(module)
    variables = jax.tree_util.tree_map_with_path(numbers, shapes) if is_filled else shapes
    kind = KINDS[len(input_shape)]
    normalization = Normalization((), ()) if kind == "tokens" else MOMENTS
    names = names or tuple(map(str, range(layer.output_shape(input_shape)[-1])))
    return Network(
        apply, variables, normalization, input_shape, names, layer, task=task, kind=kind, **fields
    )


def settled(found, inputs):
    """A network whose batch norms have the statistics of some inputs, without dropout.

    Otherwise numbers double from block to block, until gates that saturate enlarge what is rounded.
    """
    module = found.apply.module(found.variables, train=True)
    for _, node in nnx.iter_modules(module):
        if isinstance(node, nnx.BatchNorm):
            node.momentum = 0.0  # keep the statistics of the last batch only
        elif isinstance(node, nnx.Dropout):
            node.rate = 0.0
    apply = dataclasses.replace(found.apply, train_graph=nnx.graphdef(module))
    _, statistics = jax.jit(functools.partial(apply, train=True))(
        found.variables, inputs, key=jax.random.key(0)
    )
    return found.with_variables(found.variables._replace(batch_stats=statistics))


def inputs_for(found, batch, *, normalized=True, seed=0):
    """Random inputs of a network, tokens below 10."""
    rng = np.random.default_rng(seed)
    shape = (batch, *found.input_shape)
    if found.kind == "tokens":
        return rng.integers(0, 10, shape)
    if normalized or found.kind != "images":
        return rng.standard_normal(shape, np.float32)
    return rng.integers(0, 256, shape, np.uint8)


def in_jax(found, inputs):
    """What the layers compute of normalized inputs."""
    return np.asarray(_logits(found.apply, found.variables, inputs))


@functools.partial(jax.jit, static_argnums=0)
def _logits(apply, variables, inputs):
    return apply(variables, inputs, train=False)[0]


def in_float64(found, inputs):
    """What the layers compute of normalized inputs if nothing is rounded to float32."""
    with jax.enable_x64(True):
        variables = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), found.variables)
        return in_jax(found.with_variables(variables), inputs.astype(np.float64))


def session(path):
    """ONNX Runtime with a file, on one core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def in_onnx(path, *batches):
    """What ONNX Runtime computes of each batch."""
    runtime = session(path)
    (taken,) = runtime.get_inputs()
    return [runtime.run(None, {taken.name: batch})[0] for batch in batches]


def distance(found, expected):
    """The norm of the difference over the norm."""
    found, expected = (np.asarray(each, np.float64) for each in (found, expected))
    assert found.shape == expected.shape
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def exported(found, folder, **options):
    """The path of the exported file of a network."""
    path = folder / "network.onnx"
    jaxcnn.export.onnx(found, path, overwrite=True, **options)
    return path
