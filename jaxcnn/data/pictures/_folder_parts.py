"""Find the parts of a folder of images, to train and to test on, by the names of its folders."""

import os
import re
from typing import NamedTuple

from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._find_images import scan

ROLES = {
    "train": ("train", "training", "trn"),
    "test": ("test", "testing", "tst"),
    "validation": ("val", "valid", "validation", "validate", "eval", "evaluation", "dev"),
}
FILLERS = {"set", "seg", "data", "dataset", "image", "images", "img", "imgs", "split"}


class Parts(NamedTuple):
    """The folders of the parts of a set; `train` is None if the folder has classes instead."""

    train: str | None
    test: str | None
    unread: list[str]


def role_of(name: str) -> str | None:
    """Return what a folder or a split of this name is for: a key of `ROLES`, or None.

    Example:
        >>> [role_of(name) for name in ("Training", "seg_test", "valset", "dev-2017", "dog")]
        ['train', 'test', 'validation', 'validation', None]
    """
    words = [word for word in re.findall("[a-z]+", name.lower()) if word not in FILLERS]
    if len(words) != 1:
        return None
    word = words[0].removesuffix("set")
    return next((role for role, names in ROLES.items() if word in names), None)


def find_parts(folder: str | os.PathLike[str]) -> Parts:
    """Find the folders to train and to test on among the folders in `folder`.

    A folder named exactly ``train`` comes first; of several to test on, one named exactly so, then
    one to test on before one to validate on. Those without class folders are left out.

    Raises:
        DataError: If several folders could be the one to train on.
    """
    folders = scan(folder).folders
    roles = {path: role for path in folders if (role := role_of(os.path.basename(path)))}
    train = _find_train(os.fspath(folder), folders, roles)
    if train is None:
        return Parts(None, None, [])
    tests = [path for path, role in roles.items() if role != "train" and scan(path).folders]
    tests.sort(key=lambda path: (not _is_exact(path, roles[path]), [*ROLES].index(roles[path])))
    test = tests[0] if tests else None
    others = (path for path in folders if path not in (train, test))
    return Parts(train, test, [path for path in others if any(scan(path)[:2])])


def _find_train(folder: str, folders: list[str], roles: dict[str, str]) -> str | None:
    trains = [path for path, role in roles.items() if role == "train"]
    exact = [path for path in trains if _is_exact(path, "train")]
    lower = [os.path.basename(path).lower() for path in folders]
    if exact and len(set(lower)) < len(lower):
        raise DataError(
            f"{folder}: expected folders that differ in more than case, got {_listed(folders)}"
        )
    if exact and (len(roles) > 1 or not _holds_only_images(exact[0])):
        return exact[0]
    found = [path for path in trains if holds_only_folders(path)]
    if len(found) > 1:
        raise DataError(f"{folder}: expected one folder to train on, got {_listed(found)}")
    return found[0] if found else None


def _is_exact(path: str, role: str) -> bool:
    name = os.path.basename(path).lower()
    return name == "train" if role == "train" else name in ("test", "val", "valid", "validation")


def holds_only_folders(path: str) -> bool:
    """Return whether a folder contains folders, but no images directly."""
    listing = scan(path)
    return bool(listing.folders) and not listing.images


def _holds_only_images(path: str) -> bool:
    listing = scan(path)
    return bool(listing.images) and not listing.folders


def holds_classes(path: str) -> bool:
    """Return whether a folder contains several folders, and no images directly."""
    return holds_only_folders(path) and len(scan(path).folders) > 1


def check_classes(folder: str | os.PathLike[str]) -> str | None:
    """Return a warning if the folders in `folder` may be parts of a set rather than classes.

    Raises:
        DataError: If each of them holds its own folders to train and to test on.
    """
    folders = scan(folder).folders
    if len(folders) < 2 or not all(map(holds_only_folders, folders)):
        return None
    inner = [[os.path.basename(path) for path in scan(each).folders] for each in folders]
    if len(inner[0]) < 2 or any(names != inner[0] for names in inner):
        return None
    if "train" in map(role_of, inner[0]):
        raise DataError(
            f"{os.fspath(folder)}: expected train and test folders that hold the classes, got "
            f"{', '.join(map(repr, inner[0]))} within {_listed(folders)} (move them up)"
        )
    return (
        f"{os.fspath(folder)}: took {_listed(folders)} as the classes, though all of them hold the "
        f"same folders {', '.join(map(repr, inner[0]))}; if those are the classes, name the "
        "folders above them train and test"
    )


def _listed(paths: list[str]) -> str:
    return ", ".join(repr(os.path.basename(path)) for path in paths)
