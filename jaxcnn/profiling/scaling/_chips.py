"""Chips for training: peak speeds, memory, and the links between them, from data sheets."""

import dataclasses

import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_choice
from jaxcnn._support.results import Result

GIGABYTE = 10**9


@dataclasses.dataclass(frozen=True)
class Chip(Result):
    """One device and the links around it, as its data sheet describes them.

    A node is the set of devices that fast links connect: a server of GPUs, or a pod of TPUs. A
    host is a computer with its CPU, which reads and decodes the examples of its devices.

    Attributes:
        name: Name of the chip.
        flops_per_second: Peak rate with bfloat16 or float16, dense, in FLOPs per second.
        float32_flops_per_second: Peak rate with float32 arrays at JAX's default precision.
        memory_bytes: Memory in bytes.
        memory_bytes_per_second: Memory bandwidth in bytes per second.
        per_node: Number of devices in a node.
        link_bytes_per_second: Bandwidth of a device to its node, in one direction, over all links.
        link_latency: Time of one step within a node, in seconds.
        axes: Number of axes of the torus that the links form; 1 for a switch or a single ring.
        network_bytes_per_second: Bandwidth of a node to other nodes, in one direction.
        network_latency: Time of one step between nodes, in seconds.
        per_host: Number of devices of one host.
        host_cores: Number of CPU cores of one host; None if unknown.
        source: Where the numbers come from.
    """

    name: str
    flops_per_second: float
    float32_flops_per_second: float
    memory_bytes: int
    memory_bytes_per_second: float
    per_node: int
    link_bytes_per_second: float
    link_latency: float
    axes: int
    network_bytes_per_second: float
    network_latency: float
    per_host: int
    host_cores: int | None
    source: str

    def peak(self, dtype: DTypeLike) -> float:
        """Return the peak rate for arrays of a dtype, in FLOPs per second.

        Example:
            >>> CHIPS["v100"].peak("bfloat16"), CHIPS["v100"].peak("float32")
            (125000000000000.0, 15700000000000.0)
        """
        is_short = jnp.dtype(dtype).itemsize < 4
        return self.flops_per_second if is_short else self.float32_flops_per_second


def gigabits(rate: float) -> float:
    """Convert gigabits per second, the unit of networks, to bytes per second.

    Example:
        >>> gigabits(100)
        12500000000.0
    """
    return rate * 1e9 / 8


# NCCL's own model of its time: `hwLatencies` in src/graph/tuning.cc at 5067397c, for trees by the
# protocol "simple", which is the one for large arrays.
NVLINK_STEP, NETWORK_STEP = 4e-6, 14e-6
# "How to Scale Your Model" (Austin et al. 2025), chapter "Sharded matrices": 1 µs per hop.
ICI_STEP = 1e-6
# The same book, chapter "TPUs": bandwidth of one host to the network of the data center.
TPU_HOST_NETWORK = 2.5e10


def _gpu(
    name: str,
    flops: tuple[float, float],
    memory: tuple[int, float],
    links: tuple[float, float],
    *,
    cores: int,
    source: str,
) -> Chip:
    """Make a GPU: peak TFLOP/s (16 and 32 bits), GB and GB/s, GB/s of NVLink and of the node."""
    return Chip(
        name=name,
        flops_per_second=flops[0] * 1e12,
        float32_flops_per_second=flops[1] * 1e12,
        memory_bytes=memory[0] * GIGABYTE,
        memory_bytes_per_second=memory[1] * 1e9,
        per_node=8,
        link_bytes_per_second=links[0] * 1e9,
        link_latency=NVLINK_STEP,
        axes=1,
        network_bytes_per_second=links[1] * 1e9,
        network_latency=NETWORK_STEP,
        per_host=8,
        host_cores=cores,
        source=source,
    )


def _tpu(
    name: str,
    flops: float,
    memory: tuple[int, float],
    *,
    pod: int,
    ici: float,
    axes: int,
    host: tuple[int, int | None],
    source: str,
) -> Chip:
    """Make a TPU: peak TFLOP/s, GB and GB/s, chips per pod, GB/s of all links, host."""
    return Chip(
        name=name,
        flops_per_second=flops * 1e12,
        float32_flops_per_second=flops * 1e12,  # by default, JAX multiplies in bfloat16 there
        memory_bytes=memory[0] * GIGABYTE,
        memory_bytes_per_second=memory[1] * 1e9,
        per_node=pod,
        link_bytes_per_second=ici * 1e9,
        link_latency=ICI_STEP,
        axes=axes,
        network_bytes_per_second=pod // host[0] * TPU_HOST_NETWORK,
        network_latency=NETWORK_STEP,
        per_host=host[0],
        host_cores=host[1],
        source=source,
    )


_BOOK = "How to Scale Your Model (Austin et al. 2025), chapter TPUs"

CHIPS = {
    chip.name: chip
    for chip in (
        _gpu(
            *("p100", (21.2, 10.6), (16, 732), (80, 50)),
            cores=40,
            source="NVIDIA Tesla P100 data sheet; DGX-1 with 4 EDR ports",
        ),
        _gpu(
            *("v100", (125, 15.7), (32, 900), (150, 50)),
            cores=40,
            source="NVIDIA V100 data sheet; DGX-1 with 4 EDR ports in MLPerf Training 0.6",
        ),
        _gpu(
            *("a100", (312, 156), (80, 2039), (300, 200)),
            cores=128,
            source="NVIDIA A100 80 GB data sheet; DGX A100 with 8 HDR ports in MLPerf Training 0.7",
        ),
        _gpu(
            *("h100", (989.4, 494.7), (80, 3350), (450, 400)),
            cores=112,
            source="NVIDIA H100 data sheet; DGX H100 with 8 NDR ports in MLPerf Training 3.0",
        ),
        _tpu(
            *("tpu-v3", 123, (32, 900)),
            pod=1024,
            ici=332,
            axes=2,
            host=(4, 48),
            source="cloud.google.com/tpu/docs/v3: 340 TB/s of all-reduce for 1,024 chips; 96 vCPUs "
            "per host in MLPerf Training 0.6",
        ),
        _tpu("tpu-v4", 275, (32, 1200), pod=4096, ici=270, axes=3, host=(4, None), source=_BOOK),
        _tpu(
            *("tpu-v5e", 197, (16, 819)),
            pod=256,
            ici=200,
            axes=2,
            host=(8, 112),
            source="cloud.google.com/tpu/docs/v5e: 51.2 TB/s of all-reduce for 256 chips; "
            "ct5lp-hightpu-8t with 224 vCPUs",
        ),
        _tpu("tpu-v5p", 459, (96, 2800), pod=8960, ici=540, axes=3, host=(4, None), source=_BOOK),
    )
}
"""Chips by name. `dataclasses.replace` changes one, such as its network."""


def chip_of(chip: str | Chip) -> Chip:
    """Return a chip by its name, or the chip itself.

    Raises:
        ValueError: If there is no such chip.
    """
    if isinstance(chip, Chip):
        return chip
    check_choice("chip", chip, tuple(CHIPS))
    return CHIPS[chip]
