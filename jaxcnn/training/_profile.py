"""Where the time of a network goes, layer by layer, beside what the machine can do."""

from functools import partial

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_bool, check_int
from jaxcnn.architecture import Layer, summary, walk
from jaxcnn.architecture._checks import check_layer
from jaxcnn.training._layer_programs import LayerPrograms
from jaxcnn.training._limits import Limits, copy_probe, product_probe
from jaxcnn.training._profile_result import LayerTime, Profile
from jaxcnn.training._stopwatch import medians, seconds_of


def profile(
    architecture: Layer,
    input_shape: tuple[int, ...],
    *,
    batch_size: int = 1,
    dtype: DTypeLike = jnp.float32,
    train: bool = False,
    rounds: int = 7,
) -> Profile:
    """Time each layer of a network by itself, on the default device.

    Each layer is compiled as a program of its own and run with random weights and an input of its
    own; equal layers are compiled once, but each is timed. The network as one program, a product
    of large matrices and a sum of large arrays are timed in the same passes. A layer's time is the
    median of the passes, the machine's limits are the best of them. Inside the whole network the
    compiler fuses layers, so that it takes less time than the layers one by one; on a machine that
    does other work meanwhile it can take more, as that holds up long programs most.

    With `train`, a layer's program runs in train mode and computes its gradients by weights and
    input, too, which are counted as twice the operations and bytes of the forward pass (once for
    the first layer, by whose input no gradient is needed).

    Args:
        architecture: the network.
        input_shape: of one example, with no batch axis: ``(H, W, C)``.
        batch_size: examples in a batch.
        dtype: of weights and activations.
        train: time a training step's forward and backward pass, in place of inference.
        rounds: passes over all programs.

    Returns:
        The times: `print` them, or give them to `jaxcnn.explain.plot_roofline`.

    Raises:
        TypeError: if `architecture` is no layer, or another argument of the wrong type.
        ValueError: if the shape is none, a layer does not fit where it stands, or the dtype is one
            that JAX does not compute in as it is set up.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> times = profile(net, (8, 8, 1), rounds=1)
        >>> [time.row.layer for time in times.layers]
        ['Flatten', 'Dense']
    """
    check_layer(architecture)
    check_bool("train", train)
    check_int("rounds", rounds)
    table = summary(architecture, input_shape, batch_size=batch_size, dtype=dtype)
    if not jnp.issubdtype(jnp.dtype(dtype), jnp.floating):
        raise TypeError(f"dtype must be a floating-point dtype, got {table.dtype}")
    if jax.dtypes.canonicalize_dtype(table.dtype) != table.dtype:
        raise ValueError(f"dtype: {table.dtype} needs jax.config.update('jax_enable_x64', True)")
    programs = LayerPrograms(table.batch_size, table.dtype, train=train)
    visits = [*walk(architecture, table.input_shape)]
    whole = programs.of_layer(architecture, table.input_shape, True)
    layers = [programs.of_visit(visit, first=index == 0) for index, visit in enumerate(visits)]
    product, copy = product_probe(table.dtype), copy_probe(table.dtype)
    zero = jnp.zeros(())
    empty = partial(jax.jit(jnp.negative).lower(zero).compile(), zero)
    # The empty program stands among the layers: behind the probes, which fill all caches, it
    # would take several times as long.
    timed = [copy.run, product.run, whole.run, *(one.run for one in layers), empty]
    seconds = seconds_of(timed, rounds=rounds)
    limits = Limits(product.work / min(seconds[1]), copy.work / min(seconds[0]))
    whole_seconds, *each, call_seconds = medians(seconds[2:])
    rows = [
        LayerTime(row, type(visit.layer).__name__, time, _passes(train, first=index == 0))
        for index, (row, visit, time) in enumerate(zip(table.rows, visits, each, strict=True))
    ]
    return Profile(
        table,
        tuple(rows),
        limits,
        device=jax.devices()[0].device_kind,
        train=train,
        rounds=rounds,
        seconds=whole_seconds,
        call_seconds=call_seconds,
        compile_seconds=whole.compile_seconds,
    )


def _passes(train: bool, *, first: bool) -> int:
    """Forward, and backward by the weights and by the input, which cost as much each."""
    return 1 if not train else 2 if first else 3
