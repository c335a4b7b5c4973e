"""Advice: the changes that help, for each bottleneck of a predicted training."""

import math

from jaxcnn.profiling.scaling._device_memory import DeviceMemory

ADVICE = {
    "decoding": (
        "the cores of a host decode more slowly than its devices compute: keep decoded images in "
        "memory, store smaller images, or use more hosts per device"
    ),
    "communication": (
        "adding up gradients and gathering weights takes longer than the computing that hides it: "
        "use a larger batch per device, gradients in bfloat16, or a faster network"
    ),
    "small batch": (
        "the batch per device is so small that starting kernels takes the time: use a larger batch "
        "or fewer devices"
    ),
    "compute": (
        "the devices compute nearly all the time: only a faster chip, a smaller network or smaller "
        "images make a step shorter"
    ),
}
"""Each bottleneck but memory, and what to change."""


def memory_advice(memory: DeviceMemory, batch_size: int, *, is_split: bool) -> str:
    """Say what does not fit into the memory of a device, and what makes it smaller.

    Args:
        memory: The memory for a step that does not fit.
        batch_size: Number of examples per device in this step.
        is_split: Whether weights, gradients and the optimizer's state are split already.
    """
    split = "fit(shard='fsdp') splits weights, gradients and optimizer state over devices"
    if memory.state >= memory.device:
        how = "more devices, or devices with more memory" if is_split else split
        return f"weights, gradients and optimizer state do not fit: {how}"
    most = memory.most_examples(batch_size)
    if most == 0:
        return "activations of one example do not fit: smaller inputs, or devices with more memory"
    parts = math.ceil(batch_size / most)
    more_room = f"; {split}" if memory.state > memory.device / 2 and not is_split else ""
    return (
        f"activations do not fit: at most {most:,} examples per device, or "
        f"fit(accumulate_steps={parts:,}){more_room}"
    )
