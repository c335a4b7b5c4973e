"""The subcommand `jaxcnn push`."""

import shlex
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from jaxcnn._support.texts import readable
from jaxcnn._support.units import bytes_text
from jaxcnn.hub import LICENSES, load, parse_address, write_model_folder
from jaxcnn.hub import push as push_run

FOLDER = "hub"
"""The name of the folder that a dry run writes, in the folder of the run."""


def push(
    run: Path,
    name: str,
    /,
    *,
    license: str | None = None,
    private: bool = False,
    branch: str | None = None,
    dataset: str | None = None,
    dry_run: bool = False,
    out: Path | None = None,
    overwrite: bool = False,
) -> int:
    """Publish a run on the Hugging Face hub: its network, its results and a model card.

    Three files are sent in one commit: config.json, model.safetensors and README.md, the model
    card, with the data, the test results and their intervals, and how to use the network. Test
    images, paths of files and the history stay here. Others load it as hf://NAME, which the
    commands take in place of RUN. It needs pip install 'jaxcnn[hub]', and a token: hf auth login.

    The exit status is 0 if the hub has the files. It is 2 if not, for example because there is no
    token, or the hub refuses it.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment.
        name: The repository, as user/name or organization/name. It is created unless there is one.
        license: The license of the weights, as the hub names it: mit, apache-2.0, cc-by-4.0 and
            others. On a terminal, the command asks for it.
        private: Let only its owner see the repository.
        branch: The branch to commit to; by default main.
        dataset: The data set of the training, if it is on the hub, as user/data.
        dry_run: Write the files into a folder, and print what would be sent. The commands take this
            folder in place of RUN, as they will take hf://NAME.
        out: With --dry-run, the new folder; by default hub in the folder of the run.
        overwrite: With --dry-run, replace the files that an earlier dry run wrote there.
    """
    if out is not None and not dry_run:
        raise ValueError(f"--out: expected none without --dry-run, got {str(out)!r}")
    if overwrite and not dry_run:
        raise ValueError("--overwrite: expected it only with --dry-run, got it without")
    license = _asked() if license is None else license
    if not dry_run:
        options = {"license": license, "private": private, "branch": branch, "dataset": dataset}
        print(readable(str(push_run(run, name, **options))))
        return 0
    _check_branch(branch)
    folder = run / FOLDER if out is None else out
    trained = load(run)
    write = partial(write_model_folder, trained, name=name, license=license, dataset=dataset)
    _write(write, folder, overwrite)
    where = f"{name.removeprefix('hf://')}, branch {branch or 'main'}" + (
        ", private" if private else ""
    )
    print(f"Would be sent to {where}, from {readable(str(folder))}:")
    for path in sorted(folder.iterdir()):
        print(f"  {path.name:20}{bytes_text(path.stat().st_size)}")
    in_shell = trained.network.takes_pictures and trained.network.architecture is not None
    shell = f"jaxcnn predict {shlex.quote(str(folder))} PICTURE"
    how = shell if in_shell else f"jaxcnn.load({str(folder)!r})"
    print(readable(f"To try it as others will: {how}"))
    return 0


def _check_branch(branch: str | None) -> None:
    """Raise unless the hub allows the name of a branch."""
    try:
        parse_address(f"hf://user/name@{branch or 'main'}")
    except ValueError:
        raise ValueError(f"--branch: expected the name of a branch, got {branch!r:.120}") from None


def _write(write: Callable[[Path], Path], folder: Path, overwrite: bool) -> None:
    """Write the files into a new folder, or in place of those of an earlier dry run."""
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not there:
        write(folder)
        return
    if not overwrite:
        raise FileExistsError(
            f"{folder}: expected a new or an empty folder, got one with files (--overwrite "
            "replaces those of an earlier dry run, --out names another folder)"
        )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".hub-") as aside:
        written = {path.name: path for path in write(Path(aside) / "new").iterdir()}
        if others := there - written.keys():
            raise FileExistsError(
                f"{folder}: expected the folder of an earlier dry run, got one with "
                f"{readable(min(others))} (--out names another folder)"
            )
        for name, path in written.items():
            path.replace(folder / name)


def _asked() -> str:
    """Ask for the license on a terminal; raise elsewhere."""
    examples = ", ".join(LICENSES[:4])
    if not is_terminal():
        raise ValueError(
            f"--license: expected the license of the weights, such as {examples}, got none"
        )
    print(f"The license of the weights, such as {examples}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def is_terminal() -> bool:
    """Return whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
