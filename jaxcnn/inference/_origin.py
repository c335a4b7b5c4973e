"""The published weights that a network has, or began with."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from jaxcnn._support.results import Result


@dataclasses.dataclass(frozen=True)
class Origin(Result):
    """The published weights that a network has, or that its training began with.

    Attributes:
        repository: The repository on the hub, such as ``"timm/resnet50.a1_in1k"``.
        revision: The hash of the repository's commit.
        sha256: The checksum of the file of weights, in hexadecimal digits.

    Raises:
        ValueError: If a field does not have this form.
    """

    repository: str
    revision: str
    sha256: str

    def __post_init__(self) -> None:
        for name, pattern in _PATTERNS.items():
            value = getattr(self, name)
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise ValueError(f"{name}: expected {_IN_WORDS[name]}, got {value!r:.120}")

    def __str__(self) -> str:
        return f"{self.repository} at {self.revision[:12]}"

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Origin":
        """Read what `to_dict` returned.

        Raises:
            TypeError: If it is not such a dict.
            ValueError: If a field does not have its form.
        """
        if not isinstance(content, Mapping) or content.keys() != _PATTERNS.keys():
            raise TypeError(f"origin: expected {', '.join(_PATTERNS)}, got {content!r:.120}")
        return cls(**content)


_PATTERNS = {
    "repository": r"[\w.-]{1,96}/[\w.-]{1,96}",
    "revision": r"[0-9a-f]{40}",
    "sha256": r"[0-9a-f]{64}",
}
_IN_WORDS = {
    "repository": "an owner and a name with a slash between",
    "revision": "the 40 digits of a commit's hash",
    "sha256": "64 hexadecimal digits",
}
