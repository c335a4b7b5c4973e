"""`start`: who this process is, and when there is nothing to join."""

import importlib
import os
import signal
import sys

import jax
import pytest
import small

import jaxcnn
from jaxcnn.distributed import _start, check_started, start

PLACE = {
    "JAXCNN_COORDINATOR": "10.0.0.1:9911",
    "JAXCNN_PROCESSES": "2",
    "JAXCNN_PROCESS": "1",
}
SECONDS = {
    "heartbeat_timeout_seconds": _start.HEARTBEAT_SECONDS,
    "shutdown_timeout_seconds": _start.SHUTDOWN_SECONDS,
}
OPTIONS = SECONDS | {
    "cluster_detection_method": "deactivate",
    "coordinator_address": "10.0.0.1:9911",
    "num_processes": 2,
    "process_id": 1,
}


@pytest.fixture
def calls(monkeypatch):
    """The calls of `jax.distributed.initialize`, in a process that has computed nothing."""
    found = []
    monkeypatch.setattr(jax.distributed, "initialize", lambda **options: found.append(options))
    monkeypatch.setattr(_start, "has_started", lambda: False)
    monkeypatch.setattr(_start, "connect", lambda: None)
    monkeypatch.setitem(_start._state, "was called", False)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in (*PLACE, "SLURM_NTASKS", "SLURM_STEP_TASKS_PER_NODE", "JAX_LOCAL_DEVICE_IDS"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_the_place_is_in_the_arguments(calls):
    start("10.0.0.1:9911", 2, 1)
    assert calls == [OPTIONS]
    start("10.0.0.1:9911", 2, 1)  # does nothing
    assert len(calls) == 1


def test_the_place_is_in_the_environment(calls, monkeypatch):
    for name, value in PLACE.items():
        monkeypatch.setenv(name, value)
    start()
    assert calls == [OPTIONS]


def test_jax_finds_the_place(calls):
    start()
    assert calls == [SECONDS]


def test_one_process_joins_nobody(calls, monkeypatch):
    start("10.0.0.1:9911", 1, 0)
    assert not calls
    monkeypatch.setitem(_start._state, "was called", False)
    monkeypatch.setenv("SLURM_NTASKS", "1")  # JAX would take one of its GPUs
    start()
    assert not calls


def test_without_any_other_process_start_does_nothing(calls, monkeypatch):
    def initialize(**_):
        raise ValueError("coordinator_address should be defined.")

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    hook = sys.excepthook
    start()
    assert sys.excepthook is hook
    assert not calls


def test_after_a_computation_start_is_too_late(calls, monkeypatch):
    monkeypatch.setattr(_start, "has_started", lambda: True)
    with pytest.raises(RuntimeError, match="start: expected a call before JAX computes"):
        start()
    assert not calls


def test_fit_refuses_to_train_alone_beside_processes_that_it_has_not_joined(calls, monkeypatch):
    net, data = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)]), small.dataset(6)
    monkeypatch.setenv("JAXCNN_PROCESSES", "2")
    missing = r"jaxcnn\.distributed\.start: expected a call .* got none \(JAXCNN_PROCESSES=2 "
    with pytest.raises(RuntimeError, match=missing):
        jaxcnn.fit(net, data, epochs=1, progress=False)
    with pytest.raises(RuntimeError, match=missing):
        jaxcnn.fit_ensemble(net, data, seeds=(0,), epochs=1, progress=False)
    monkeypatch.setenv("JAXCNN_PROCESSES", "1")
    check_started()
    assert not calls


@pytest.mark.parametrize(("variable", "lines"), [("no_grpc_proxy", 0), ("http_proxy", 1)])
def test_proxies_are_warned_of_only_if_there_is_one(calls, monkeypatch, caplog, variable, lines):
    state = importlib.import_module("jax._src.distributed").State()
    state.client = object()  # so that JAX raises after its warning
    monkeypatch.setattr(os, "environ", {variable: "127.0.0.1"})

    def initialize(**_):
        with pytest.raises(RuntimeError, match="only be called once"):
            state.initialize("127.0.0.1:1", 2, 1, cluster_detection_method="deactivate")

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    start("127.0.0.1:1", 2, 1)
    assert len(caplog.records) == lines
    assert not calls


def test_windows_has_no_collectives(calls, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(RuntimeError, match="expected Linux or macOS, got Windows"):
        start("10.0.0.1:9911", 2, 1)
    assert not calls


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        (("10.0.0.1:9911", None, 1), ValueError, "processes: expected a value beside coordinator"),
        ((None, 2, 1), ValueError, "coordinator: expected a value beside processes, process, got"),
        (("10.0.0.1", 2, 1), ValueError, r"coordinator: expected HOST:PORT, got '10\.0\.0\.1'"),
        ((9911, 2, 1), TypeError, "coordinator: expected a text such as"),
        (("a:1", 0, 0), ValueError, "processes: expected at least 1, got 0"),
        (("a:1", 2, 2), ValueError, "process: expected 0 to 1 for 2 processes, got 2"),
        (("a:1", 2, "1"), TypeError, "process: expected an integer, got '1'"),
    ],
)
def test_wrong_arguments(calls, arguments, kind, match):
    with pytest.raises(kind, match=match):
        start(*arguments)
    assert not calls


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"JAXCNN_PROCESS": None}, "JAXCNN_PROCESS: expected a value beside JAXCNN_COORDINATOR"),
        ({"JAXCNN_PROCESSES": "two"}, "JAXCNN_PROCESSES: expected an integer, got 'two'"),
        ({"JAXCNN_PROCESS": "2"}, "JAXCNN_PROCESS: expected 0 to 1 for 2 processes, got 2"),
        ({"JAXCNN_COORDINATOR": ":"}, "JAXCNN_COORDINATOR: expected HOST:PORT, got ':'"),
    ],
)
def test_wrong_variables(calls, change, match, monkeypatch):
    for name, value in (PLACE | change).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=match):
        start()
    assert not calls


@pytest.mark.parametrize(
    ("tasks", "expected"), [("1(x2)", "all"), ("1", "all"), ("2(x2)", "0"), ("2,1", "0")]
)
def test_a_process_that_is_alone_on_its_node_gets_all_gpus(calls, monkeypatch, tasks, expected):
    def initialize(**_):
        jax.config.update("jax_cuda_visible_devices", "0")  # as JAX does under SLURM

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    monkeypatch.setenv("SLURM_STEP_TASKS_PER_NODE", tasks)
    try:
        start()
        assert jax.config.values["jax_cuda_visible_devices"] == expected
    finally:
        jax.config.update("jax_cuda_visible_devices", "all")
    assert not calls


def test_signals_and_errors_keep_their_handlers(calls, monkeypatch, capsys):
    mine, shown = lambda *_: None, []
    before = signal.signal(signal.SIGTERM, mine)
    monkeypatch.setattr(sys, "excepthook", lambda *error: shown.append(error))

    def initialize(**_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as JAX's preemption service does

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    try:
        start("10.0.0.1:9911", 2, 1)
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)
    left = []
    monkeypatch.setattr(_start, "leave", left.append)
    sys.excepthook(KeyError, KeyError("mine"), None)
    assert (len(shown), left) == (1, [1])
    assert not calls
    assert not capsys.readouterr().err
