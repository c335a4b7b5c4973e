"""`Launcher`: start the same program in several processes, and end them together."""

import math
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from jaxcnn._support.lifeline import Lifeline, lifeline
from jaxcnn.commands._output import DIVERGED, SAVED, WRONG_COMMAND
from jaxcnn.commands._relay import Relay

FINAL = (WRONG_COMMAND, DIVERGED)
"""Exit statuses that would be the same after a restart."""

_PASSED_ON = {
    getattr(signal, name): getattr(signal, sent)
    for name, sent in (("SIGINT", "SIGINT"), ("SIGTERM", "SIGTERM"), ("SIGHUP", "SIGTERM"))
    if hasattr(signal, name)
}
"""The signals that are passed on, and as which: a closed terminal ends a training in order."""


class _Ended(NamedTuple):
    """A process ended.

    Attributes:
        process: Its number.
        returncode: Its exit status, or a signal's number below 0.
    """

    process: int
    returncode: int

    @property
    def status(self) -> int:
        """The exit status that a shell shows."""
        return self.returncode if self.returncode >= 0 else 128 - self.returncode

    @property
    def in_words(self) -> str:
        """The end of the process, for a line of the launcher."""
        if self.returncode >= 0:
            return f"process {self.process} ended with status {self.returncode}"
        with suppress(ValueError):
            name = signal.Signals(-self.returncode).name
            return f"process {self.process} was ended by {name}"
        return f"process {self.process} was ended by signal {-self.returncode}"


class _Received(NamedTuple):
    """A signal was received."""

    number: int


class _ReaderLeft(NamedTuple):
    """Nobody reads the output any longer."""


