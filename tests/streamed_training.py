"""Train a small network on pictures that are streamed from files, save it, and note its checksum.

    python tests/streamed_training.py FOLDER THREADS

Everything is written to FOLDER; `checksum` in it is of the weights and the losses.
"""

import hashlib
import sys
from pathlib import Path
from unittest import mock

import small
from PIL import Image

from jaxcnn.data import Augmentation, image_folder
from jaxcnn.data.pictures import _decode_ahead


def train(folder: Path, threads: int) -> str:
    """Return the checksum of a training whose data and results are in `folder`."""
    data = small.dataset(n=30)
    for place in ("a", "b", "c"):
        (folder / "pictures" / place).mkdir(parents=True)
    for i, (image, label) in enumerate(zip(data.images, data.labels, strict=True)):
        Image.fromarray(image[..., 0]).save(folder / "pictures" / "abc"[label] / f"{i}.png")
    sets = image_folder(folder / "pictures", (8, 8), stream=True)
    with mock.patch.object(_decode_ahead, "thread_count", return_value=threads):
        run = small.quick_fit(
            small.LINEAR,
            sets.train,
            augmentation=Augmentation(flip="random"),
            epochs=1,
            devices=1,
            progress=True,
        )
    run.save(folder / "run")
    losses = [logs["train_loss"] for logs in run.history]
    parts = (*small.as_bits(run.network.variables), repr(losses).encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "checksum").write_text(train(place, int(sys.argv[2])))
