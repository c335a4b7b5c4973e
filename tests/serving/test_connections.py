"""Connections over real sockets: refused bodies, slow headers, and what they need of Uvicorn."""

import asyncio
import json
import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from real_server import connect, post, read_response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from jaxcnn import serving
from jaxcnn.serving._connections import _LimitedConnection, connection_class
from jaxcnn.serving._server import _server_class

LIVE = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def config_for(application, keep_alive=30, **limits):
    return uvicorn.Config(
        application,
        http=connection_class(serving.ServerLimits(**limits)),
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=keep_alive,
    )


@contextmanager
def listening(application, **limits):
    """Run an application in a thread, with the connections of `serve`; yield its port."""
    server = uvicorn.Server(config_for(application, **limits))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port(network):
    """A server of a network that is never compiled, so that all predictions are refused."""
    with listening(serving.app(network, name="rows"), max_receive_s=0.2) as port:
        yield port


@pytest.mark.parametrize(("model", "expected"), [("cats", 404), ("rows", 503)])
def test_the_body_of_a_refused_request_is_received(port, model, expected):
    with connect(port) as connection:
        connection.sendall(post(f"/v2/models/{model}/infer", bytes(5_000_000)))
        status, headers, body = read_response(connection)
        assert (status, "connection" in headers) == (expected, False)
        assert json.loads(body).keys() == {"error"}  # and no other response after it
        connection.sendall(LIVE)
        assert read_response(connection)[0] == 200


def test_the_body_of_a_refused_request_is_not_received_for_ever(port):
    request = post("/v2/models/cats/infer", bytes(1000))
    with connect(port) as connection:
        connection.sendall(request[:-1000])
        assert read_response(connection)[0] == 404
        connection.sendall(b"x")
        assert connection.recv(65536) == b""


def test_a_connection_is_closed_some_time_after_a_refused_request(network):
    request = post("/v2/models/cats/infer", bytes(1000))
    with (
        listening(serving.app(network, name="rows"), keep_alive=0.3) as port,
        connect(port) as connection,
    ):
        connection.sendall(request[:-1000])
        assert read_response(connection)[0] == 404
        connection.sendall(request[-1000:])
        assert connection.recv(65536) == b""


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nX: " + b"x" * 2**17, b"\r\n" * 2**16])
def test_headers_are_limited(port, sent):
    with connect(port) as connection:
        connection.sendall(LIVE)
        assert read_response(connection)[0] == 200
        connection.sendall(sent)
        assert read_response(connection)[0] == 431


def test_slow_headers_do_not_break_into_the_answer_before_them():
    async def slow(_scope, _receive, send):
        await asyncio.sleep(0.3)
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    with listening(slow, max_receive_s=0.1) as port, connect(port) as connection:
        connection.sendall(LIVE + LIVE[:20])
        status, headers, body = read_response(connection)
        assert (status, headers["connection"], body) == (200, "close", b"ok")
        assert connection.recv(65536) == b""


def overridden(subclass):
    return {
        name
        for name, value in vars(subclass).items()
        if callable(value) and not name.startswith("_")
    }


def test_uvicorn_has_what_is_overridden_and_read():
    async def application(scope, receive, send):
        pass

    bases = {_LimitedConnection: HttpToolsProtocol, _server_class(uvicorn.Server): uvicorn.Server}
    for subclass, base in bases.items():
        assert overridden(subclass)
        assert overridden(subclass) <= {*dir(base)}
    loop = asyncio.new_event_loop()
    connection = HttpToolsProtocol(config_for(application), ServerState(), {}, loop)
    loop.close()
    read = {"cycle", "connections", "loop", "timeout_keep_alive", "transport"}
    assert read <= vars(connection).keys()
    assert {"keep_alive", "response_complete"} <= {*RequestResponseCycle.__init__.__code__.co_names}
