"""`jaxcnn launch` with programs that import nothing of jaxcnn: lines, signals, deaths, restarts."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jaxcnn import commands
from jaxcnn.commands import _launch, _relay, _train
from jaxcnn.commands._launch import mark_script
from jaxcnn.commands._processes import Launcher
from jaxcnn.commands._relay import Relay
from jaxcnn.experiment import Config
from jaxcnn.runs import checkpoint_numbers

BEGIN = """
import json, os, signal, sys, time
from pathlib import Path
number, restart = int(os.environ["JAXCNN_PROCESS"]), int(os.environ["JAXCNN_RESTART"])

def wait_for(name):
    while not Path(name).exists():
        time.sleep(0.005)

def touch(name):
    Path(name).touch()

def log(what):
    with open("log", "a") as file:
        file.write(f"{what} {number}\\n")
"""


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JAX_NUM_CPU_DEVICES", raising=False)


def status(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        commands.main(["launch", *arguments])
    return exit_.value.code


def run(script: str, *arguments: str, processes: int = 2) -> int | str | None:
    """The exit status of processes that run a script."""
    Path("script.py").write_text(BEGIN + script)
    return status("-n", str(processes), *arguments, "script.py")


def logged() -> list[str]:
    return sorted(Path("log").read_text().splitlines())


def test_each_line_begins_with_the_number_of_its_process(capsys):
    script = """
print("first\\nsecond")
print("error", file=sys.stderr)
sys.stdout.write("no end of line")
"""
    assert run(script) == 0
    printed = capsys.readouterr()
    for number in range(2):
        lines = [line for line in printed.out.splitlines() if line.startswith(f"[{number}]")]
        assert lines == [f"[{number}] {text}" for text in ("first", "second", "no end of line")]
    assert sorted(printed.err.splitlines()) == ["[0] error", "[1] error"]


def test_a_process_knows_its_number_and_its_arguments(monkeypatch):
    monkeypatch.setattr(_launch, "cpu_cores", lambda: 7)
    script = "Path(f'{number}.json').write_text(json.dumps([dict(os.environ), sys.argv[1:]]))"
    Path("script.py").write_text(BEGIN + script)
    assert status("-n", "2", "script.py", "--epochs", "3", "-n", "5") == 0
    found = [json.loads(Path(f"{number}.json").read_text()) for number in range(2)]
    for number, (environment, arguments) in enumerate(found):
        assert arguments == ["--epochs", "3", "-n", "5"]
        assert environment["JAXCNN_PROCESS"] == str(number)
        assert environment["JAXCNN_PROCESSES"] == "2"
        assert environment["JAX_NUM_CPU_DEVICES"] == "3"
    host, port = found[0][0]["JAXCNN_COORDINATOR"].split(":")
    assert host == "127.0.0.1"
    assert int(port) > 0
    for name in ("JAXCNN_COORDINATOR", "JAX_COORDINATOR_BIND_ADDRESS"):
        assert {environment[name] for environment, _ in found} == {f"127.0.0.1:{port}"}


def test_devices(monkeypatch, capsys):
    script = "print(os.environ['JAX_NUM_CPU_DEVICES'])"
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "5")
    assert run(script, processes=1) == run(script, "--devices", "2", processes=1) == 0
    assert capsys.readouterr().out.splitlines() == ["[0] 5", "[0] 2"]


def test_a_module(capsys):
    Path("package").mkdir()
    Path("package/module.py").write_text("import sys; print(sys.argv[1:])")
    assert status("-n", "1", "-m", "package.module", "-m", "3") == 0
    assert capsys.readouterr().out == "[0] ['-m', '3']\n"


def test_jaxcnn_train():
    command = _launch._command(["train", "digits", "--epochs", "1"])
    assert command == [sys.executable, "-m", "jaxcnn", "train", "digits", "--epochs", "1"]


def test_the_first_process_that_fails_gives_the_status_and_ends_the_others(capsys):
    script = """
if number == 1:
    wait_for("ready")
    sys.exit(3)
touch("ready")
time.sleep(60)
"""
    assert run(script) == 3
    said = "[launch] process 1 ended with status 3; process 0 must end in 30 s\n"
    assert capsys.readouterr().err == said


def test_a_process_that_does_not_end_is_killed(capsys):
    script = """
if number == 1:
    wait_for("ready")
    os.kill(os.getpid(), signal.SIGSEGV)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
