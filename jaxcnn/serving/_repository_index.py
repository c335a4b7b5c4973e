"""The list of models, as Triton's model repository extension has it: one, and its state."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from jaxcnn._support.json_texts import parse_json
from jaxcnn.serving._bodies import CLOSE, Bodies
from jaxcnn.serving._endpoints import VERSION, Endpoints
from jaxcnn.serving._engine import Engine
from jaxcnn.serving._errors import RequestError
from jaxcnn.serving._json_response import AsciiResponse

ADDRESS = "/v2/repository/index"

MAX_BODY_MIB = 2**-8
"""The largest body in MiB: 4 KiB, for the one member that it may have."""


def repository_index(endpoints: Endpoints) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that lists the models of a server.

    The body of a request is empty, or the JSON object ``{"ready": true}``, which leaves out a model
    that takes no requests.
    """
    limits = endpoints.limits
    bodies = Bodies(dataclasses.replace(limits, max_body_mib=MAX_BODY_MIB))

    async def index(request: Request) -> Response:
        try:
            async with asyncio.timeout(limits.max_receive_s):
                body = await bodies.receive(request)
        except TimeoutError:
            message = f"body: expected all of it within {limits.max_receive_s:g} seconds, got less"
            raise RequestError(408, message, CLOSE) from None
        try:
            only_ready = _only_ready(body.content)
        finally:
            body.release()
        if only_ready and not endpoints.engine.is_ready:
            return AsciiResponse([])
        state, reason = _state(endpoints.engine)
        model = {"name": endpoints.name, "version": VERSION, "state": state, "reason": reason}
        return AsciiResponse([model])

    return index


def _only_ready(content: bytes) -> bool:
    """Return whether only models are asked for that take requests."""
    try:
        asked = parse_json(content) if content.strip() else {}
    except ValueError as error:
        raise RequestError(400, f"body: {error}") from None
    if not isinstance(asked, dict):
        raise RequestError(400, f"body: expected a JSON object or nothing, got {asked!r:.80}")
    ready = asked.get("ready", False)
    if not isinstance(ready, bool):
        raise RequestError(400, f"ready: expected true or false, got {ready!r:.80}")
    return ready


def _state(engine: Engine) -> tuple[str, str]:
    """Return the state of a model in the words of Triton, and the reason if it is not ready."""
    if engine.failure is not None:
        return "UNAVAILABLE", "the network cannot be compiled; the log of the server says why"
    if engine.is_draining:
        return "UNLOADING", "the server is about to end"
    if not engine.is_ready:
        return "LOADING", "the network is being compiled"
    return "READY", ""
