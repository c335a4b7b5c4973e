"""Show the progress of a training on the terminal, and end it cleanly at Ctrl-C."""

import math
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from jaxcnn._support.progress import message_stream, progress_bar


class Progress:
    """The progress display: one line per epoch, and a bar with the remaining time.

    The bar is shown on terminals, and as a widget in notebooks.

    Args:
        epochs: Number of epochs in the run.
        steps: Number of steps per epoch.
        batch_size: Number of examples per step.
        enabled: Whether to print anything.
        noun: What one example is called, such as ``"image"``.
        held_out: What the examples are called that are evaluated after each epoch.
    """

    def __init__(
        self,
        epochs: int,
        steps: int,
        batch_size: int,
        enabled: bool,
        *,
        noun: str = "image",
        held_out: str = "validation",
    ) -> None:
        self.epochs, self.batch_size, self.enabled = epochs, batch_size, enabled
        self.noun, self.held_out = noun, held_out
        self.bar = progress_bar(
            enabled=enabled,
            total=epochs * steps * batch_size,
            unit=f" {noun}s",
            unit_scale=True,
            leave=False,
        )

    def message(self, text: str) -> None:
        """Print a line above the bar."""
        if self.enabled:
            self.bar.write(text, file=message_stream())

    def resume(self, steps: int, history: Sequence[Mapping[str, Any]]) -> None:
        """Show the epochs of a training that goes on from a checkpoint, and advance the bar."""
        for logs in history:
            self.epoch(logs)
        self.message(f"going on from the checkpoint after step {steps}")
        self.bar.update(steps * self.batch_size)

    def step(self, epoch: int, loss: float, accuracy: float | None) -> None:
        """Advance the bar by one step, with the means of the epoch so far."""
        self.bar.set_description(f"epoch {epoch}/{self.epochs}", refresh=False)
        shown = {"loss": f"{loss:.3f}"}
        if accuracy is not None:
            shown["accuracy"] = f"{accuracy:.1%}"
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(self.batch_size)

    def epoch(self, logs: Mapping[str, Any]) -> None:
        """Print the line of an epoch."""
        width = int(math.log10(self.epochs)) + 1
        line = (
            f"epoch {logs['epoch']:{width}}/{self.epochs}  "
            f"{_measured(logs, 'train_', '')}{_measured(logs, 'validation_', f'{self.held_out} ')}"
        )
        rate = f"{logs['images_per_second']:,.0f} {self.noun}s/s"
        self.message(f"{line}{logs['seconds']:.1f} s  {rate}")

    def end(
        self, interrupt: "Interrupt", step: int, folder: Path | None, stopped: str | None = None
    ) -> None:
        """Say that a signal or a limit ended the training, if one did.

        Args:
            interrupt: What Ctrl-C or SIGTERM asked for.
            step: The number of updates so far.
            folder: The folder with the checkpoint; None: nothing is saved.
            stopped: Why the training ended before its last epoch; None: it did not.
        """
        if stopped is not None and not interrupt.requested:
            self.message(f"stopped after step {step} by {stopped}")
        if interrupt.requested:
            what = "terminated by SIGTERM" if interrupt.terminate else "interrupted"
            when = f"after step {step}" if step else "before the first step"
            where = f"; the checkpoint is in {folder}" if step and folder is not None else ""
            self.message(f"{what} {when}{where}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()


def _measured(logs: Mapping[str, Any], prefix: str, what: str) -> str:
    """Format the loss, the accuracy and other metrics of one set, where the logs have them."""
    line = f"{what}loss {logs[f'{prefix}loss']:.4f}  " if f"{prefix}loss" in logs else ""
    if f"{prefix}accuracy" in logs:
        line += f"accuracy {logs[f'{prefix}accuracy']:6.2%}  "
    shown = (f"{prefix}loss", f"{prefix}accuracy")
    others = [name for name in logs if name.startswith(prefix) and name not in shown]
    return line + "".join(f"{name.removeprefix(prefix)} {logs[name]:.4f}  " for name in others)


class StopRequested(BaseException):
    """Raised by a signal where the training may stop at once: within `Interrupt.at_once`."""


class Terminated(SystemExit):
    """SIGTERM ended a training that can be resumed.

    A program that does not catch this exception ends with exit status 75 (EX_TEMPFAIL), which tells
    schedulers to start the program again.
    """

    def __init__(self) -> None:
        super().__init__("terminated by SIGTERM")
        self.code = os.EX_TEMPFAIL if hasattr(os, "EX_TEMPFAIL") else 75


class Interrupt:
    """The request of Ctrl-C or SIGTERM to stop.

    Attributes:
        requested: Whether one of them was received.
        terminate: Whether it was SIGTERM.
    """

    def __init__(self) -> None:
        self.requested = self.terminate = self._raises = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a signal end the block by StopRequested, in place of only setting the flag."""
        if self.requested:
            raise StopRequested
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def receive(self, number: int, frame: object) -> None:
        """Handle a signal; the same signal again ends the program in the usual way."""
        del frame
        self.requested = True
        self.terminate = self.terminate or number == signal.SIGTERM
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, usual)
        if self._raises:
            raise StopRequested


@contextmanager
def catch_interrupt(*, terminate: bool = False) -> Iterator[Interrupt]:
    """Turn the first Ctrl-C within a block into a flag; a second one raises KeyboardInterrupt.

    Outside the main thread, where Python delivers no signals, this does nothing.

    Args:
        terminate: Whether to do the same for SIGTERM. The block then ends by Terminated, whatever
            it did in the meantime, unless it ends by another error.

    Raises:
        Terminated: If SIGTERM was received within the block.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    numbers = (signal.SIGINT, signal.SIGTERM) if terminate else (signal.SIGINT,)
    previous = {number: signal.signal(number, interrupt.receive) for number in numbers}
    try:
        yield interrupt
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if interrupt.terminate:
        raise Terminated
