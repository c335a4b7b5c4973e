"""Fuzz the readers of files: damaged and invented inputs, in limited time and memory.

    python tests/fuzzing/fuzz.py --minutes 10                    # make fuzz: all readers, an hour
    python tests/fuzzing/fuzz.py --readers csv images --minutes 1
    python tests/fuzzing/fuzz.py --readers csv --repeat runs/fuzzing/failures/csv-labels.csv-1a2b

A reader may return a result, or raise ValueError or OSError with one readable line that names the
file. Everything else is a failure: another exception, more than five seconds, more memory than
`docs/security.md` says. A failing input is shrunk and saved, and the line that repeats it printed.
"""

import contextlib
import dataclasses
import faulthandler
import hashlib
import os
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import tyro
from _fuzz_readers import READERS
from _fuzz_targets import Reader, Target
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

MAX_SECONDS = 5
"""Of the processor, for one input."""
MAX_HANG = 120
"""Seconds after which the process is ended, with a traceback."""
MAX_MESSAGE = 2000
ROUND = 500
"""Inputs per run of Hypothesis."""
SPARE = 4 << 30
"""Address space in bytes beyond what the process has, so that a bomb does not harm the machine."""


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of the script.

    Attributes:
        readers: The readers to fuzz, one after the other; by default all.
        minutes: Time per reader.
        folder: Where inputs are written.
        seed: Seed of the inputs.
        repeat: A saved input to read again.
    """

    readers: tuple[str, ...] = tuple(READERS)
    minutes: float = 10
    folder: Path = Path("runs/fuzzing")
    seed: int = 0
    repeat: Path | None = None


@dataclasses.dataclass
class Counts:
    """What has happened to a reader.

    Attributes:
        inputs: Inputs that were read.
        accepted: Inputs without an error.
        mebibytes: The most memory that one took, in MiB.
        seconds: The longest time that one took.
    """

    inputs: int = 0
    accepted: int = 0
    mebibytes: float = 0
    seconds: float = 0


class FuzzError(AssertionError):
    """A reader failed."""


class _TimeIsOver(KeyboardInterrupt):
    """Ends a round: Hypothesis lets it through."""


def main(options: Options) -> None:
    """Fuzz, and end with status 1 if a reader failed."""
    soft = _memory("VmSize") * 2**20 + SPARE
    resource.setrlimit(resource.RLIMIT_AS, (int(soft), resource.getrlimit(resource.RLIMIT_AS)[1]))
    failed = 0
    for name in options.readers:
        folder = _new_folder(options.folder.absolute() / "files" / name)
        targets, counts = READERS[name].targets(folder), Counts()
        if options.repeat is not None:
            content = options.repeat.read_bytes()
            _repeat(READERS[name], targets, options.repeat.name, content)
            continue
        try:
            fuzz(READERS[name], targets, 60 * options.minutes, options.seed, counts)
            outcome = "clean"
        except FuzzError as error:
            outcome, failed = f"FAILED: {error}", failed + 1
            saved = _save_failing(options.folder / "failures", name, targets, error)
            outcome += f"\n  python tests/fuzzing/fuzz.py --readers {name} --repeat {saved}"
        print(
            f"{name:13} {counts.inputs:9,} inputs, {counts.accepted:9,} accepted, at most "
            f"{counts.mebibytes:5.0f} MiB and {counts.seconds:4.1f} s  {outcome}",
            flush=True,
        )
    sys.exit(failed > 0)


def fuzz(
    reader: Reader, targets: tuple[Target, ...], seconds: float, first_seed: int, counts: Counts
) -> None:
    """Read inputs until the time is over.

    Raises:
        FuzzError: If the reader fails, or refuses a valid file; its first note is the name of the
            file.
    """
    inputs = st.one_of([st.tuples(st.just(target), target.inputs()) for target in targets])
    number = first_seed * 1_000_000
    for target in targets:
        for content in target.seeds:
            refusal = attempt(reader, target, content, Counts())  # also imports what is needed
            if refusal is not None:
                raise _failure(target, f"expected to read a valid file, got {refusal!s:.300}")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:

        @seed(number)
        @settings(
            max_examples=ROUND,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            report_multiple_bugs=False,
        )
        @given(inputs)
        def read(case: tuple[Target, bytes]) -> None:
            attempt(reader, *case, counts)
            if time.monotonic() > ends:
                raise _TimeIsOver

        with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(_TimeIsOver):
            read()
        number += 1


def attempt(
    reader: Reader, target: Target, content: bytes, counts: Counts
) -> ValueError | OSError | None:
    """Read one input, and raise FuzzError unless that ends as documented.

    Returns:
        The error that refuses the input; None if it is accepted.
    """
    refusal = None
    target.file.write_bytes(content)
    faulthandler.dump_traceback_later(MAX_HANG, exit=True)
    before, started = _memory("VmRSS"), time.process_time()
    _reset_peak()
    try:
        with warnings.catch_warnings(action="ignore"):
            target.read(target.file)
        counts.accepted += 1
    except (ValueError, OSError) as error:
        refusal = error
        _check_message(target, error)
    except Exception as error:
        raise _failure(target, f"{type(error).__name__}: {error!s:.300}") from error
    finally:
        faulthandler.cancel_dump_traceback_later()
    taken = time.process_time() - started
    used = _memory("VmHWM") - before
    counts.inputs += 1
    counts.mebibytes = max(counts.mebibytes, used)
    counts.seconds = max(counts.seconds, taken)
    if taken > MAX_SECONDS:
        raise _failure(target, f"expected at most {MAX_SECONDS} s, got {taken:.1f}")
    if used > reader.mebibytes:
        raise _failure(target, f"expected at most {reader.mebibytes} MiB, got {used:.0f}")
    return refusal


def _check_message(target: Target, error: ValueError | OSError) -> None:
    text = str(error)
    if str(target.file.parent) not in text:
        raise _failure(target, f"expected an error with the file's name, got {text!r:.300}")
    if len(text) > MAX_MESSAGE:
        raise _failure(target, f"expected a short message, got {len(text)} letters: {text!r:.300}")
    if not text.replace("\n", "").isprintable():
        raise _failure(target, f"expected a readable message, got {text!r:.600}")


def _failure(target: Target, text: str) -> FuzzError:
    error = FuzzError(text)
    error.add_note(str(target.file))
    return error


def _memory(entry: str) -> float:
    """Return a number of Linux on this process, in MiB; the peak since the start elsewhere."""
    with contextlib.suppress(OSError), open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(entry))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _reset_peak() -> None:
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def _new_folder(folder: Path) -> Path:
    for file in _tree(folder):
        file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tree(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.rglob("*"), reverse=True))


def _save_failing(folder: Path, name: str, targets: tuple[Target, ...], error: FuzzError) -> Path:
    """Copy the input that failed last, which is the smallest one."""
    file = next(target.file for target in targets if str(target.file) in error.__notes__)
    content = file.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    saved = folder / f"{name}-{file.name}-{hashlib.sha256(content).hexdigest()[:8]}"
    saved.write_bytes(content)
    return saved


def _repeat(reader: Reader, targets: tuple[Target, ...], name: str, content: bytes) -> None:
    for target in targets:
        if f"-{target.file.name}-" in name:
            attempt(reader, target, content, Counts())
            print(f"{target.file}: read as documented")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
