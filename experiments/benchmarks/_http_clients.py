"""Many clients of an HTTP server on this machine, which take little of its time themselves.

Each client has one connection, and sends its next request when it has the response to the last
one. All requests are the same bytes, made before. All responses have the length of the first one.
"""

import asyncio
import time
from typing import NamedTuple


class Load(NamedTuple):
    """Times of requests.

    Attributes:
        seconds: The time of all requests together.
        latencies: The time of each request, in seconds.
    """

    seconds: float
    latencies: list[float]


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes, todo: list[int], latencies: list[float]) -> None:
        self.request, self.todo, self.latencies = request, todo, latencies
        self.received = bytearray()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        if not self.todo:
            self.transport.close()
            return
        self.todo.pop()
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if len(self.received) < response_length(self.received):
            return
        self.latencies.append(time.perf_counter() - self.sent)
        if not self.received.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self.received.decode(errors="replace")))
            self.transport.close()
            return
        self.received.clear()
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.done.done():
            return
        if exc is None and not self.received:
            self.done.set_result(None)
        else:
            self.done.set_exception(exc or ConnectionError("the server ended the connection"))


def response_length(received: bytes | bytearray) -> float:
    """Return the length of a response that has begun, from its headers."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return float("inf")
    start = received.lower().index(b"content-length:") + len(b"content-length:")
    return end + 4 + int(received[start : received.index(b"\r\n", start)])


def load(host: str, port: int, request: bytes, *, clients: int, requests: int) -> Load:
    """Send requests by several clients, and measure how long they take.

    Args:
        host: The server's address.
        port: Its port.
        request: Headers and body.
        clients: Number of clients, which send at the same time.
        requests: Number of requests of all clients together.

    Raises:
        RuntimeError: If a response is an error.
        ConnectionError: If the server ends a connection.
    """

    async def main() -> Load:
        loop, todo, latencies = asyncio.get_running_loop(), [0] * requests, []
        began = time.perf_counter()
        made = [
            loop.create_connection(lambda: _Client(request, todo, latencies), host, port)
            for _ in range(clients)
        ]
        await asyncio.gather(*(client.done for _, client in await asyncio.gather(*made)))
        return Load(time.perf_counter() - began, latencies)

    return asyncio.run(main())
