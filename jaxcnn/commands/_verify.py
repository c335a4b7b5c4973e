"""The subcommand `jaxcnn verify`."""

from contextlib import suppress
from pathlib import Path

from jaxcnn import experiment
from jaxcnn._support.arguments import check_int
from jaxcnn._support.set_up import set_up


def verify(
    run: Path,
    /,
    *,
    steps: int = 0,
    data: bool = False,
    data_dir: Path | None = None,
    json: bool = False,
) -> int:
    """Compare all files of a run, and its checkpoints, with the checksums saved with them.

    The command says which file was changed, cut, lost or added, which values no run can have, and
    whether the result belongs to the weights. Library versions that differ from those of the
    training are noted, but do not count as a difference. If the training is not finished, the
    command says how far it came.

    With --steps, the last steps of an experiment's training are run again from a checkpoint, or
    from its start, and the command says which weights, statistics or numbers of the optimizer have
    other bits than the later checkpoints.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment, or the
            folder of the checkpoints of a training by `fit`, or one of these checkpoints.
        steps: For experiments: the largest number of steps to run again. The command
            says how many are enough, if there is no checkpoint within so many steps of the end.
        data: For experiments: load the data set, and compare it with that of the training. It is
            downloaded if it is not found. With --steps this is always done.
        data_dir: The folder of the data set, and of its table if it has one. It is required if the
            experiment did not use the default folder, because whoever wrote the run's folder chose
            the place that it names.
        json: Print JSON instead of text.

    Returns:
        The exit status: 0 if everything is as it was saved, and the training is finished as far as
        the folder says: a single checkpoint does not. 1 if a part differs or cannot be compared. 2
        if there is no run, or no checkpoint to go on from. 3 if the training is not finished, and
        what it saved is as it was saved.
    """
    check_int("--steps", steps, minimum=0)
    if steps or data:
        # `verify_run` names what is wrong with the options, and reports links. If JAX has started,
        # its devices stay as they are.
        with suppress(FileNotFoundError, RuntimeError, ValueError):
            set_up(experiment.read_options(run).get("devices"))
    found = experiment.verify_run(run, steps=steps, data=data, data_dir=data_dir)
    print(found.to_json(indent=1) if json else found)
    if not found.is_as_saved:
        return 1
    return 0 if found.unfinished is None else UNFINISHED


UNFINISHED = 3
"""Exit status if everything is as it was saved, by a training that is not finished."""
