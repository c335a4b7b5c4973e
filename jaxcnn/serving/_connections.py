"""Connections of Uvicorn with limits that ASGI has no place for: number, headers, slow clients."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from jaxcnn.serving._limits import ServerLimits

MAX_HEADER_BYTES = 2**16
"""Bytes of a request before its body."""

GRACE_S = 1.0
"""When the server ends, a silent connection may have a request on its way for so many seconds."""

REFUSAL = (
    b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n%s\r\n%s"
)


def connection_class(limits: ServerLimits) -> type[asyncio.Protocol]:
    """Return the class of the connections of a server.

    It closes a connection if there are too many, if the headers of a request come too slowly or are
    too large, and if the client does not read its response. The body of a request that was refused
    is received, because many clients read no response before they have sent all; but not for long.

    Args:
        limits: The limits of the server.
    """

    class Connection(_LimitedConnection):
        """A connection with the limits of one server."""

        max_connections = limits.max_connections
        max_receive_s = limits.max_receive_s

    return Connection


class _LimitedConnection(HttpToolsProtocol):
    """A connection of Uvicorn; `cycle` is its latest request, whether it is answered or not.

    The parser calls the methods `on_...` within `data_received`, whose data may hold a part of a
    request, or several requests.
    """

    max_connections: int
    max_receive_s: float

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_headers, self._in_body, self._header_bytes = True, False, 0
        self._is_ending = False
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            message = f"connections: expected at most {self.max_connections}, got more"
            self._refuse(b"503 Service Unavailable", message, b"Retry-After: 1\r\n")
        self._watch()

    def data_received(self, data: bytes) -> None:
        self._end_timer("idle")
        if not self._in_body:  # even blank lines before a request count as its headers
            self._in_headers = True
            self._header_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_headers and self._header_bytes > MAX_HEADER_BYTES:
            message = f"headers: expected at most {MAX_HEADER_BYTES} bytes, got more"
            self._refuse(b"431 Request Header Fields Too Large", message)
        if self._is_ending and not self._is_idle:
            self.cycle.keep_alive = False
        self._watch()

    def on_message_begin(self) -> None:
        self._in_headers = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_headers, self._in_body, self._header_bytes = False, True, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._end_timer("request")
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        for name in [*self._timers]:
            self._end_timer(name)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._start_timer("write", self.max_receive_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._end_timer("write")
        super().resume_writing()

    def shutdown(self) -> None:
        """Close the connection after its request, or after one that may be on its way."""
        self._is_ending = True
        if self._is_idle:
            self._start_timer("end", GRACE_S, self._end)
        else:
            super().shutdown()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _end(self) -> None:
        if self._is_idle and not self.transport.is_closing():
            super().shutdown()

    def _watch(self) -> None:
        """Limit the time for headers, for a body that nobody reads, and until the next request."""
        if self.transport.is_closing():
            return
        if self._in_headers or (self._in_body and self._is_idle):
            self._start_timer("request", self.max_receive_s, self._refuse_slow)
            return
        self._end_timer("request")
        if self._is_idle:  # the response came before the end of the body, and Uvicorn's timer, too
            self._start_timer("idle", self.timeout_keep_alive, self.transport.close)

    def _refuse_slow(self) -> None:
        if not self._is_idle:  # these are the headers of the next request
            self.cycle.keep_alive = False
        elif self._in_headers:
            message = f"headers: expected within {self.max_receive_s:g} seconds, got none or a part"
            self._refuse(b"408 Request Timeout", message)
        else:  # the request has been refused already
            self.transport.close()

    def _refuse(self, status: bytes, message: str, headers: bytes = b"") -> None:
        """Close the connection with an error."""
        if self.transport.is_closing():
            return
        if self._is_idle:  # otherwise this would break into the response to another request
            content = f'{{"error": "{message}"}}'.encode()
            self.transport.write(REFUSAL % (status, len(content), headers, content))
        self.transport.close()

    def _start_timer(self, name: str, seconds: float, function: Any) -> None:
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, function)

    def _end_timer(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
