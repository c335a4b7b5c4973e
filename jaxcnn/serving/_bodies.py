"""Receive the bodies of requests within limits of size and memory."""

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

    async def receive(self, request: Request, max_bytes: int | None = None) -> "Body":
        """Receive the body of a request; it counts until it is released.

        Args:
            request: The request.
            max_bytes: The largest body, if it is smaller than the server's limit.

        Raises:
            RequestError: If the body is too large, compressed, or cut off.
        """
        limit = self._limits.max_body_bytes
        body = Body(self, limit if max_bytes is None else min(limit, max_bytes))
        try:
            await body.receive(request)
        except BaseException:  # also if it takes too long, and the task is cancelled
            body.release()
            raise
        return body

    def reserve(self, size: int) -> None:
        """Count so many bytes more.

        Raises:
            RequestError: If there are too many already.
        """
        limit = self._limits.max_pending_bytes
        if self._pending + size > limit:
            message = f"bodies: expected at most {limit} bytes at a time in all requests, got more"
            error = busy(f"{message} (try again later)", 1)
            error.headers |= CLOSE
            raise error
        self._pending += size

    def free(self, size: int) -> None:
        """Count so many bytes no longer."""
        self._pending -= size


class Body:
    """One body.

    Args:
        bodies: All of them.
        limit: The largest number of bytes.

    Attributes:
        content: Its bytes.
    """

    content = b""

    def __init__(self, bodies: Bodies, limit: int) -> None:
        self._bodies, self._limit, self._size = bodies, limit, 0

    async def receive(self, request: Request) -> None:
        """Receive all of it."""
        headers = dict(request.scope["headers"])
        encoding = headers.get(b"content-encoding", b"identity")
        if encoding.lower() != b"identity":
            got = f"{encoding.decode('latin-1')!r:.40}"
            raise RequestError(415, f"Content-Encoding: expected none, got {got}", CLOSE)
        announced = headers.get(b"content-length", b"0")
        self._reserve(int(announced) if announced.isdigit() and len(announced) < 20 else 0)
        chunks, received = [], 0
        try:
            async for chunk in request.stream():
                received += len(chunk)
                self._reserve(received)
                chunks.append(chunk)
        except ClientDisconnect:
            raise RequestError(400, "body: expected all of it, got a part", CLOSE) from None
        self.content = b"".join(chunks)

    def release(self) -> None:
        """Count it no longer."""
        self._bodies.free(self._size)
        self._size = 0

    def _reserve(self, size: int) -> None:
        """Count a body of so many bytes."""
        if size > self._limit:
            message = f"body: expected at most {self._limit} bytes, got {size} or more"
            raise RequestError(413, message, CLOSE)
        if size > self._size:
            self._bodies.reserve(size - self._size)
            self._size = size
