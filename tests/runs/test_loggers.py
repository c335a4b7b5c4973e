"""Weights & Biases and MLflow get the metrics of each epoch, and say how the training ended."""

import sys
from types import SimpleNamespace

import pytest

from jaxcnn.experiment import Config
from jaxcnn.experiment._epoch_log import epoch_log, import_loggers
from jaxcnn.runs import MetricLogger, mlflow_logger, tensorboard_logger, wandb_logger

HISTORY = (
    {"epoch": 1, "train_loss": 0.5, "rate": None, "name": "a", "norms": {"layers.0": 2}},
    {"epoch": 2, "train_loss": 0.25},
)
NUMBERS = ({"train_loss": 0.5, "norms/layers.0": 2.0}, {"train_loss": 0.25})


class Recorder:
    """An object whose methods record how they were called."""

    def __init__(self, **returned):
        self.calls, self.returned = [], returned

    def __getattr__(self, name):
        def method(*positional, **named):
            self.calls.append((name, positional, named))
            return self.returned.get(name)

        return method


def train(logger, error=None):
    """Do to a logger what `fit` does, in a `with` statement."""
    with logger as log:
        for logs in HISTORY:
            assert log("state", logs) is None  # True would end the training
        if error is not None:
            raise error


@pytest.fixture
def wandb(monkeypatch):
    run = Recorder()
    wandb = Recorder(init=run)
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    return SimpleNamespace(calls=wandb.calls, run=run)


@pytest.fixture
def mlflow(monkeypatch):
    run = SimpleNamespace(info=SimpleNamespace(run_id="r"))
    client = Recorder(create_experiment="7", create_run=run)
    entities = SimpleNamespace(Metric=lambda *each: each, Param=lambda *each: each)
    fake = Recorder(MlflowClient=client)
    fake.entities = entities
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    return SimpleNamespace(calls=fake.calls, client=client)


def test_what_wandb_is_told(wandb):
    train(wandb_logger("digits", config={"widths": (8, 16)}, mode="offline", name="small"))
    options = {"project": "digits", "config": {"widths": [8, 16]}}
    assert wandb.calls == [("init", (), options | {"mode": "offline", "name": "small"})]
    assert wandb.run.calls == [
        ("log", ({"epoch": 1, **NUMBERS[0]},), {"step": 1}),
        ("log", ({"epoch": 2, **NUMBERS[1]},), {"step": 2}),
        ("finish", (), {"exit_code": 0}),
    ]


def test_what_mlflow_is_told(mlflow, monkeypatch):
    monkeypatch.setattr("jaxcnn.runs._loggers.time.time", lambda: 1.5)
    config = {"tx": {"rate": 0.1}, "note": "x" * 501}
    train(mlflow_logger("digits", config=config, name="small", tracking_uri="sqlite:///a.db"))
    assert mlflow.calls == [("MlflowClient", ("sqlite:///a.db",), {})]
    params = [("tx.rate", "0.1"), ("note", "x" * 500)]
    first = [("train_loss", 0.5, 1500, 1), ("norms/layers.0", 2.0, 1500, 1)]
    assert mlflow.client.calls == [
        ("get_experiment_by_name", ("digits",), {}),
        ("create_experiment", ("digits",), {}),
        ("create_run", ("7",), {"run_name": "small"}),
        ("log_batch", ("r",), {"params": params}),
        ("log_batch", ("r",), {"metrics": first}),
        ("log_batch", ("r",), {"metrics": [("train_loss", 0.25, 1500, 2)]}),
        ("set_terminated", ("r", "FINISHED"), {}),
    ]


def test_many_metrics_go_in_several_parts(mlflow):
    with mlflow_logger("digits") as log:
        log.log_epoch({"epoch": 1, "norms": {str(n): n for n in range(250)}})
    sent = [len(named["metrics"]) for name, _, named in mlflow.client.calls if name == "log_batch"]
    assert sent == [100, 100, 50]


def test_an_error_is_passed_on_and_marks_the_run(wandb, mlflow):
    for logger in (wandb_logger("digits"), mlflow_logger("digits")):
        with pytest.raises(RuntimeError, match=r"^lost$"):
            train(logger, error=RuntimeError("lost"))
    assert wandb.run.calls[-1] == ("finish", (), {"exit_code": 1})
    assert mlflow.client.calls[-1] == ("set_terminated", ("r", "FAILED"), {})


def test_only_the_first_process_logs(wandb, mlflow, monkeypatch, tmp_path):
    monkeypatch.setattr("jaxcnn.runs._loggers.is_first", lambda: False)
    for logger in (wandb_logger("a"), mlflow_logger("a"), tensorboard_logger(tmp_path)):
        train(logger)
    assert wandb.calls == mlflow.calls == [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["wandb", "mlflow"])
def test_a_package_that_is_missing_is_named_before_the_training(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"'{name}': pip install 'jaxcnn\[{name}\]'"):
        import_loggers(Config(**{name: "digits"}))


def test_flags_of_experiments(wandb, mlflow, tmp_path):
    config = Config(wandb="mine", mlflow="ours")
    folder = tmp_path / "digits-seed0"
    folder.mkdir()
    with epoch_log(folder, config, {"seed": 0}) as log:
        for logs in HISTORY:
            log(None, logs)
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 2
    given = {"project": "mine", "config": {"seed": 0}, "name": "digits-seed0"}
    assert wandb.calls == [("init", (), given)]
    assert ("create_run", ("7",), {"run_name": "digits-seed0"}) in mlflow.client.calls
    for calls in (wandb.run.calls, mlflow.client.calls):
        names = [name for name, *_ in calls]
        assert names[-1] in ("finish", "set_terminated")
        assert names.count("log" if "log" in names else "log_batch") in (2, 3)


def test_loggers_of_ones_own():
    said = []
    train(MetricLogger(lambda logs: said.append(logs["epoch"]), said.append))
    assert said == [1, 2, False]


@pytest.fixture
def no_network(monkeypatch):
    """Every connection that Python opens to another machine is an error."""
    import socket

    connect = socket.socket.connect

    def connect_here(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError(f"connected to {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up a name"))


@pytest.mark.slow  # importing it and making its database take seconds
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("no_network")
def test_mlflow_itself(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    config = {"rate": 0.1, "widths": (8, 16)}
    train(mlflow_logger("digits", config=config, name="small", tracking_uri=uri))
    with pytest.raises(RuntimeError):
        train(mlflow_logger("digits", tracking_uri=uri), error=RuntimeError())
    assert mlflow.active_run() is None
    client = mlflow.MlflowClient(uri)
    place = client.get_experiment_by_name("digits").experiment_id
    failed, run = client.search_runs([place])
    assert (run.info.status, failed.info.status) == ("FINISHED", "FAILED")
    assert run.info.run_name == "small"
    assert run.data.params == {"rate": "0.1", "widths": "[8, 16]"}
    found = client.get_metric_history(run.info.run_id, "train_loss")
    assert [(each.step, each.value) for each in found] == [(1, 0.5), (2, 0.25)]
    assert run.data.metrics == NUMBERS[0] | NUMBERS[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("no_network")
def test_wandb_itself(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    train(wandb_logger("digits", config={"rate": 0.1}, name="small"))
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    found = file.read_bytes()
    for text in (b"train_loss", b"norms/layers.0", b"digits", b"small", b"rate"):
        assert text in found
