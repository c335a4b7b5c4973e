"""The subcommand `jaxcnn gallery`."""

from pathlib import Path

from jaxcnn import reports
from jaxcnn.commands._arguments import keep_programs, say_if_the_report_lacks_it


def gallery(
    run: Path,
    /,
    *,
    out: Path | None = None,
    layers: tuple[str, ...] = (),
    channels: int = 12,
    steps: int = 160,
    seed: int = 0,
    cache: Path | None = None,
) -> int:
    """Write an HTML page of what channels respond to: edges, textures, parts, layer by layer.

    For up to eight convolutions, and for the classes, the page shows pictures that were made so
    that a channel responds to them as much as possible, and beside them the real test images with
    the largest responses. For a small network it takes about a minute. While the command works, it
    prints the name of each layer on standard error.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment.
        out: The file to write; by default gallery.html in the folder, where the next report links
            to it.
        layers: Names of the layers to show, as in explain.layer_names; by default up to eight
            convolutions and the classes. Of a convolution with a batch norm, choose the batch norm.
        channels: Number of channels per layer, at most; they are evenly spaced among all channels.
        steps: Number of steps in which each picture is made. More steps take longer.
        seed: Seed of the pictures.
        cache: A folder to keep compiled programs in, so that the next gallery is faster; by default
            the folder that the experiments use, in the user's cache.
    """
    keep_programs(cache)
    page = reports.gallery_report(
        run,
        out=out,
        layer_names=layers or None,
        channels=channels,
        steps=steps,
        seed=seed,
        progress=True,
    )
    print(f"The gallery is in {page}")
    say_if_the_report_lacks_it(page, run)
    return 0
