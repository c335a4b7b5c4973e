"""`write_model_folder`: the files of a run as the hub expects them, in a folder on disk."""

import os
import re
from pathlib import Path

from jaxcnn._support.files import write_whole
from jaxcnn.hub._address import parse_address
from jaxcnn.hub._card import About, model_card
from jaxcnn.hub._licenses import check_license
from jaxcnn.hub._load import load
from jaxcnn.hub._repository import CONFIG, MAX_CONFIG_BYTES, WEIGHTS, check_name
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of, new_folder, write_repository_files

CARD = "README.md"
"""The model card, which the hub shows on the page of a repository."""

_PAGE = re.compile(r"https?://[^/]+/([\w.-]+/[\w.-]+)/?")
"""The address of a repository's page."""

PUSHED = (CONFIG, WEIGHTS, CARD)
"""All files that are sent."""


def write_model_folder(
    run: Run | Network | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    name: str,
    license: str,
    dataset: str | None = None,
) -> Path:
    """Write a run as a folder of the form of the Hugging Face hub, without sending it.

    Use it to see what `push` would send, or to edit the model card before ``hf upload user/name
    folder`` sends it. ``config.json`` has the layers, the classes, the normalization and the
    results, ``model.safetensors`` the weights, and ``README.md`` is the model card. Examples of
    the test set, paths of files and the history of the training are not in it.

    Args:
        run: A run, a trained network, or the folder of a saved run.
        folder: A new or an empty folder, which `load` takes in place of the folder of a run.
        name: The repository, such as ``"user/name"``, for the card.
        license: The hub's identifier of the license of the weights, such as ``"mit"``.
        dataset: The data set of the training, if it is on the hub, such as ``"user/data"``.

    Returns:
        The folder.

    Raises:
        FileExistsError: If the folder contains files.
        ImportError: If `huggingface_hub` is not installed.
        OSError: If the folder cannot be written to.
        TypeError: If an argument has the wrong type.
        ValueError: If a name does not have the form of such names, or the network could not be
            read back.

    Example::

        jaxcnn.hub.write_model_folder(run, "to_send", name="user/digits", license="mit")
    """
    about = checked(name, license, dataset)
    found = as_run(run)
    with new_folder(folder) as place:
        write_files(found, place, about)
    return Path(folder).expanduser()


def checked(name: str, license: str, dataset: str | None) -> About:
    """Return the names of a repository, a license and a data set, if they have their forms."""
    name = _repository(name)
    check_license(license)
    if dataset is not None:
        try:
            check_name(dataset, None)
        except ValueError:
            raise ValueError(
                f"dataset: expected a data set of the hub such as 'user/data', got {dataset!r:.120}"
            ) from None
    return About(name, license, dataset)


def _repository(name: str) -> str:
    """Return the name of a repository to publish, also from its address ``hf://user/name``."""
    try:
        address = parse_address(name) if isinstance(name, str) else None
        found = name if address is None else address.name
        check_name(found, None)
    except ValueError:
        page = _PAGE.fullmatch(name) if isinstance(name, str) else None
        hint = "" if page is None else f" (did you mean {page[1]}?)"
        raise ValueError(
            f"name: expected user/name, such as you/digits, got {name!r:.120}{hint}"
        ) from None
    if address is not None and address.revision is not None:
        raise ValueError(
            f"name: expected {found} without a revision, got {name!r:.120} (branch= is the branch)"
        )
    return found


def as_run(run: Run | Network | str | os.PathLike[str]) -> Run:
    """Return a run, also of a network or from its folder."""
    if isinstance(run, str | os.PathLike):
        return load(run)
    return run if isinstance(run, Run) else Run(network_of(run))


def write_files(run: Run, folder: Path, about: About) -> None:
    """Write the files of `PUSHED` into an existing folder."""
    write_repository_files(run, folder)
    size = (folder / CONFIG).stat().st_size
    if size > MAX_CONFIG_BYTES:
        raise ValueError(
            f"run: expected a network whose {CONFIG} has at most {MAX_CONFIG_BYTES:,} bytes, got "
            f"{size:,}"
        )
    write_whole(folder / CARD, model_card(run, about).encode())
