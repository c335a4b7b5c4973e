"""Times of all methods that can compute a convolution."""

import time
from collections.abc import Callable
from statistics import median

import jax
import numpy as np
from jax import Array
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._compiler import compiler_options
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._machine import Machine
from jaxcnn.lowering._primitive import conv_general_dilated_p
from jaxcnn.lowering.choice._table import named_by


def measure(convolution: Convolution, machine: Machine, *, rounds: int) -> dict[str, float]:
    """Measure each method on all devices at once, as in training.

    Args:
        convolution: what each device computes.
        machine: this one.
        rounds: how often each method is run, in turn with the others.

    Returns:
        The median of each method's seconds, by its name.
    """
    mesh = jax.make_mesh(
        (machine.devices,),
        ("devices",),
        axis_types=(AxisType.Auto,),
        devices=jax.local_devices(backend="cpu")[: machine.devices],
    )
    sharding = NamedSharding(mesh, PartitionSpec("devices"))
    rng = np.random.default_rng(0)
    arrays = [
        jax.device_put(rng.normal(size=(machine.devices, *shape)).astype(dtype), sharding)
        for shape, dtype in (
            (convolution.lhs_shape, convolution.dtypes[0]),
            (convolution.rhs_shape, convolution.dtypes[1]),
        )
    ]
    names = dispatch.methods(convolution, machine)
    programs = {name: _compile(convolution, name, mesh, arrays) for name in names}
    seconds = {name: [] for name in programs}
    for _ in range(1 + rounds):
        for name, program in programs.items():
            start = time.perf_counter()
            program(*arrays).block_until_ready()
            seconds[name].append(time.perf_counter() - start)
    # The first round warms up.
    return {name: median(times[1:]) for name, times in seconds.items()}


def _compile(
    convolution: Convolution, name: str, mesh: jax.sharding.Mesh, arrays: list[Array]
) -> Callable[..., Array]:
    def on_one_device(lhs: Array, rhs: Array) -> Array:
        return conv_general_dilated_p.bind(lhs[0], rhs[0], **convolution.params)[None]

    spec = PartitionSpec("devices")
    everywhere = jax.shard_map(on_one_device, mesh=mesh, in_specs=spec, out_specs=spec)
    with named_by(lambda asked, _: name if asked == convolution else None):
        return jax.jit(everywhere).lower(*arrays).compile(compiler_options())