touch("ready")
time.sleep(60)
"""
    assert run(script, "--grace", "0.1") == 128 + signal.SIGSEGV
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "[launch] process 1 was ended by SIGSEGV; process 0 must end in 0.1 s",
        "[launch] killing process 0",
    ]


@pytest.mark.thorough
def test_what_a_process_has_started_is_killed_with_it():
    script = """
import subprocess
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path("worker").write_text(str(worker.pid))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run(script, processes=1) == 128 + signal.SIGKILL
    worker = int(Path("worker").read_text())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_running(worker):
        time.sleep(0.005)
    assert not is_running(worker)


def is_running(process: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


SAVES = """
def end(signal_number, frame):
    log("saved")
    sys.exit(STATUS)

signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
touch(f"ready {number}")
wait_for("ready 0")
wait_for("ready 1")
"""


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGTERM, 75), (signal.SIGINT, 130), (signal.SIGHUP, 75)]
)
def test_a_signal_is_passed_on_once(number, expected, capsys):
    before = signal.signal(number, signal.SIG_DFL)  # it is ignored in the background of a shell
    script = f"""
if number == 0:
    os.kill(os.getppid(), {number.value})
time.sleep(60)
"""
    script = SAVES.replace("STATUS", str(expected)) + script
    try:
        assert run(script, "--restarts", "3") == expected
    finally:
        signal.signal(number, before)
    assert logged() == ["saved 0", "saved 1"]
    said = capsys.readouterr().err
    assert f"[launch] {number.name}: waiting for processes 0, 1 to end\n" in said
    assert "starting" not in said


def test_after_a_signal_processes_may_take_their_time(capsys):
    """Process 0 may write results for longer than the others."""
    script = """
if number == 0:
    try:
        os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(60)
    finally:
        time.sleep(0.2)
        log("written")
time.sleep(60)
"""
    assert run(SAVES.replace("STATUS", "75") + script, "--grace", "0.01") == 75
    assert logged() == ["saved 0", "saved 1", "written 0"]
    said = capsys.readouterr().err
    assert "[launch] process 1 ended with status 75; waiting for process 0\n" in said
    assert "killing" not in said


def test_handlers_of_signals_are_as_before():
    before = signal.getsignal(signal.SIGTERM)
    assert run("", processes=1) == 0
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_third_signal_kills(capsys):
    script = """
signal.signal(signal.SIGTERM, lambda *arguments: touch(f"got {len(list(Path().glob('got*')))}"))
os.kill(os.getppid(), signal.SIGTERM)
wait_for("got 0")
os.kill(os.getppid(), signal.SIGTERM)
wait_for("got 1")
os.kill(os.getppid(), signal.SIGTERM)
time.sleep(60)
"""
    assert run(script, processes=1) == 128 + signal.SIGKILL
    assert "[launch] SIGTERM: killing process 0\n" in capsys.readouterr().err


def test_after_one_process_has_saved_the_others_are_not_interrupted():
    """They end by themselves: all have agreed to end after the same step."""
    script = """
if number == 1:
    os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.1)
log("ended")
sys.exit(75)
"""
    assert run(SAVES.replace("STATUS", "75") + script) == 75
    assert logged() == ["ended 0", "saved 1"]


def test_restarts(capsys):
    script = """
log(f"{restart} {os.environ['JAXCNN_COORDINATOR']}")
if restart < 2:
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run(script, "--restarts", "2", processes=1) == 0
    assert [line[0] for line in logged()] == ["0", "1", "2"]
    assert len({line.split()[1] for line in logged()}) > 1  # another port
    assert "[launch] starting all again: restart 2 of 2\n" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "starts"), [(1, 3), (75, 3), (2, 1), (3, 1)])
def test_restarts_end(code, starts):
    assert run(f"log(restart)\nsys.exit({code})", "--restarts", "2", processes=1) == code
    assert len(logged()) == starts


def test_one_process_knows_that_a_restart_would_not_help():
    script = """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
log(restart)
touch(f"ready {number}")
wait_for("ready 0")
wait_for("ready 1")
if number == 1:
    sys.exit(1)
