"""The subcommand `jaxcnn verify`."""

from pathlib import Path

from jaxcnn import runs


def verify(run: Path, /, *, json: bool = False) -> int:
    """Compare all files of a run, and its checkpoints, with the checksums saved with them.

    The command says which file was changed, cut, lost or added, which values no run can have, and
    whether the result belongs to the weights. Library versions that differ from those of the
    training are noted, but do not count as a difference.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment.
        json: Print JSON instead of text.

    Returns:
        The exit status: 0 if everything is as it was saved, 1 if a part differs or has no checksum
        to compare with, and 2 if there is no run.
    """
    found = runs.verify(run)
    print(found.to_json(indent=1) if json else found)
    return 0 if found.is_as_saved else 1
