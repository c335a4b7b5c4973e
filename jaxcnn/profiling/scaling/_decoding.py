"""The rate at which one core reads and decodes examples, if nobody says it."""

import math

from jaxcnn.layers import Shape

DECODE_RATE = 400.0
"""Examples per second that one core reads, decodes and resizes: JPEG files of 500×375 pixels and
103 kB to 224×224, as `experiments/benchmarks/scaling.py --decode` measured on an AMD EPYC."""

SMALLEST = 64 * 64
"""Images of fewer pixels are taken to be in memory, as those of MNIST and CIFAR are."""


def decode_rate_for(input_shape: Shape) -> float | None:
    """Return `DECODE_RATE` for large images; None for other inputs, which are kept in memory."""
    are_large = len(input_shape) == 3 and math.prod(input_shape[:2]) >= SMALLEST
    return DECODE_RATE if are_large else None


def decoding_text(rate: float | None) -> str:
    """Say what is assumed of reading and decoding, and which option changes it."""
    if rate is None:
        return "decoding: none, as if examples were in memory (--decode-rate if they are not)"
    files = "JPEG files of 500×375 pixels, " if rate == DECODE_RATE else ""
    return (
        f"decoding: {files}{rate:,.4g} examples per second and core (--decode-rate for others, "
        "--in-memory for none)"
    )
