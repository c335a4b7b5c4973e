"""The default batch size of a training set."""

MAX_DEFAULT_BATCH = 128
MIN_DEFAULT_BATCH = 8

MIN_DEFAULT_UPDATES = 8
"""Number of updates per epoch that the default batch size leaves, if the set is large enough."""


def default_batch_size(examples: int) -> int:
    """Return the default batch size for a training set: 128, or less if the set is small.

    It is the largest power of two, from 8 to 128, that leaves at least 8 updates per epoch. A set
    of fewer than 8 examples is one batch.

    Args:
        examples: Number of training examples.

    Example:
        >>> [default_batch_size(examples) for examples in (1_437, 300, 48, 5)]
        [128, 32, 8, 5]
    """
    fitting = 1 << max(0, (examples // MIN_DEFAULT_UPDATES).bit_length() - 1)
    return min(examples, max(MIN_DEFAULT_BATCH, min(MAX_DEFAULT_BATCH, fitting)))
