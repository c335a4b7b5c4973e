"""The list of models, as Triton's model repository extension has it: one, and its state."""

from starlette.responses import Response

from jaxcnn._support.json_texts import parse_json
from jaxcnn.serving._engine import Engine
from jaxcnn.serving._errors import RequestError
from jaxcnn.serving._json_response import AsciiResponse

ADDRESS = "/v2/repository/index"

MAX_BODY_BYTES = 2**12
"""The largest body, for the one member that it may have."""


def index_response(content: bytes, engine: Engine, *, name: str, version: str) -> Response:
    """List the models of a server: its only one, or none if that takes no requests.

    Args:
        content: The body of the request: nothing, or a JSON object. With ``{"ready": true}``, only
            models that take requests are listed.
        engine: What computes the model.
        name: The name of the model.
        version: The version of the model.

    Raises:
        RequestError: If the body is something else.
    """
    if _only_ready(content) and not engine.is_ready:
        return AsciiResponse([])
    state, reason = _state(engine)
    return AsciiResponse([{"name": name, "version": version, "state": state, "reason": reason}])


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
