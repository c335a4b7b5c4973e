"""What is in TensorBoard's event files."""

import struct
from collections.abc import Iterator
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event


def scalars(folder: Path) -> Iterator[tuple[int, str, float]]:
    """Yield (step, name, value) of the one event file under a run's folder."""
    (path,) = (folder / "tensorboard").iterdir()
    content = path.read_bytes()
    while content:
        # TFRecord: the length and its checksum, the record and its checksum.
        (length,) = struct.unpack("<Q", content[:8])
        event = Event.FromString(content[12 : 12 + length])
        for value in event.summary.value:
            yield event.step, value.tag, value.simple_value
        content = content[16 + length :]
