"""ServerLimits per client, of memory and of time, and applications that cannot be made."""

import asyncio
import dataclasses

import numpy as np
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

import jaxcnn
from jaxcnn import serving
from jaxcnn.data import Regression
from jaxcnn.inference import Normalization
from jaxcnn.serving._bodies import Bodies
from jaxcnn.serving._errors import RequestError
from jaxcnn.serving._messages import RequestReader
from jaxcnn.serving._rates import Rates, client_of
from jaxcnn.serving._tensors import Signature


def test_a_client_may_send_a_burst_and_then_its_rate():
    now = [0.0]
    rates = Rates(10, clock=lambda: now[0])
    for _ in range(20):
        rates.check("192.0.2.1")
    with pytest.raises(RequestError) as caught:
        rates.check("192.0.2.1")
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
    rates.check("192.0.2.2")
    now[0] = 0.1
    rates.check("192.0.2.1")
    with pytest.raises(RequestError):
        rates.check("192.0.2.1")


def test_a_slow_rate_allows_one_request_at_a_time():
    now = [0.0]
    rates = Rates(0.1, clock=lambda: now[0])
    rates.check("a")
    with pytest.raises(RequestError) as caught:
        rates.check("a")
    assert caught.value.headers == {"Retry-After": "10"}
    now[0] = 10.0
    rates.check("a")


def test_clients_of_ipv6_are_networks():
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:2")
    assert client_of("fe80::1%eth0") == "fe80::/64"
    assert client_of("no:address") == "no:address"


def test_clients_of_ipv4_are_several_even_if_the_server_listens_to_ipv6():
    rates = Rates(0.1, clock=lambda: 0.0)
    rates.check("::ffff:192.0.2.1")
    rates.check("::ffff:192.0.2.2")
    with pytest.raises(RequestError):
        rates.check("192.0.2.1")


def request(messages, **headers):
    """A request whose body comes as these messages."""
    waiting = list(messages)

    async def receive():
        if not waiting:
            await asyncio.sleep(10)
        return waiting.pop(0)

    named = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": named}, receive)


def part(size, more=True):
    return {"type": "http.request", "body": bytes(size), "more_body": more}


async def status_of(bodies, asked):
    """The size of a body that is received and released, or the status of the error."""
    try:
        body = await bodies.receive(asked)
    except RequestError as error:
        return error.status
    body.release()
    return len(body.content)


def test_bodies_are_limited_in_size_and_memory():
    bodies, mib = Bodies(serving.ServerLimits(max_body_mib=2, max_pending_mib=3)), 2**20

    async def main():
        body = await bodies.receive(request([part(2 * mib, more=False)]))
        assert await status_of(bodies, request([part(mib, more=False)])) == mib
        assert await status_of(bodies, request([part(mib), part(1, more=False)])) == 503
        assert await status_of(bodies, request([], content_length=str(mib + 1))) == 503
        body.release()
        assert await status_of(bodies, request([part(2 * mib, more=False)])) == 2 * mib
        assert await status_of(bodies, request([part(2 * mib), part(1, more=False)])) == 413
        assert await status_of(bodies, request([], content_length=str(2 * mib + 1))) == 413
        assert await status_of(bodies, request([], content_length="9" * 19)) == 413
        assert await status_of(bodies, request([{"type": "http.disconnect"}])) == 400
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await bodies.receive(request([part(mib)]))
        # All memory is free again.
        assert await status_of(bodies, request([part(2 * mib, more=False)])) == 2 * mib

    asyncio.run(main())


