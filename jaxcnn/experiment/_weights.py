"""The pretrained weights of an experiment; a run that goes on has the ones that it began with."""

from functools import partial
from pathlib import Path

from jaxcnn.distributed import first_before_others, from_first, is_first, together
from jaxcnn.experiment._compare_options import begun_with
from jaxcnn.experiment._config import Config
from jaxcnn.hub import pretrained
from jaxcnn.inference import Network
from jaxcnn.training import CheckpointError


def load_weights(config: Config, folder: Path | None) -> Network | None:
    """Load the pretrained weights, if there are any: those of the same commit in all processes.

    A run that goes on has the commit that it began with, also if there is a newer one.

    Args:
        config: The options.
        folder: The folder of the run; None: it is not known yet.
    """
    if config.pretrained is None:
        return None
    place = Path(config.pretrained).expanduser()
    if place.is_dir():
        return first_before_others(partial(pretrained, place, revision=config.revision))
    load = partial(pretrained, config.pretrained)
    with together():
        saved = _saved_revision(folder) if is_first() and folder is not None else None
    revision = config.revision or from_first(saved)
    network = first_before_others(partial(load, revision=revision))
    origin = network.origin
    assert origin is not None  # as `pretrained` returns it
    commit = from_first(origin.revision)
    with together():
        return network if origin.revision == commit else load(revision=commit)


def check_weights(network: Network | None, folder: Path) -> None:
    """Check that the weights are of the commit that the run in a folder began with, if it goes on.

    Raises:
        CheckpointError: If they are of another commit.
    """
    saved = _saved_revision(folder)
    if network is None or network.origin is None or saved in (None, network.origin.revision):
        return
    raise CheckpointError(
        f"revision: expected {saved!r:.60}, with which the run in {folder} began, got "
        f"{network.origin.revision!r} (revision={saved!r:.60} goes on)"
    )


def _saved_revision(folder: Path) -> str | None:
    """Return the commit of the weights that a run with checkpoints began with."""
    found = begun_with(folder).options.get("revision")
    return found if isinstance(found, str) else None
