"""`jaxcnn train` and scripts with options of their own, up to the training and after it."""

import dataclasses
import io
import signal
import sys
from functools import partial
from types import SimpleNamespace

import pytest

import jaxcnn
from jaxcnn import commands, distributed
from jaxcnn.commands import _train
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._option_names import with_options
from jaxcnn.commands._predict import predict
from jaxcnn.commands._processes import FINAL
from jaxcnn.commands._train import TrainOptions
from jaxcnn.distributed import ProcessError
from jaxcnn.experiment import Config, _subject
from jaxcnn.training import NonFiniteLossError, Terminated


@pytest.fixture
def signals():
    """Signals are handled afterwards as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def trained(monkeypatch, request):
    """The configs that are trained, instead of training them."""
    request.getfixturevalue("signals")
    configs = []
    monkeypatch.setattr(_train, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(_train, "start", lambda *_: None)
    monkeypatch.setattr(_train, "run", lambda config, **_: configs.append(config))
    return configs


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "pets").mkdir()
    return tmp_path / "pets"


@pytest.fixture
def table(tmp_path):
    (tmp_path / "labels.csv").write_text("path,label\n")
    return tmp_path / "labels.csv"


def status(call, *arguments: object) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        call(*arguments)
    return exit_.value.code


def train(*arguments: object) -> int | str | None:
    return status(commands.main, ["train", *map(str, arguments)])


def test_data_are_a_folder_a_table_or_a_name(trained, pictures, table):
    assert train(pictures, "--epochs", 3) == train(table) == train("mnist") == 0
    assert trained == [
        Config(dataset="folder", data_dir=pictures, epochs=3),
        Config(dataset="table", table=table),
        Config(dataset="mnist"),
    ]
    assert {type(config) for config in trained} == {Config}  # its fields alone are recorded


def test_a_table_and_a_published_set_have_a_folder_beside_them(trained, pictures, table):
    assert train(table, "--data-dir", pictures) == train("digits", "--data-dir", pictures) == 0
    assert [config.data_dir for config in trained] == [pictures, pictures]


def test_a_folder_with_the_name_of_a_data_set(trained, tmp_path, monkeypatch, capsys):
    (tmp_path / "mnist").mkdir()
    monkeypatch.chdir(tmp_path)
    assert train("mnist") == 0
    assert "for the folder, write ./mnist" in capsys.readouterr().err
    assert train("./mnist") == 0
    assert [config.dataset for config in trained] == ["mnist", "folder"]
    assert capsys.readouterr().err == ""


def test_every_option_of_a_config_is_one_of_train():
    names = {field.name for field in dataclasses.fields(TrainOptions)}
    place = {"coordinator", "processes", "process"}
    assert names == {field.name for field in dataclasses.fields(Config)} | {"data"} | place


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{}/none"], "DATA: expected a folder of pictures, a table (.csv), or one of auto"),
        (["cifar11"], "got 'cifar11' (did you mean cifar10"),
        (["{}/labels.csv/"], "DATA: expected a folder of pictures"),
        (["{}/pets", "--data-dir", "x"], "--data-dir: expected none with a folder of pictures"),
        (["digits", "--epochs", "0"], "--epochs: expected at least 1, got 0"),
        (["digits", "--out", "gs://b/run"], "--out: expected a local or shared folder, got 'gs:"),
        (["digits", "--stream"], "--stream: expected False with DATA digits, got True (it applies"),
        (["digits", "--model", "lenet"], "did you mean lenet5"),
        (["{}/pets", "--extend"], "--out: expected the folder of a run with checkpoints with"),
        (["digits", "--early-stopping", "2"], "got 2 (the test images must not decide"),
        (["digits", "--validation-fraction", "1"], "--validation-fraction: expected a finite"),
        (
            ["{}/pets", "--label", "class"],
            "--label: expected none without a table, got 'class' (it",
        ),
    ],
)
def test_bad_command_lines_end_before_anything_is_set_up(
    arguments, message, trained, pictures, capsys
):
    assert train(*(each.format(pictures.parent) for each in arguments)) == 2
    assert trained == []
    assert message in " ".join(capsys.readouterr().err.split())


def test_what_is_found_late_is_said_in_the_words_of_the_command(table, monkeypatch, capsys):
    for name in ("set_up", "start"):  # which come before anything is computed
        monkeypatch.setattr(_train, name, lambda *_, **__: None)
    table.write_text("filename,class\na.png,cat\n")
    assert train(table, "--path", "filename") == 2
    assert "(rename a column, or pass its name, such as --label class)" in capsys.readouterr().err


def test_a_picture_is_no_data_set(tmp_path, capsys):
    (tmp_path / "cat.jpg").write_bytes(b"")
    assert train(tmp_path / "cat.jpg") == 2
    assert "pictures of one class are in a folder" in capsys.readouterr().err


@dataclasses.dataclass(frozen=True)
class Script(Config):
    """A script that trains with other defaults."""

    dataset: jaxcnn.experiment.DatasetName = "mnist"


def test_a_script_has_defaults_of_its_own(trained):
    assert status(commands.run_from_command_line, Script, None, ["--epochs", "2"]) == 0
    assert dataclasses.asdict(trained[0]) == dataclasses.asdict(Script(epochs=2))


PLACE = ["--coordinator", "10.0.0.1:9911", "--processes", "2", "--process", "1"]


def test_the_place_of_a_process(trained, monkeypatch):
    places = []
    monkeypatch.setattr(_train, "start", lambda *place: places.append(place))
    assert train("digits", *PLACE) == 0
    assert status(commands.run_from_command_line, Script, None, PLACE) == 0
    assert train("digits") == 0
    assert places == [("10.0.0.1:9911", 2, 1)] * 2 + [(None, None, None)]
    assert [dataclasses.asdict(config) for config in trained] == [
        dataclasses.asdict(config)
        for config in (Config(dataset="digits"), Script(), Config(dataset="digits"))
    ]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (PLACE[2:], "--coordinator: expected a value beside processes, process, got none"),
        (PLACE[:4], "--process: expected a value beside coordinator, processes, got none"),
        ([*PLACE[:4], "--process", "2"], "--process: expected 0 to 1 for 2 processes, got 2"),
        (["--coordinator", "a", *PLACE[2:]], "--coordinator: expected HOST:PORT, got 'a'"),
    ],
)
def test_half_a_place_is_refused(flags, message, trained, monkeypatch, capsys):
    monkeypatch.setattr(_train, "start", distributed.start)
    assert train("digits", *flags) == 2
    assert message in capsys.readouterr().err
    assert status(commands.run_from_command_line, Script, None, flags) == 2
    assert message in capsys.readouterr().err
    assert trained == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--epochs", "0"], "--epochs: expected at least 1, got 0"),
        (["--extend"], "--out: expected the folder of a run with checkpoints with --extend, got"),
        (["--stream"], "--stream: expected False with --dataset mnist, got True"),
        (["--dataset", "cifar11"], "cifar10"),
    ],
)
def test_bad_flags_end_a_script(flags, message, trained, capsys):
    assert status(commands.run_from_command_line, Script, None, flags) not in (None, 0)
    assert trained == []
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        (
            Config,
            "epochs: expected 1, got 2 (another out= begins anew, extend=True, epochs=3 go on)",
            "--epochs: expected 1, got 2 (another --out begins anew, --extend, --epochs 3 go on)",
        ),
        (
            Config,
            "early_stopping: expected None without a validation_fraction, got 2",
            "--early-stopping: expected none without a --validation-fraction, got 2",
        ),
        (
            Config,
            "a (resume='auto' goes on, flip=False)",
            "a (--resume auto goes on, --no-flip)",
        ),
        (
            Config,
            "/seed: expected a/data_dir/out, got none",
            "/seed: expected a/data_dir/out, got none",
        ),
        (
            Config,
            "config.json: seed: expected 1; seed: expected 2",
            "config.json: seed: expected 1; --seed: expected 2",
        ),
        (TrainOptions, "dataset: expected a name", "DATA: expected a name"),
        (predict, "top: expected 1, got run", "--top: expected 1, got run"),
        (doctor, "a=1: expected 2", "a=1: expected 2"),
    ],
)
def test_errors_name_what_was_typed(kind, message, expected):
    assert with_options(message, kind) == expected


@pytest.mark.usefixtures("trained")
def test_an_output_that_is_ascii_only_ends_no_run(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    monkeypatch.setattr(_train, "run", lambda *_, **__: print("32×32", flush=True))
    assert train("digits") == 0
    assert written.getvalue() == b"32?32\n"


DIVERGED = NonFiniteLossError(
    SimpleNamespace(steps=7), what="the loss is NaN", step=7, epoch=1, learning_rate=1.0
)


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("ends", "code", "printed"),
    [
        (KeyboardInterrupt("interrupted; go on"), 130, "interrupted; go on"),
        (KeyboardInterrupt(), 130, "Interrupted before the training began"),
        (Terminated(), 75, "terminated by SIGTERM"),
        (OSError("no space"), 2, "OSError: no space"),
        (ValueError("seed: expected"), 2, "ValueError: --seed: expected"),
        (DIVERGED, 3, "NonFiniteLossError: training diverged: the loss is NaN at step 7"),
    ],
)
def test_the_status_says_how_a_run_ended(ends, code, printed, monkeypatch, capsys):
    def run(*_, **__):
        raise ends

    monkeypatch.setattr(_train, "run", run)
    assert train("digits") == code
    if code == 130:
        signal.raise_signal(signal.SIGINT)  # while Python ends
    assert printed in capsys.readouterr().err


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(("ends", "code"), [(Terminated(), 75), (KeyboardInterrupt(), 130)])
def test_a_process_that_a_signal_ends_does_not_wait_for_the_others(ends, code, monkeypatch):
    def run(*_, **__):
        raise ends

    left = []
    monkeypatch.setattr(_train, "run", run)
    monkeypatch.setattr(_train, "leave", lambda status: left.append(status) or status)
    assert train("digits") == code
    assert left == [code]


def having_run(text: str) -> ValueError:
    """An error between the first step and the last."""
    error = ValueError(text)
    error.run = SimpleNamespace(steps=7)
    return error


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("error", "has_begun", "restart", "is_started_again"),
    [
        (OSError, False, "0", False),
        (OSError, False, "1", True),  # what is missing now was there before
        (ImportError, False, "1", False),
        (ValueError, True, "1", False),  # the checkpoint is that of another training
        (OSError, True, "0", True),
        (partial(ProcessError, 1), False, "0", False),
        (partial(ProcessError, 1), True, "0", True),
        (having_run, True, "0", True),
        (lambda _: DIVERGED, True, "1", False),
    ],
)
def test_a_training_that_failed_is_started_again(
    error, has_begun, restart, is_started_again, monkeypatch
):
    def run(config, *, on_begin):
        del config
        if has_begun:
            on_begin()
        raise error("no space")

    monkeypatch.setenv("JAXCNN_RESTART", restart)
    monkeypatch.setattr(_train, "run", run)
    code = train("digits")
    assert code not in (None, 0, 75)
    assert (code not in FINAL) == is_started_again


def test_options_that_fit_begin_a_training(tmp_path, monkeypatch):
    """The error of a full disk comes after the training has begun, and that of a folder before."""
    begun = []

    def fit(*_, **__):
        assert begun == [True]
        raise OSError("no space")

    monkeypatch.setattr(_subject, "fit", fit)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    for name, message in (("used", "expected a new folder"), ("new", "no space")):
        config = Config(dataset="digits", epochs=1, out=tmp_path / name)
        with pytest.raises(OSError, match=message):
            jaxcnn.experiment.run(config, on_begin=lambda: begun.append(True))
    assert begun == [True]
