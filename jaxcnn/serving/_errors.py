"""`RequestError`: the answer to a request that cannot be served."""

from collections.abc import Mapping


class RequestError(Exception):
    """An HTTP status with a message for the client.

    Args:
        status: The status, 400 or above.
        message: The message, in the grammar of all errors of jaxcnn.
        headers: Headers of the response, such as Retry-After.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


def busy(message: str, seconds: float) -> RequestError:
    """Return status 503 with a number of seconds to wait, at least one."""
    return RequestError(503, message, {"Retry-After": str(max(1, round(seconds)))})
