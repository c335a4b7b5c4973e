"""`serve`: run a network's application in Uvicorn until a signal ends it."""

import asyncio
import os
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn._support.extras import import_extra
from jaxcnn.inference import Network
from jaxcnn.runs import Run
from jaxcnn.serving._app import app
from jaxcnn.serving._limits import ServerLimits

if TYPE_CHECKING:
    from jaxcnn.serving._engine import Engine

SWITCH_S = 2e-4
"""Seconds after which the event loop lets the thread that computes go on, if it needs Python. With
Python's 5 ms, the network would be idle for so long before and after each batch."""

MAX_PORT = 2**16 - 1

KEEP_ALIVE_S = 30
"""A connection without requests is closed after so many seconds."""

OnListen = Callable[[str], Any]
"""A function of the server's address."""

OnEvent = Callable[[str], Any]
"""A function of a line of text, which says what has happened."""


def serve(
    network: Network | Run,
    *,
    name: str = "model",
    host: str = "127.0.0.1",
    port: int = 8000,
    max_batch: int = 32,
    max_delay_ms: float = 2,
    limits: ServerLimits | None = None,
    drain_s: float = 1,
    trusted_proxies: Sequence[str] = (),
    on_listen: OnListen = print,
    on_event: OnEvent = print,
) -> None:
    """Serve a network over HTTP, until SIGTERM or Ctrl-C ends the server.

    `app` describes the addresses. With the default host, only this machine can connect. There is
    neither encryption nor a password; a proxy in front of the server has both.

    After SIGTERM, the server says that it is not ready, and answers for `drain_s` seconds more, so
    that load balancers send new clients elsewhere. Then it takes no new connections, answers all
    requests that it has begun to receive, and returns. After Ctrl-C it does the same without the
    wait. A second signal ends the process at once.

    Args:
        network: The network, or a run.
        name: Name of the model in addresses.
        host: Address to listen on; ``"0.0.0.0"`` is any of this machine.
        port: Port to listen on; 0 is any free port.
        max_batch: The largest batch.
        max_delay_ms: Longest time for which an idle network waits for more examples, in
            milliseconds.
        limits: Limits on size, time and rate; None means `ServerLimits()`.
        drain_s: Seconds from SIGTERM until no new connections are taken.
        trusted_proxies: Addresses or networks of proxies, whose header ``X-Forwarded-For`` names
            the client; ``"*"`` trusts all.
        on_listen: A function that is called with the address, such as ``http://127.0.0.1:8000``,
            when clients can connect.
        on_event: A function that is called with each line of text that says what has happened, such
            as that the network is compiled, or that the server stops.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a name or a number is not allowed.
        OSError: If the address is not free.
        ImportError: If Uvicorn, httptools, Starlette or prometheus_client is not installed.
    """
    uvicorn = import_extra("uvicorn")
    import_extra("httptools")  # Uvicorn can run without it; the connections cannot
    _check_port(port)
    check_number("drain_s", drain_s, minimum=0)
    limits = limits or ServerLimits()
    served = app(network, name=name, max_batch=max_batch, max_delay_ms=max_delay_ms, limits=limits)
    listener = _listen(host, port)
    from jaxcnn.serving._connections import connection_class  # imports Uvicorn, an extra

    config = uvicorn.Config(
        served,
        http=connection_class(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=[*trusted_proxies],
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(limits.max_wait_s + limits.max_receive_s) + 1,
    )
    engine = served.state.engine
    server = _server_class(uvicorn.Server)(config, engine, drain_s, on_listen, on_event)
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(SWITCH_S)
        with warnings.catch_warnings():
            # Of damaged pictures: clients could fill the log with them, and get an answer anyway.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            server.run(sockets=[listener])
    finally:
        sys.setswitchinterval(before)
    if engine.failure is not None:
        raise engine.failure


def _check_port(port: int) -> None:
    """Raise unless a number is that of a port; the system would take it modulo 65536."""
    check_int("port", port, minimum=0)
    if port > MAX_PORT:
        raise ValueError(f"port: expected a number from 0 to {MAX_PORT}, got {port}")


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address, which nobody else uses."""
    listener = None
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
        if os.name == "posix":  # where it only allows to use the port of a server that has ended
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as error:
        if listener is not None:
            listener.close()
        raise OSError(
            f"port: expected a free one of this machine, got {port} of {host!r} ({error})"
        ) from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server_class(base: Any) -> Any:
    """Return a class of servers that end as `serve` says."""

    class Server(base):
        """A server that says what happens, and ends with status 0 after a signal."""

        def __init__(
            self,
            config: Any,
            engine: "Engine",
            drain_s: float,
            on_listen: OnListen,
            on_event: OnEvent,
        ) -> None:
            super().__init__(config)
            self._engine, self._drain_s = engine, drain_s
            self._on_listen, self._on_event = on_listen, on_event
            self._began, self._said_ready = time.monotonic(), False
            self._said_stopping = False
            self._ends_at = float("inf")

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Begin to end; a second signal ends the process."""
            del frame
            if self._engine.is_draining:
                sys.stdout.flush()
                os._exit(128 + sig)
            self._engine.is_draining = True
            wait = self._drain_s if sig == signal.SIGTERM else 0
            self._ends_at = time.monotonic() + wait

        async def startup(self, sockets: Any = None) -> None:
            """Begin to listen."""
            await super().startup(sockets)
            if self.started and sockets:
                self._on_listen(_address(sockets[0]))
                self._on_event("compiling ...")

        async def on_tick(self, counter: int) -> bool:
            """Return whether to end; Uvicorn calls this ten times per second."""
            if self._engine.is_ready and not self._said_ready:
                self._said_ready = True
                self._on_event(f"ready after {time.monotonic() - self._began:.1f} s")
            if self._engine.is_draining and not self._said_stopping:
                self._said_stopping = True
                left = len(self.server_state.tasks)
                self._say(f"stopping: {left} {'request' if left == 1 else 'requests'} left")
            if self._engine.failure is not None or time.monotonic() >= self._ends_at:
                self.should_exit = True
            return await super().on_tick(counter)

        async def shutdown(self, sockets: Any = None) -> None:
            """Stop to listen, and answer what has begun."""
            for listener in sockets or ():
                await self._accept_waiting(listener)
            await super().shutdown(sockets)
            if self._said_stopping:
                self._say("stopped")

        def _say(self, text: str) -> None:
            """Say that the server stops, which goes on if nobody reads it any more."""
            with suppress(OSError):
                self._on_event(text)

        async def _accept_waiting(self, listener: socket.socket) -> None:
            """Take the connections that the system has made, which it would reset otherwise."""
            loop, state = asyncio.get_running_loop(), self.lifespan.state
            with suppress(OSError):  # above all the BlockingIOError if there are no more
                while True:
                    connection, _ = listener.accept()
                    await loop.connect_accepted_socket(
                        lambda: self.config.http_protocol_class(
                            config=self.config, server_state=self.server_state, app_state=state
                        ),
                        connection,
                    )

    return Server
