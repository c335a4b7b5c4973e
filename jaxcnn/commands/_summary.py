"""The subcommand `jaxcnn summary`."""

from pathlib import Path

from jaxcnn import architecture
from jaxcnn.commands._arguments import check_plot_file, read_network
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
    """Print a network's layers with their shapes, parameters and costs, without running it.

    Args:
        model: A network of the zoo such as lenet5, the folder of a run, an address of the hub such
            as hf://user/name, or a JSON file with an architecture.
        input_shape: Shape of one example, channels last, such as 32 32 3; required for a file.
        batch_size: Number of examples for which costs are counted.
        markdown: Print a Markdown table instead of text.
        json: Print JSON instead of text.
        picture: Also draw the network to this file, such as network.png.
    """
    if json and markdown:
        raise ValueError("--json, --markdown: expected at most one of them, got both")
    check_plot_file("--picture", picture)
    network, shape, title = read_network(model, input_shape)
    table = architecture.summary(network, shape, batch_size=batch_size)
    if picture is not None:  # before the table, because its reader may stop early, as `head` does
        plot_architecture(network, shape, title=title).savefig(picture)
    print(table.to_json(indent=1) if json else table.to_markdown() if markdown else table)
    return 0
