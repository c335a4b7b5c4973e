"""The command `jaxcnn summary`."""

from pathlib import Path

from jaxcnn import architecture
from jaxcnn.commands._arguments import check_picture, network_of
from jaxcnn.explain import plot_architecture


def summary(
    model: str,
    /,
    *,
    input_shape: tuple[str, ...] | None = None,
    batch_size: int = 1,
    markdown: bool = False,
    json: bool = False,
    picture: Path | None = None,
) -> int:
    """Print what a network costs, layer by layer, without running it.

    Args:
        model: a network of the zoo such as lenet5, or a file that holds an architecture as JSON.
        input_shape: sizes of one example, channels last, such as 32 32 3; needed for a file.
        batch_size: examples that all costs are for.
        markdown: print a table of Markdown.
        json: print JSON.
        picture: also draw the network, a picture such as network.png.
    """
    if json and markdown:
        raise ValueError("--json and --markdown are two forms of one table: give one of them")
    check_picture("--picture", picture)
    network, shape, title = network_of(model, input_shape)
    table = architecture.summary(network, shape, batch_size=batch_size)
    if picture is not None:  # before the table, whose reader may stop early, as `head` does
        plot_architecture(network, shape, title=title).savefig(picture)
    print(table.to_json(indent=1) if json else table.to_markdown() if markdown else table)
    return 0
