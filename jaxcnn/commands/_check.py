"""The subcommand `jaxcnn check`."""

import warnings
from pathlib import Path

from jaxcnn import data
from jaxcnn._support.columns import check_columns
from jaxcnn.commands._arguments import check_plot_file
from jaxcnn.explain import plot_examples


def check(
    pictures: Path,
    /,
    *,
    path: str = "path",
    label: str = "label",
    size: tuple[int, int] = (32, 32),
    page: Path | None = None,
) -> int:
    """Check image files for problems that spoil training, such as duplicates and damaged files.

    It prints the classes, the pixels, and the sizes of the pictures in their files.

    Args:
        pictures: A folder that contains train/<class>/ and test/<class>/, or only <class>/; or a
            CSV file with a column of paths and one of labels.
        path: Name of the table's column of paths.
        label: Name of the table's column of labels.
        size: Height and width to which the images are resized.
        page: Also save a page of example images to this file, such as examples.png.

    Returns:
        The exit status: 0, or 1 if there is a problem.
    """
    check_plot_file("--page", page)
    is_table = pictures.suffix.lower() == ".csv"
    check_columns(is_table=is_table, path=path, label=label)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if is_table:
            files = data.image_table(pictures, size, path=path, label=label, stream=True)
        else:
            files = data.image_folder(pictures, size, stream=True)
    left_out = [str(warning.message) for warning in caught if warning.category is UserWarning]
    report = data.check(files)
    print(report, *left_out, sep="\n")
    if page is not None:
        plot_examples(report.train.dataset).savefig(page)
        print(f"Examples are in {page}")
    return 1 if report.problems or left_out else 0