time.sleep(60)
"""
    assert run(script, "--restarts", "2") == 1
    assert len(logged()) == 2


BAD = {
    ("-n", "0", "train"): "-n: expected at least 1, got 0",
    ("-n", "2", "--devices", "0", "train"): "--devices: expected at least 1, got 0",
    ("-n", "2", "--restarts", "-1", "train"): "--restarts: expected at least 0, got -1",
    ("-n", "2", "--grace", "-1", "train"): (
        "--grace: expected a finite number of at least 0, got -1.0"
    ),
    ("-n", "2"): "SCRIPT: expected a Python file, -m and a module, or train, got none",
    ("-n", "2", "-m"): "-m: expected the name of a module, got none",
    ("-n", "2", "a.py", "--x"): (
        "SCRIPT: expected a Python file, -m and a module, or train, got 'a.py' "
        "(there is no such file)"
    ),
    ("-n", "2", "."): (
        "SCRIPT: expected a Python file, -m and a module, or train, got '.' (this is a folder)"
    ),
    ("-n", "2", "trian", "x"): (
        "SCRIPT: expected a Python file, -m and a module, or train, got 'trian' "
        "(did you mean train?)"
    ),
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input(arguments, capsys):
    assert status(*arguments) == 2
    assert capsys.readouterr().err == f"ValueError: {BAD[arguments]}\n"


def test_the_number_of_processes_is_required(capsys):
    assert status("script.py") == 2
    assert "--processes: expected an integer, got none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-n 2 train --help", "-n 2 -- train --help"),
        ("--processes=2 -m a.b -n 3", "--processes=2 -- -m a.b -n 3"),
        ("-n 2 -- -m a", "-n 2 -- -m a"),
        ("--help", "--help --"),
        ("-n", "-n --"),
    ],
)
def test_own_options_stand_before_the_script(given, expected):
    assert mark_script(given.split()) == expected.split()


def test_gpus_are_shared(monkeypatch):
    monkeypatch.setattr(_launch, "_has_cuda_plugin", lambda: True)
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0, 2,MIG-1")
    shares = [_launch._environment(number, 2, None) for number in range(2)]
    assert [share["CUDA_VISIBLE_DEVICES"] for share in shares] == ["0", "2,MIG-1"]
    with pytest.raises(ValueError, match=r"-n: expected at most one process per GPU \(3\), got 4"):
        _launch._environment(0, 4, None)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert "CUDA_VISIBLE_DEVICES" not in _launch._environment(0, 4, None)


class Terminal(io.StringIO):
    """Text with what a terminal shows of it."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        lines = [""]
        for part in self.getvalue().replace("\n", "\n\r").split("\r"):
            text, *rest = part.split("\n")
            lines[-1] = text + lines[-1][len(text) :]
            lines += rest
        return [line.rstrip() for line in lines]


class Pipe(io.RawIOBase):
    """A pipe that is read in given pieces."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = [piece.encode() for piece in pieces]

    def read(self, size: int = -1) -> bytes:
        del size
        return self.pieces.pop(0) if self.pieces else b""


BAR = ("\r 10%|x", "   |", "\r 20%|xx  |\r          \r", "\repoch 1\n\r 30%|xxx |")


def test_a_progress_bar_stays_below_other_lines(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    relay = Relay()
    relay.copy(0, Pipe(*BAR[:3]), terminal)
    assert terminal.screen() == [""]
    relay = Relay()
    relay._copy_line(1, b"before", terminal)
    relay._show(0, b" 50%|xx |")
    assert terminal.screen() == ["[1] before", "[0]  50%|xx |"]
    relay._copy_line(1, b"after", terminal)
    assert terminal.screen() == ["[1] before", "[1] after", "[0]  50%|xx |"]
    relay.copy(0, Pipe("\r   \repoch 1", "\n", "\r 60%|xxx|"), terminal)  # as tqdm writes a line
    assert terminal.screen()[2:] == ["[0] epoch 1", "[0]  60%|xxx|", ""]


def test_the_other_processes_are_not_looked_for_at_a_proxy(monkeypatch):
    for name in ("no_grpc_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert _launch._environment(0, 2, None)["no_grpc_proxy"] == "127.0.0.1"
    monkeypatch.setenv("no_proxy", "localhost,10.0.0.1")
    assert _launch._environment(0, 2, None)["no_grpc_proxy"] == "localhost,10.0.0.1,127.0.0.1"


def test_process_0_shows_its_progress_on_a_terminal(monkeypatch):
    assert "JAXCNN_PROGRESS" not in _launch._environment(0, 2, None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "60")
    shown = _launch._environment(0, 2, None)
    assert (shown["JAXCNN_PROGRESS"], shown["COLUMNS"]) == ("1", "56")
    assert "JAXCNN_PROGRESS" not in _launch._environment(1, 2, None)


def test_a_progress_bar_is_left_out_of_files():
    file = io.StringIO()
    Relay().copy(0, Pipe(*BAR, "\r 40%|xxxx|", "\n", "last\r\n"), file)
    assert file.getvalue() == "[0] epoch 1\n[0]  40%|xxxx|\n[0] last\n"


def test_text_is_printed_whole():
    file = io.StringIO()
    Relay().copy(2, Pipe("a\nb", "c\n\n", "d"), file)
    assert file.getvalue() == "[2] a\n[2] bc\n[2] \n[2] d\n"


def test_text_is_utf_8_under_lc_all_c():
    program = f"""
