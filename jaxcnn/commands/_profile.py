"""The subcommand `jaxcnn profile`."""

from pathlib import Path

from jaxcnn import profiling
from jaxcnn.commands._arguments import check_plot_file, read_network
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
    """Time each layer of a network, and compare it with the limits of this machine.

    Args:
        model: A network of the zoo such as lenet5, the folder of a run, or a JSON file with an
            architecture.
        input_shape: Shape of one example, channels last, such as 32 32 3; required for a file.
        batch_size: Number of examples in a batch.
        train: Time the forward and backward pass of training instead of inference.
        json: Print JSON instead of text.
        picture: Also plot the roofline to this file, such as roofline.png.
    """
    check_plot_file("--picture", picture)
    architecture, shape, title = read_network(model, input_shape)
    times = profiling.profile(architecture, shape, batch_size=batch_size, train=train)
    if picture is not None:
        plot_roofline(times, title=title).savefig(picture)
    print(times.to_json(indent=1) if json else times)
    return 0
