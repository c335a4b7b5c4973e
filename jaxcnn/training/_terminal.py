"""The terminal while a network trains: a line of progress, and Ctrl-C as a request."""

import math
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from tqdm import tqdm


class Progress:
    """A bar on a terminal, with the time left, and anywhere a plain line for each epoch.

    Args:
        epochs: number of epochs in the run.
        steps: number of steps in an epoch.
        batch_size: images a step.
        enabled: False prints nothing at all.
    """

    def __init__(self, epochs: int, steps: int, batch_size: int, enabled: bool) -> None:
        self.epochs, self.batch_size, self.enabled = epochs, batch_size, enabled
        show_bar = enabled and sys.stderr.isatty()
        self.bar = tqdm(
            total=epochs * steps * batch_size,
            unit=" images",
            unit_scale=True,
            disable=not show_bar,
            leave=False,
        )

    def message(self, text: str) -> None:
        """Print a line above the bar."""
        if self.enabled:
            self.bar.write(text, file=sys.stderr)

    def step(self, epoch: int, loss: float, accuracy: float | None) -> None:
        """One more step is done; `loss` and `accuracy` are the epoch's so far."""
        self.bar.set_description(f"epoch {epoch}/{self.epochs}", refresh=False)
        shown = {"loss": f"{loss:.3f}"}
        if accuracy is not None:
            shown["accuracy"] = f"{accuracy:.1%}"
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(self.batch_size)

    def epoch(self, logs: Mapping[str, Any]) -> None:
        """Print an epoch's line."""
        width = int(math.log10(self.epochs)) + 1
        line = (
            f"epoch {logs['epoch']:{width}}/{self.epochs}  "
            f"{_measured(logs, 'train_', '')}{_measured(logs, 'validation_', 'validation ')}"
        )
        self.message(f"{line}{logs['seconds']:.1f} s  {logs['images_per_second']:,.0f} images/s")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()


def _measured(logs: Mapping[str, Any], prefix: str, what: str) -> str:
    """Loss and accuracy of one set, as far as the logs have them."""
    line = f"{what}loss {logs[f'{prefix}loss']:.4f}  " if f"{prefix}loss" in logs else ""
    if f"{prefix}accuracy" in logs:
        line += f"accuracy {logs[f'{prefix}accuracy']:6.2%}  "
    return line


class Interrupt:
    """Whether Ctrl-C was pressed."""

    requested = False


@contextmanager
def catch_interrupt() -> Iterator[Interrupt]:
    """Within the block, the first Ctrl-C sets a flag; a second one raises KeyboardInterrupt.

    Outside the main thread, where Python delivers no signals, it does nothing.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def request(number, frame) -> None:
        del number, frame
        interrupt.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = signal.signal(signal.SIGINT, request)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, previous)
