"""Command lines that cannot be read: one line in our grammar, and one that names the help."""

import subprocess
import sys

import pytest

from jaxcnn import commands
from jaxcnn.commands._faults import find_fault
from jaxcnn.commands._main import COMMANDS
from jaxcnn.commands._option_names import join_values
from jaxcnn.commands._parse import parse


@pytest.fixture
def refused(capsys):
    """Calls a wrong command line: the lines on standard error alone."""

    def call(line: str) -> list[str]:
        with pytest.raises(SystemExit) as exit_:
            commands.main(line.split())
        printed = capsys.readouterr()
        assert (exit_.value.code, printed.out) == (2, "")
        return printed.err.splitlines()

    return call


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("train digits --epochs three", "--epochs: expected an integer, got three"),
        ("train digits --seed 1.5", "--seed: expected an integer, got 1.5"),
        ("train digits --learning-rate=fast", "--learning-rate: expected a number, got fast"),
        ("train digits --epochs", "--epochs: expected an integer, got none"),
        (
            "train digits --size 64",
            "--size: expected 2 integers, got 64 (did you mean --size 64 64",
        ),
        ("train digits --size 64 a", "--size: expected 2 integers, got 64 a"),
        ("check pets --size", "--size: expected 2 integers, got none"),
        (
            "train digits --schedule cosin",
            "--schedule: expected one of one_cycle, time_decay, cosine, restarts, got cosin (did",
        ),
        (
            "train digits --no-nesterov True",
            "--no-nesterov: expected --nesterov or --no-nesterov without a value, got True",
        ),
        (
            "train digits --stream=yes",
            "--stream: expected --stream or --no-stream without a value, got yes",
        ),
        ("train digits --nesterov yes", "yes: expected jaxcnn train DATA, got jaxcnn train digits"),
        ("train digits --nesterov --epochs three", "--epochs: expected an integer, got three"),
        ("train digits --no-nesterov --epochs three", "--epochs: expected an integer, got three"),
        ("train --seed 0", "DATA: expected jaxcnn train DATA, got jaxcnn train"),
        ("validate run", "DATA: expected jaxcnn validate RUN DATA, got jaxcnn validate run"),
        ("gallery a 'b", "'b: expected jaxcnn gallery RUN, got jaxcnn gallery a"),
        ("train --data pets", "--data: expected jaxcnn train DATA, got an option"),
        ("launch train digits", "--processes: expected an integer, got none"),
        ("launch -n", "--processes: expected an integer, got none"),
        ("launch -n two train", "--processes: expected an integer, got two"),
        ("launch --proceses 2 train", "--proceses: expected an option of jaxcnn launch, got an"),
        ("predict", "RUN: expected jaxcnn predict RUN PICTURES, got jaxcnn predict"),
    ],
)
def test_values(line, expected, refused):
    first, second = refused(line)
    assert first.startswith(f"ValueError: {expected}")
    assert second == f"See jaxcnn {line.split()[0]} --help"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("train digits --epoch 3", "--epochs or --head-epochs"),
        ("train digits --image-size 64 64", "--size or --batch-size"),
        ("train digits --lr 0.1", "--learning-rate"),
        ("train digits --weights imagenet", "--pretrained"),
        ("train digits --LR=0.1", ""),
        ("train digits --val_fraction 0.1", "--test-fraction or --validation-fraction"),
        ("train digits --no-strem", "--no-stream"),
        ("doctor --jsn", "--json"),
        ("runs -j", "--json"),
        ("runs -x", ""),
    ],
)
def test_unknown_options(line, meant, refused):
    name, *others = line.split()
    typed = next(each for each in others if each.startswith("-")).split("=")[0].replace("_", "-")
    first, second = refused(line)
    hint = f" (did you mean {meant}?)" if meant else ""
    assert first == (
        f"ValueError: {typed}: expected an option of jaxcnn {name}, got an unknown one{hint}"
    )
    assert second == f"See jaxcnn {name} --help"


def test_unknown_commands(refused):
    expected = f"ValueError: COMMAND: expected one of {', '.join(COMMANDS)}, got "
    assert refused("trian") == [f"{expected}'trian' (did you mean train?)", "See jaxcnn --help"]
    assert refused("") == [f"{expected}none", "See jaxcnn --help"]
    assert refused("--json runs")[0].startswith(f"{expected}'--json'")


def test_a_folder_of_runs_that_is_none(refused):
    assert refused("runs nosuch") == [
        "FileNotFoundError: nosuch: expected a folder of runs, got none"
    ]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("train", "a --size 8 8 --stream --no-log-norms --seed=3 --learning_rate 1e-3 --out -"),
        ("train", "--preset quick --nesterov --widths 1 2 3 -- a"),
        ("train", "a --no-nesterov"),
        ("summary", "a --input-shape 32 x 3 --json"),
        ("predict", "run a b - --top 3 --threshold -1"),
        ("runs", ""),
    ],
)
def test_no_fault_is_found_in_a_right_command_line(command, line):
    assert parse(COMMANDS[command], line.split(), prog="jaxcnn") is not None
    assert find_fault(COMMANDS[command], line.split(), "jaxcnn") is None


@pytest.mark.parametrize("values", ["32x32", "none"])
def test_no_values_are_suggested_that_would_be_refused(values, refused):
    first, _ = refused(f"train digits --size {values}")
    assert first == f"ValueError: --size: expected 2 integers, got {values}"


def test_what_is_not_explained_is_said_by_tyro(refused, monkeypatch):
    monkeypatch.setattr("jaxcnn.commands._parse.find_fault", lambda *_: None)
    assert "--epochs" in "".join(refused("train digits --epochs three"))


def help_of(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as exit_:
        commands.main([*arguments, "--help"])
    assert not exit_.value.code
    return capsys.readouterr().out


def test_the_help_is_short_and_in_the_words_of_the_command_line(capsys):
    overview = help_of(capsys)
    assert len(overview.splitlines()) < 60
    assert "jaxcnn train FOLDER" in overview
    for command in COMMANDS:
        text = help_of(capsys, command)
        assert "None" not in text
        assert "(default: )" not in text
        assert text.startswith(f"usage: jaxcnn {command} ")
    assert "RUN DATA" in help_of(capsys, "validate")


def test_the_help_of_a_command_as_in_git(capsys, refused):
    with pytest.raises(SystemExit) as exit_:
        commands.main(["help", "summary"])
    assert not exit_.value.code
    assert capsys.readouterr().out == help_of(capsys, "summary")
    assert refused("help trian")[0].endswith("got 'trian' (did you mean train?)")


@pytest.mark.slow
def test_a_script_names_itself(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "from jaxcnn.commands import run_from_command_line\n"
        "from jaxcnn.experiment import Config\n"
        "run_from_command_line(Config, 'Mine.')\n"
    )
    command = [sys.executable, str(script), "--epochs", "three"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2
    first, second = result.stderr.splitlines()
    assert first == "ValueError: --epochs: expected an integer, got three"
    assert second == f"See {script} --help"


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("runs", "--sort -accuracy", "--sort=-accuracy"),
        ("runs", "--sort --json", "--sort --json"),
        ("runs", "--sort -h", "--sort -h"),
        ("runs", "folder -accuracy", "folder -accuracy"),
        ("launch", "--devices -n 2", "--devices -n 2"),
    ],
)
def test_values_with_a_minus_sign(name, typed, read):
    assert join_values(COMMANDS[name], typed.split()) == read.split()
