"""Addresses of repositories on the hub, such as ``hf://user/name@revision``."""

import os
import re
from typing import NamedTuple
from urllib.parse import unquote

from jaxcnn.hub._repository import check_name

_SCHEME = re.compile(r"hf:/{1,2}(?!/)")
"""The beginning of an address; `Path` makes ``hf:/`` of it."""


class Address(NamedTuple):
    """A repository of the hub, perhaps at a revision.

    Attributes:
        name: Its name, such as ``"user/name"``.
        revision: Branch, tag or hash of a commit; None if the address has none.
    """

    name: str
    revision: str | None

    def __str__(self) -> str:
        return f"hf://{self.name}" + (f"@{self.revision}" if self.revision else "")


def parse_address(text: str | os.PathLike[str]) -> Address | None:
    """Parse an address of the hub; None if it is the path of a folder.

    Args:
        text: An address such as ``"hf://user/name@main"``, or a path. A slash in the name of a
            branch may be written as ``%2F``, as in other programs.

    Raises:
        ValueError: If it begins with ``hf://``, and what follows is not the name of a repository.

    Example:
        >>> parse_address("hf://user/name@v1.0")
        Address(name='user/name', revision='v1.0')
        >>> parse_address("runs/mine")
    """
    path = os.fspath(text)
    found = _SCHEME.match(path) if isinstance(path, str) else None
    if found is None:
        return None
    name, at, revision = path[found.end() :].partition("@")
    address = Address(name, unquote(revision) if at else None)
    check_name(*address)
    return address
