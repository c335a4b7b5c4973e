"""Check the shape of a network's input."""

from collections.abc import Sequence

from jaxcnn._support.arguments import is_int
from jaxcnn._support.warn import warn
from jaxcnn.layers import Shape, as_plain


def warn_of_axes(input_shape: Shape) -> None:
    """Warn if a shape looks like channels first, or as if it included a batch axis."""
    match input_shape:
        case (1, height, width, 1 | 3 | 4) if min(height, width) > 4:
            problem = "a batch axis"
        case (1 | 3, height, width) if height == width > 4:
            problem = "channels first"
        case _:
            return
    warn(
        "input_shape: expected the shape of one example, channels last, such as (32, 32, 3), got "
        f"{input_shape}, which looks like {problem}",
    )


def check_input_shape(input_shape: Shape) -> Shape:
    """Return `input_shape` as a tuple; raise ValueError unless it has only positive integers."""
    shape = as_plain(tuple(input_shape)) if isinstance(input_shape, Sequence) else ()
    if not shape or not all(is_int(size) and size > 0 for size in shape):
        raise ValueError(
            f"input_shape: expected positive integers such as (32, 32, 3), got {input_shape!r}"
        )
    return shape
