"""Train a convolutional network on pictures of your own.

    python experiments/own_images.py FOLDER                  # FOLDER/<class>/*.jpg, png, ...
    python experiments/own_images.py FOLDER --size 96 96     # what the network sees of each
    python experiments/own_images.py --table labels.csv      # paths and labels, several an image
    python experiments/own_images.py FOLDER --stream         # where they do not fit in memory

FOLDER holds a folder for each class, or `train` and `test` with these inside. Where there is no
part to test on, a fifth of each class is set aside. `--validation-fraction 0.1 --early-stopping 5`
stops by images that are not the test images. Python reads the results:
`jaxcnn.load("runs/...").classify("photo.jpg")`.
"""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro
from _main import run_from_command_line

from jaxcnn.experiment import Config, DatasetName

Folder = Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]


@dataclasses.dataclass(frozen=True)
class OwnImages(Config):
    """A config whose data set follows from what is given.

    Attributes:
        data_dir: The pictures; with a table, the folder that its paths start from, by default
            its own.
    """

    data_dir: Folder = None
    dataset: tyro.conf.Suppress[DatasetName] = "folder"

    def __post_init__(self) -> None:
        if self.data_dir is None and self.table is None:
            raise ValueError("expected a FOLDER of pictures, or a --table of paths and labels")
        # A frozen dataclass is set through `object`.
        object.__setattr__(self, "dataset", "folder" if self.table is None else "table")
        super().__post_init__()


if __name__ == "__main__":
    run_from_command_line(OwnImages, __doc__)