def test_a_body_and_an_answer_that_take_too_long(network, monkeypatch):
    limits = serving.ServerLimits(max_receive_s=0.05, max_wait_s=0.05)
    made = serving.app(network, limits=limits)
    engine = made.state.engine
    monkeypatch.setattr(engine, "start", lambda: None)
    monkeypatch.setattr(engine, "check_compiled", lambda: None)
    with TestClient(made) as client:  # nobody computes
        headers = {"Inference-Header-Content-Length": "0"}
        response = client.post("/v2/models/model/infer", content=bytes(192), headers=headers)
        assert response.status_code == 504
        assert response.json()["error"].startswith("queue: expected an answer within 0.05 seconds")
        assert engine.queue_length == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "a/b"}, "name: expected letters, digits"),
        ({"name": ""}, "name: expected letters"),
        ({"name": "é"}, "name: expected letters"),
        ({"max_batch": 0}, "max_batch: expected"),
        ({"max_delay_ms": -1}, "max_delay_ms: expected"),
        ({"limits": 3}, "limits: expected a ServerLimits or None, got 3"),
    ],
)
def test_wrong_arguments(network, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        serving.app(network, **options)


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(serving.ServerLimits)])
def test_limits_are_positive(name):
    with pytest.raises(ValueError, match=rf"{name}: expected"):
        serving.ServerLimits(**{name: 0})
    with pytest.raises(TypeError, match=rf"{name}: expected"):
        serving.ServerLimits(**{name: "many"})


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_queue": 32}, r"max_queue: expected at least max_examples, 64, got 32"),
        ({"max_pending_mib": 31.5}, r"max_pending_mib: expected at least max_body_mib, 32, got 31"),
    ],
)
def test_limits_of_all_requests_let_each_request_in(limits, message):
    with pytest.raises(ValueError, match=message):
        serving.ServerLimits(**limits)
    serving.ServerLimits(max_queue=1, max_examples=1, max_pending_mib=1, max_body_mib=1)


def test_until_it_is_compiled_a_server_lives_and_is_not_ready(network, monkeypatch):
    made = serving.app(network)
    monkeypatch.setattr(made.state.engine, "start", lambda: None)
    with TestClient(made) as client:
        assert client.get("/v2/health/live").status_code == 200
        assert client.get("/v2/health/ready").json() == {"ready": False, "live": True}
        assert client.get("/v2/models/model/ready").status_code == 503
        response = client.post("/v2/models/model/infer", content=b"{}")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_a_network_that_cannot_be_compiled_is_an_error(network, monkeypatch):
    made = serving.app(network)
    engine = made.state.engine

    def fail(_):
        raise MemoryError("too large")

    monkeypatch.setattr(engine._programs, "compile", fail)
    with pytest.raises(MemoryError, match="too large"):
        engine.wait(10)
    with TestClient(made) as client:
        assert client.get("/v2/health/live").status_code == 503
        assert client.get("/v2/health/ready").status_code == 503


def test_what_a_network_takes(network):
    regression, none = dataclasses.replace(network, task=Regression()), Normalization((), ())
    assert Signature.of(regression).metadata()["outputs"][0]["name"] == "numbers"
    words = jaxcnn.Sequential([jaxcnn.Embedding(20, 4), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(3)])
    options = {"kind": "tokens", "input_shape": (9,), "normalization": none, "architecture": words}
    signature = Signature.of(dataclasses.replace(network, **options))
    assert signature.metadata()["inputs"] == [
        {"name": "tokens", "datatype": "INT32", "shape": [-1, 9]}
    ]
    reader = RequestReader(signature, 4)
    known = np.arange(11, 20, dtype="<i4")
    assert reader.read(known.tobytes(), "0").inputs.tolist() == [known.tolist()]
    with pytest.raises(RequestError, match=r"tokens from 0 to 19, .*, got 20 at \(0, 8\)"):
        reader.read((known + 1).tobytes(), "0")


def test_requests_of_one_client_are_counted(network, monkeypatch):
    made = serving.app(network, limits=serving.ServerLimits(max_rate=1))
    monkeypatch.setattr(made.state.engine, "start", lambda: None)
    with TestClient(made) as client:
        statuses = [client.post("/v2/models/model/infer").status_code for _ in range(3)]
        assert statuses == [503, 503, 429]
        assert client.post("/v2/repository/index").status_code == 429
