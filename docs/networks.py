"""Pages to click through two networks, which `make site` trains and writes.

LeNet-5 is trained on scikit-learn's digits in seconds. `cifar_small` needs CIFAR-10, in the folder
that `$JAXCNN_DATA` names, and minutes; without CIFAR-10 its page is left out. A network that is
trained already, in `build/networks`, is not trained again.
"""

import os
from pathlib import Path
from typing import NamedTuple

import jaxcnn
from jaxcnn.experiment import Config, DatasetName, run

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "networks"

CIFAR10 = os.environ.get("JAXCNN_DATA_NAME", "CIFAR-10")
"""The name of the data set in that folder; a copy with compressed pictures has another one."""

SITE = "site"
"""The folder in `FOLDER` that is copied into the site unchanged."""


class Example(NamedTuple):
    """A network to click through: its file, its name in words, and how it is trained."""

    file: str
    title: str
    dataset: DatasetName
    model: str
    epochs: int


EXAMPLES = (
    Example("lenet5", "LeNet-5 on scikit-learn's digits", "digits", "lenet5", 20),
    Example("cifar_small", f"`cifar_small` on {CIFAR10}", "cifar10", "cifar_small", 4),
)

PAGE = """\
# Click through a network

These pages were written by `jaxcnn explore`, which makes one of your own network:
see [how to](how-to/explore.md).

{}
"""


def write_pages(page: Path, folder: Path = FOLDER) -> list[Path]:
    """Train the networks, and write their pages, and a page that links to them.

    Args:
        page: The page with the links.
        folder: Where the trained networks are kept, and the pages in `site/networks`.

    Returns:
        The pages of the networks.
    """
    written, lines = [], []
    for example in EXAMPLES:
        path = folder / SITE / "networks" / f"{example.file}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _has_data(example):
            lines.append(f"- {example.title}: left out here, because CIFAR-10 was not found.")
            continue
        trained = _trained(example, folder / example.file)
        jaxcnn.explore(trained, out=path)
        written.append(path)
        # As HTML, because Sphinx knows only files that it builds.
        lines.append(f'- <a href="networks/{path.name}">{example.title.replace("`", "")}</a>')
    text = PAGE.format("\n".join(lines))
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")
    return written


def _has_data(example: Example) -> bool:
    if example.dataset == "digits":
        return True
    try:
        jaxcnn.data.cifar10()
    except FileNotFoundError:
        return False
    return True


def _trained(example: Example, folder: Path) -> Path:
    config = Config(
        dataset=example.dataset,
        dataset_name=CIFAR10 if example.dataset == "cifar10" else None,
        model=example.model,
        epochs=example.epochs,
        out=folder,
        resume="auto",
    )
    return run(config)
