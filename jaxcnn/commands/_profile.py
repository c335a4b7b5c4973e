"""The command `jaxcnn profile`."""

from pathlib import Path

from jaxcnn import profiling
from jaxcnn.commands._arguments import check_picture, network_of
from jaxcnn.explain import plot_roofline


def profile(
    model: str,
    /,
    *,
    input_shape: tuple[str, ...] | None = None,
    batch_size: int = 1,
    train: bool = False,
    json: bool = False,
    picture: Path | None = None,
) -> int:
    """Time each layer of a network beside what this machine can do.

    Args:
        model: a network of the zoo such as lenet5, or a file that holds an architecture as JSON.
        input_shape: sizes of one example, channels last, such as 32 32 3; needed for a file.
        batch_size: examples in a batch.
        train: time the forward and backward pass of training, in place of inference.
        json: print JSON.
        picture: also plot the roofline, a picture such as roofline.png.
    """
    check_picture("--picture", picture)
    architecture, shape, title = network_of(model, input_shape)
    times = profiling.profile(architecture, shape, batch_size=batch_size, train=train)
    if picture is not None:
        plot_roofline(times, title=title).savefig(picture)
    print(times.to_json(indent=1) if json else times)
    return 0
