"""The command `jaxcnn predict`."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from jaxcnn.data import source_name
from jaxcnn.runs._compiled import keep_compiled_programs
from jaxcnn.runs._cores import make_cores_devices
from jaxcnn.runs._folder import load
from jaxcnn.runs.predicting._pictures import find_pictures, read_names, readable
from jaxcnn.runs.predicting._predict_files import FilePrediction, predict_files
from jaxcnn.runs.predicting._printing import print_csv, print_json, print_table


def predict(
    run: Path,
    pictures: tuple[str, ...] = (),
    /,
    *,
    files_from: str | None = None,
    top: int | None = None,
    threshold: float | None = None,
    explain: Path | None = None,
    json: bool = False,
    csv: bool = False,
    cache: Path | None = None,
) -> int:
    """Name what pictures show: the classes with their probabilities, the most probable first.

    JPEG, PNG, WebP and BMP files of any size are resized until they cover what the network sees,
    and cut to the middle. One that cannot be read is named on standard error, and the rest go on.

    The exit status is 0 if all were read, 1 if some could not be, and 2 if there was nothing to do,
    no run, or the command line is wrong.

    Args:
        run: the folder of a run, as `fit`'s `save` and the experiments write them.
        pictures: files; folders, whose pictures are found (hidden ones and files of other endings
            left out); or - for one picture on standard input.
        files_from: a file with more names, one a line (or each followed by a NUL character, as
            from find -print0); - reads them from standard input.
        top: how many classes to name; by default 3, or of several labels a picture all that it
            shows.
        threshold: of several labels a picture, name those at least as probable; by default 0.5.
        explain: a new folder, for a PNG file of each picture beside its Grad-CAM and its occlusion
            map: where the most probable class shows. Their names begin with the picture's number.
        json: print JSON, a list with an object a picture.
        csv: print CSV, a row a class that is named: path, rank, class, probability, error.
        cache: a folder for compiled programs, with which the command starts sooner the next time;
            by default the one that the experiments use, in the user's cache.
    """
    if json and csv:
        raise ValueError("--json and --csv are two forms of one table: give one of them")
    if files_from == "-" and "-" in pictures:
        raise ValueError("standard input (-) is a picture or a list of names, not both")
    names = [*pictures, *_names_from(files_from)]
    if not names:
        raise ValueError("no pictures: name files or folders behind the folder of the run")
    files = find_pictures(sys.stdin.buffer if name == "-" else name for name in names)
    keep_compiled_programs(cache)
    with suppress(RuntimeError):  # in a program that has computed already, they stay as they are
        make_cores_devices()
    network = load(run)
    predictions = predict_files(network, files, top=top, thresholds=threshold, explain=explain)
    title = "classes, the most probable first" if not network.multilabel else "labels"
    failed: list[FilePrediction] = []
    shown = _with_errors_on_stderr(predictions, failed)
    if json:
        print_json(shown, file=sys.stdout)
    elif csv:
        print_csv(shown, file=sys.stdout)
    else:
        print_table(shown, paths=map(source_name, files), title=title, file=sys.stdout)
    if failed:
        print(f"{len(failed)} of {len(files)} pictures could not be read", file=sys.stderr)
    return 1 if failed else 0


def _names_from(file: str | None) -> list[str]:
    if file is None:
        return []
    return read_names(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())


def _with_errors_on_stderr(
    predictions: Iterable[FilePrediction], failed: list[FilePrediction]
) -> Iterator[FilePrediction]:
    """The same predictions; those with an error are also told, and added to `failed`."""
    for prediction in predictions:
        if prediction.error is not None:
            failed.append(prediction)
            print(f"{readable(prediction.path)}: {prediction.error}", file=sys.stderr)
        yield prediction
