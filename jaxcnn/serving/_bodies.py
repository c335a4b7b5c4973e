"""Receive the bodies of requests within limits of size, time and memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from jaxcnn.serving._errors import RequestError, busy
from jaxcnn.serving._limits import ServerLimits

CLOSE = {"Connection": "close"}
"""After an error before the end of a body, the rest of it is not received."""


class Bodies:
    """All bodies that are being received or answered, whose sum is limited.

    Args:
        limits: The limits of the server.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self._limits, self._pending = limits, 0

    @asynccontextmanager
    async def receive(self, request: Request) -> AsyncIterator[bytes]:
        """Receive the body of a request; it counts until the end of the context.

        Raises:
            RequestError: If the body is too large, compressed, comes too slowly, or is cut off.
        """
        body = _Body(self, self._limits.max_body_bytes)
        try:
            yield await body.receive(request, self._limits.max_receive_s)
        finally:
            self._pending -= body.size

    def reserve(self, size: int) -> None:
        """Count the bytes of a body, unless there are too many already."""
        limit = self._limits.max_pending_bytes
        if self._pending + size > limit:
            message = f"bodies: expected at most {limit} bytes at a time in all requests, got more"
            error = busy(f"{message} (try again later)", 1)
            error.headers |= CLOSE
            raise error
        self._pending += size


class _Body:
    """One body, and how many bytes were reserved for it."""

    def __init__(self, bodies: Bodies, limit: int) -> None:
        self._bodies, self._limit, self.size = bodies, limit, 0

    async def receive(self, request: Request, seconds: float) -> bytes:
        encoding = request.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            raise RequestError(415, f"Content-Encoding: expected none, got {encoding!r:.40}", CLOSE)
        announced = request.headers.get("content-length", "0")
        self._reserve(int(announced) if announced.isdigit() and len(announced) < 20 else 0)
        try:
            async with asyncio.timeout(seconds):
                return await self._read(request)
        except TimeoutError:
            message = f"body: expected all of it within {seconds:g} seconds, got less"
            raise RequestError(408, message, CLOSE) from None
        except ClientDisconnect:
            raise RequestError(400, "body: expected all of it, got a part", CLOSE) from None

    async def _read(self, request: Request) -> bytes:
        chunks, received = [], 0
        async for chunk in request.stream():
            received += len(chunk)
            self._reserve(received)
            chunks.append(chunk)
        return b"".join(chunks)

    def _reserve(self, size: int) -> None:
        """Count a body of so many bytes."""
        if size > self._limit:
            message = f"body: expected at most {self._limit} bytes, got {size} or more"
            raise RequestError(413, message, CLOSE)
        if size > self.size:
            self._bodies.reserve(size - self.size)
            self.size = size
