"""Check that all processes of a training were called in the same way."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from jaxcnn._support.results import as_plain
from jaxcnn.distributed import all_gather
from jaxcnn.training.checkpoints._identity import CONSEQUENCES


def check_same_call(identity: Mapping[str, Any]) -> None:
    """Raise ValueError in all processes unless the training is the same in all of them.

    Args:
        identity: Everything that decides the bits of this process's training, as plain data.
    """
    digests = {name: _digest(value) for name, value in as_plain(identity).items()}
    first, *others = all_gather(digests)
    for process, found in enumerate(others, 1):
        names = [name for name in {**first, **found} if first.get(name) != found.get(name)]
        # These differ with most of the others.
        causes = [name for name in names if name not in CONSEQUENCES] or names
        if causes:
            raise ValueError(
                f"{causes[0]}: expected the same in all processes, got another in process "
                f"{process} than in process 0"
            )


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
