"""The threads of an application: they start once, and end with it."""

import asyncio
import logging
import sys
import threading
import time

import pytest
import uvicorn
from starlette.testclient import TestClient

from jaxcnn import serving
from jaxcnn.serving import _engine


@pytest.fixture
def made(network, monkeypatch):
    """An application whose network takes no time to compile."""
    made = serving.app(network, name="rows")
    monkeypatch.setattr(made.state.engine._programs, "compile", lambda _: None)
    monkeypatch.setattr(_engine, "compile_heat_map", lambda _: None)
    return made


def test_threads_that_wait_at_the_same_time_start_one_compiler(made, monkeypatch):
    engine, compilers = made.state.engine, []
    add_thread = engine._add_thread

    def add_slowly(work):
        compilers.append(work)
        time.sleep(0.05)  # in which the other threads come
        add_thread(work)

    monkeypatch.setattr(engine, "_add_thread", add_slowly)
    threads = [threading.Thread(target=engine.wait, args=(10,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.end()
    assert compilers.count(engine._compile) == 1


def test_a_network_whose_heat_maps_fail_is_served_without_them(made, monkeypatch, caplog):
    def fail(_):
        raise ValueError("a fault of a custom module")

    monkeypatch.setattr(_engine, "compile_heat_map", fail)
    engine = made.state.engine
    with caplog.at_level(logging.ERROR):
        engine.wait(10)
    assert engine.is_ready
    assert not engine.explains
    assert "Grad-CAM fails for this network" in caplog.text
    engine.end()


def test_all_threads_end_with_the_application(made):
    before = {*threading.enumerate()}
    with TestClient(made) as client:
        made.state.engine.wait(10)
        assert client.post("/v2/models/rows/infer", content=b"x" * 100_000).status_code == 400
        names = {thread.name.partition("_")[0] for thread in {*threading.enumerate()} - before}
        assert names >= {"jaxcnn-serving", "jaxcnn-reader"}
    assert {*threading.enumerate()} <= before


def test_all_threads_end_if_the_server_fails(made):
    before = {*threading.enumerate()}

    async def fail():
        async with made.router.lifespan_context(made):
            raise ArithmeticError("bad luck")

    with pytest.raises(ArithmeticError, match="bad luck"):
        asyncio.run(fail())
    assert {*threading.enumerate()} <= before


def test_the_switch_interval_is_restored(network, monkeypatch):
    before, during = sys.getswitchinterval(), []

    def run(_, sockets):
        during.append(sys.getswitchinterval())
        for each in sockets:
            each.close()
        raise ArithmeticError("bad luck")

    monkeypatch.setattr(uvicorn.Server, "run", run)
    with pytest.raises(ArithmeticError):
        serving.serve(network, port=0)
    assert during[0] < before == sys.getswitchinterval()
