"""Arguments that several subcommands share: a network, a data set, and an output file."""

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from jaxcnn._support.extras import import_extra
from jaxcnn._support.set_up import has_started, set_up
from jaxcnn._support.texts import readable
from jaxcnn.hub import is_model_folder, load, parse_address
from jaxcnn.layers import Layer
from jaxcnn.models import MODELS, by_name
from jaxcnn.reports import report_without_link
from jaxcnn.runs import NETWORK, read_architecture, read_record

Shape = tuple[int, ...]


def read_network(model: str, input_shape: Sequence[str] | None) -> tuple[Layer, Shape, str]:
    """Read a network from the command line: its architecture, its input shape and its name."""
    path = Path(model)
    shape = None if input_shape is None else _parse_shape(input_shape)
    address = parse_address(model)
    if address is not None or (model not in MODELS and is_model_folder(model)):
        network = load(model).network
        if network.architecture is None:
            raise ValueError(f"MODEL: expected layers of jaxcnn, got the module in {model!r}")
        name = path.resolve().name if address is None else address.name
        return network.architecture, shape or network.input_shape, name
    if path.suffix.lower() == ".json":
        architecture = read_architecture(path)
        if shape is None:
            raise ValueError(
                f"--input-shape: expected a shape such as 32 32 3 for {path.name}, got none"
            )
        return architecture, shape, path.stem
    if model not in MODELS and path.is_dir():
        trained_shape = read_record(path).interface.input_shape
        return read_architecture(path), shape or trained_shape, path.resolve().name
    if model not in MODELS and path.exists():
        raise ValueError(
            "MODEL: expected a network of the zoo, the folder of a run, an address of the hub or a "
            f".json file, got the file {model!r}"
        )
    made = by_name(model)
    if shape is not None and len(shape) != len(made.input_shape):
        raise ValueError(
            f"--input-shape: expected {len(made.input_shape)} integers for {model}, such as "
            f"{_spaced(made.input_shape)}, got {_spaced(shape)}"
        )
    return made.make(), shape or made.input_shape, model


def _parse_shape(written: Sequence[str]) -> Shape:
    """Parse integers separated by blanks, commas or ×."""
    sizes = [size for size in re.split(r"[\s,x×]+", " ".join(written)) if size]
    if not sizes or not all(re.fullmatch(r"-?\d+", size) for size in sizes):
        raise ValueError(
            f"--input-shape: expected integers such as 32 32 3, got {' '.join(written)!r}"
        )
    return tuple(map(int, sizes))


def _spaced(shape: Shape) -> str:
    return " ".join(map(str, shape))


def keep_programs(cache: Path | None) -> None:
    """Keep compiled programs in a folder, by default in the one that experiments use.

    If JAX has started, as in a program that calls a command, its settings stay.
    """
    if not has_started():
        set_up(cache=cache or True)


def check_run_first(command: str, run: Path, others: Sequence[str]) -> None:
    """Raise if the first argument of a command is not the folder of a run, but a later one is.

    Args:
        command: The name of the command.
        run: The first argument.
        others: The arguments after it.
    """
    if is_run(run) or is_model_folder(run):  # usually; there may be many pictures, on a slow disk
        return
    later = next((each for each in others if is_run(Path(each)) or is_model_folder(each)), None)
    if later is None and not run.is_file():
        return
    hint = "pictures follow the folder"
    if command in ("export", "serve"):  # which take no pictures
        hint = f"{command} takes the folder, not a file in it"
    if later is not None:
        right = [later, str(run), *(each for each in others if each != later)]
        more = " ..." if len(right) > MAX_SHOWN else ""
        hint = f"did you mean jaxcnn {command} {shlex.join(right[:MAX_SHOWN])}{more}?"
    raise ValueError(
        f"RUN: expected the folder of a run as the first argument, got {str(run)!r} ({hint})"
    )


MAX_SHOWN = 3
"""Arguments that an error shows at most."""


def is_run(path: Path) -> bool:
    """Return whether a path is the folder of a run, and not an address or a folder for the hub."""
    return (path.expanduser() / NETWORK).is_file()


def say_which_is_meant(data: str, names: Sequence[str]) -> None:
    """Print a note if a data set's name is also that of a folder, which is then not used.

    Args:
        data: What was typed.
        names: The names of data sets.
    """
    if data in names and Path(data).is_dir():
        note = f"{data} is taken as the published data set; for the folder, write ./{data}"
        print(note, file=sys.stderr)


def say_if_the_report_lacks_it(page: Path, run: Path) -> None:
    """Print how to get a link to a new page into a report that was written before it.

    Args:
        page: The page.
        run: The folder of the run.
    """
    report = report_without_link(page)
    if report is not None:
        command = f"jaxcnn report {shlex.quote(str(run))}"
        if report.resolve().parent != run.expanduser().resolve():
            command += f" --out {shlex.quote(str(report))}"
        print(readable(f"{report} does not link to it yet: {command} writes the report again"))


def check_plot_file(option: str, file: Path | None) -> None:
    """Raise before any work if a plot cannot be saved to this file."""
    if file is None:
        return
    kinds = import_extra("matplotlib.backend_bases").FigureCanvasBase.get_supported_filetypes()
    if file.suffix[1:].lower() not in kinds:
        raise ValueError(
            f"{option}: expected a file that ends in one of .{', .'.join(kinds)}, got {file}"
        )
    if not file.parent.is_dir():
        raise ValueError(
            f"{option}: expected a file in an existing folder, got {file} (there is no folder "
            f"{file.parent})"
        )