import io, runpy, sys
relay = runpy.run_path({_relay.__file__!r})["Relay"]()
relay.copy(0, io.BytesIO(b"caf\\xc3\\xa9\\n"), sys.stdout)
"""
    printed = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        env=os.environ | {"LC_ALL": "C"},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert printed.splitlines() == [b"[0] caf\xc3\xa9"]


class Closed(io.StringIO):
    """An output that nobody reads."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(text)


def test_processes_end_if_nobody_reads_their_output(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Closed())
    program = "import time; print(1, flush=True); time.sleep(60)"
    with pytest.raises(BrokenPipeError):
        Launcher([sys.executable, "-c", program], [{}, {}], grace=30).run(restarts=3)


def test_a_program_that_cannot_be_started():
    with pytest.raises(FileNotFoundError):
        Launcher(["./nothing"], [{}], grace=30).run()


@pytest.mark.parametrize(
    ("restart", "resume", "expected"),
    [
        (None, "never", "never"),
        ("0", "never", "never"),
        ("1", "never", "auto"),
        ("2", "must", "must"),
    ],
)
def test_an_experiment_that_is_started_again_goes_on(restart, resume, expected, monkeypatch):
    monkeypatch.delenv("JAXCNN_RESTART", raising=False)
    if restart is not None:
        monkeypatch.setenv("JAXCNN_RESTART", restart)
    assert _train._resumed(Config(dataset="digits", resume=resume)).resume == expected


def test_without_checkpoints_an_experiment_cannot_be_started_again(monkeypatch):
    monkeypatch.setenv("JAXCNN_RESTART", "1")
    with pytest.raises(ValueError, match="checkpoint_every: expected checkpoints"):
        _train._resumed(Config(dataset="digits", checkpoint_every=0))


@pytest.mark.slow
def test_the_command_ends_with_the_status_of_a_signal():
    """As a program of its own, whose handlers of signals are those of a shell's children."""
    Path("script.py").write_text(BEGIN + "touch(f'ready {number}')\ntime.sleep(60)")
    command = [sys.executable, "-m", "jaxcnn", "launch", "-n", "2", "script.py"]
    launched = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while len(list(Path().glob("ready*"))) < 2:
        time.sleep(0.05)
    os.kill(launched.pid, signal.SIGTERM)
    _, said = launched.communicate(timeout=30)
    assert launched.returncode == 128 + signal.SIGTERM
    assert "was ended by SIGTERM" in said


TRAINS = """
import numpy as np
import jaxcnn

jaxcnn.distributed.start()
data = jaxcnn.data.Dataset(np.zeros((40, 8, 8, 1), np.uint8), np.arange(40) % 2, ("a", "b"))
net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2)])

def on_step(step):
    Path(f"process{number}").write_text(str(os.getpid()))
    time.sleep(0.02)

checkpoints = jaxcnn.training.Checkpoints("saved", every_seconds=3600)
jaxcnn.fit(net, data, epochs=5000, batch_size=8, on_step=on_step, checkpoints=checkpoints)
"""


@pytest.mark.slow
def test_if_the_command_is_killed_its_processes_save_and_end():
    Path("script.py").write_text(BEGIN + TRAINS)
    command = [sys.executable, "-m", "jaxcnn", "launch", "-n", "2", "script.py"]
    launched = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 100
    while len(list(Path().glob("process*"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    processes = [int(Path(f"process{number}").read_text()) for number in range(2)]
    launched.kill()
    launched.communicate()
    while any(map(is_running, processes)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert checkpoint_numbers("saved")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc reads this setting on Linux")
def test_processes_begin_with_huge_pages_unless_the_user_chose(monkeypatch):
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    assert _launch._environment(0, 2, 1)["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=1")
    assert "GLIBC_TUNABLES" not in _launch._environment(0, 2, 1)
