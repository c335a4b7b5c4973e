"""Train a convolutional network on your own images.

    python experiments/own_images.py FOLDER                  # FOLDER/<class>/*.jpg, png, ...
    python experiments/own_images.py FOLDER --size 96 96     # the size of the network's input
    python experiments/own_images.py --table labels.csv      # paths with one or several labels
    python experiments/own_images.py FOLDER --stream         # for images that exceed the memory

FOLDER has one folder per class, or `train` and `test` with one folder per class each. Without a
test part, a fifth of each class is set aside for testing. To stop training by images that are not
test images, use `--validation-fraction 0.1 --early-stopping 5`. Python reads the results:
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
    """The options of the experiment, where the data set follows from `data_dir` and `table`.

    Attributes:
        data_dir: The folder of image files; with a table, the folder to which its paths are
            relative, by default the table's own.
    """

    data_dir: Folder = None
    dataset: tyro.conf.Suppress[DatasetName] = "folder"

    def __post_init__(self) -> None:
        if self.data_dir is None and self.table is None:
            raise ValueError(
                "FOLDER: expected a folder of image files, or a --table of paths and labels, got "
                "neither"
            )
        # Assignment to a field of a frozen dataclass goes through `object`.
        object.__setattr__(self, "dataset", "folder" if self.table is None else "table")
        super().__post_init__()


if __name__ == "__main__":
    run_from_command_line(OwnImages, __doc__)