class Launcher:
    """Start the same program in several processes, and end them together.

    If a process fails, the others are asked to end, by SIGTERM, and killed after `grace`. Ctrl-C
    and SIGTERM are passed on; then processes may take their time, but a third signal kills them.
    Each process is the first of a group of its own, so that Ctrl-C of a terminal does not reach it
    twice, and that what it has started is killed with it. If this process is killed, processes that
    have called `jaxcnn.distributed.start` get SIGTERM.

    Args:
        command: The program and its arguments.
        environments: The environment variables of each process, in addition to those of this one.
        grace: Seconds from the failure of a process until the others are killed.
    """

    def __init__(
        self, command: Sequence[str], environments: Sequence[Mapping[str, str]], grace: float
    ) -> None:
        self._command, self._environments, self._grace = command, environments, grace
        self._events: queue.SimpleQueue[_Ended | _Received | _ReaderLeft] = queue.SimpleQueue()
        self._relay = Relay(lambda: self._events.put(_ReaderLeft()))
        self._signals: list[int] = []
        self._ended: list[_Ended] = []
        self._were_asked = False
        self._lifeline = Lifeline({}, ())

    def run(self, restarts: int = 0) -> int:
        """Run the processes to their end, and return the exit status.

        The processes are started again if one of them fails, unless a signal was passed on, or the
        status of one of them is in `FINAL`.

        Args:
            restarts: How many times at most.

        Returns:
            0 if all processes ended well, or the status of the first that failed.

        Raises:
            BrokenPipeError: If nobody reads the output any longer.
            OSError: If a process cannot be started.
        """
        with self._receiving_signals(), lifeline() as self._lifeline:
            failed = self._run_once(0)
            for restart in range(1, restarts + 1):
                is_final = any(ended.status in FINAL for ended in self._ended)
                if failed is None or self._signals or is_final:
                    break
                self._say(f"starting all again: restart {restart} of {restarts}")
                failed = self._run_once(restart)
        return 0 if failed is None else failed.status

    def _run_once(self, restart: int) -> _Ended | None:
        """Run the processes once, and return the first that failed."""
        address = f"127.0.0.1:{_free_port()}"
        shared = {
            "JAXCNN_COORDINATOR": address,
            "JAXCNN_RESTART": str(restart),
            "JAX_COORDINATOR_BIND_ADDRESS": address,  # by default, all networks reach process 0
            **self._lifeline.environment,
        }
        started: dict[int, subprocess.Popen[bytes]] = {}
        self._were_asked = all_ended_well = False
        self._ended.clear()
        try:
            for number, own in enumerate(self._environments):
                started[number] = self._start(number, {**os.environ, **shared, **own})
            failed = self._wait(dict(started))
            all_ended_well = failed is None
        finally:
            if not all_ended_well:
                _kill(started)
        return failed

    def _start(self, number: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._command,
            bufsize=0,
            env=environment,
            pass_fds=self._lifeline.descriptors,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        pipes = ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
        copying = [
            threading.Thread(target=self._relay.copy, args=(number, *ends), daemon=True)
            for ends in pipes
        ]
        for thread in copying:
            thread.start()
        threading.Thread(target=self._watch, args=(number, process, copying), daemon=True).start()
        return process

    def _watch(
        self,
        number: int,
        process: subprocess.Popen[bytes],
        copying: Sequence[threading.Thread],
    ) -> None:
        """Report the end of a process, after its last lines were printed."""
        ended = _Ended(number, process.wait())
        self._ended.append(ended)
        deadline = time.monotonic() + 1  # what it has started may still have the pipes
        for thread in copying:
            thread.join(timeout=max(0, deadline - time.monotonic()))
        self._events.put(ended)

    def _wait(self, running: dict[int, subprocess.Popen[bytes]]) -> _Ended | None:
        """Wait until all processes have ended, and return the first that failed.

        Raises:
            BrokenPipeError: If nobody reads the output any longer.
        """
        failed: _Ended | None = None
        reader_left = False
        deadline = math.inf
        while running:
            match self._next_event(deadline):
                case _Ended(number, returncode):
                    del running[number]
                    if returncode and failed is None:
                        failed = next(ended for ended in self._ended if ended.returncode)
                        deadline = self._end_others(failed, _alive(running))
                case _Received(number):
                    self._pass_on(number, running)
                case _ReaderLeft():
                    reader_left = True
                    deadline = time.monotonic() + self._grace
                    self._ask_to_end(running)
                case None:
                    deadline = math.inf
                    self._say(f"killing {_listed(running)}")
                    _kill(running)
        if reader_left:
            raise BrokenPipeError
        return failed

    def _next_event(self, deadline: float) -> _Ended | _Received | _ReaderLeft | None:
        """Return the next event, or None at a deadline."""
        while time.monotonic() < deadline:
            left = deadline - time.monotonic()
            with suppress(queue.Empty):  # at least once a second, for Ctrl-C on Windows
                return self._events.get(timeout=min(1, max(0, left)))
        return None

    def _end_others(self, failed: _Ended, running: Mapping[int, subprocess.Popen[bytes]]) -> float:
        """Say that a process failed, ask the others to end, and return when they are killed.

        If all were asked to end, by a signal or because they have agreed on it, they may take their
        time: process 0 may still write the results.
        """
        in_order = failed.status == SAVED or (bool(self._signals) and failed.returncode > 0)
        others = _listed(running)
        others = f"waiting for {others}" if in_order else f"{others} must end in {self._grace:g} s"
        self._say(f"{failed.in_words}; {others}" if running else failed.in_words)
        if in_order:
            return math.inf
        self._ask_to_end(running)
        return time.monotonic() + self._grace

    def _ask_to_end(self, running: Mapping[int, subprocess.Popen[bytes]]) -> None:
        """Send SIGTERM, once: a second one would end a process before it has saved its state."""
        if not self._were_asked:
            self._were_asked = True
            _send(signal.SIGTERM, running)

    def _pass_on(self, number: int, running: Mapping[int, subprocess.Popen[bytes]]) -> None:
        self._were_asked = True
        name = signal.Signals(number).name
        if len(self._signals) > 2:
            self._say(f"{name}: killing {_listed(running)}")
            _kill(running)
        else:
            self._say(f"{name}: waiting for {_listed(running)} to end")
            _send(_PASSED_ON[number], running)

    @contextmanager
    def _receiving_signals(self) -> Iterator[None]:
        """Turn signals into events while a block runs, if this process does not ignore them."""

        def receive(number: int, frame: object) -> None:
            del frame
            self._signals.append(number)
            self._events.put(_Received(number))

        previous = {number: signal.getsignal(number) for number in _PASSED_ON}
        handled = [number for number, before in previous.items() if before != signal.SIG_IGN]
        for number in handled:
            signal.signal(number, receive)
        try:
            yield
        finally:
            for number in handled:
                signal.signal(number, previous[number])

    def _say(self, text: str) -> None:
        self._relay.line(f"[launch] {text}", sys.stderr)


def _send(number: int, running: Mapping[int, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        if os.name == "nt":  # which has no signals
            process.terminate()
        else:
            process.send_signal(number)


def _kill(processes: Mapping[int, subprocess.Popen[bytes]]) -> None:
    """Kill processes and what they have started."""
    for process in processes.values():
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # all have ended
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()


def _alive(processes: Mapping[int, subprocess.Popen[bytes]]) -> dict[int, subprocess.Popen[bytes]]:
    return {number: each for number, each in processes.items() if each.poll() is None}


def _listed(processes: Mapping[int, subprocess.Popen[bytes]]) -> str:
    """Return the numbers of processes, such as "processes 0, 2"."""
    return f"process{'es' * (len(processes) > 1)} {', '.join(map(str, processes))}"


def _free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
