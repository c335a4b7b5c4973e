"""Addresses of the server, errors as JSON, and the counting of requests."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jaxcnn.serving._endpoints import Endpoints
from jaxcnn.serving._errors import RequestError
from jaxcnn.serving._json_response import AsciiResponse
from jaxcnn.serving._repository_index import ADDRESS as INDEX

METHOD_NOT_ALLOWED = 405

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(endpoints: Endpoints) -> list[BaseRoute]:
    """Return the routes to all endpoints."""
    found: list[BaseRoute] = []
    for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        found += [
            _route(f"{model}/infer", endpoints.infer, endpoints, "POST"),  # first, for its speed
            _route(f"{model}/classify", endpoints.classify, endpoints, "POST"),
            _route(model, endpoints.model, endpoints),
            _route(f"{model}/ready", endpoints.model_ready, endpoints),
        ]
    found += [
        _route("/v2", endpoints.server, endpoints),
        _route("/v2/", endpoints.server, endpoints),
        _route("/v2/health/live", endpoints.live, endpoints),
        _route("/v2/health/ready", endpoints.ready, endpoints),
        _route(INDEX, endpoints.repository_index, endpoints, "POST"),
        _route("/", endpoints.page, endpoints),
        Route("/metrics", endpoints.prometheus),
    ]
    return found


def _route(path: str, endpoint: Endpoint, endpoints: Endpoints, method: str = "GET") -> Route:
    name, metrics = endpoint.__name__, endpoints.metrics

    async def counted(request: Request) -> Response:
        began = time.perf_counter()
        try:
            response = await endpoint(request)
        except RequestError as error:
            response = error_response(error)
        except Exception:
            metrics.observe_request(name, 500, time.perf_counter() - began)
            raise
        if endpoints.engine.is_draining:  # the client's next request goes to another server
            response.headers["Connection"] = "close"
        metrics.observe_request(name, response.status_code, time.perf_counter() - began)
        return response

    return Route(path, counted, methods=[method], name=name)


def error_response(error: RequestError) -> Response:
    """Return an error as the protocol has it: a JSON object with its text."""
    return AsciiResponse({"error": error.message}, error.status, headers=error.headers)


def error_handlers(name: str) -> dict[Any, Any]:
    """Return the handlers of errors outside of the endpoints, by their class.

    Args:
        name: The name of the model.
    """
    model = f"/v2/models/{name}"
    addresses = (
        f"/, /v2, /v2/health/live, /v2/health/ready, {model}, {model}/ready, {model}/infer, "
        f"{model}/classify, {INDEX} or /metrics"
    )

    async def wrong_address(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        path, headers = request.url.path, error.headers or {}
        if error.status_code == METHOD_NOT_ALLOWED:
            allowed = " or ".join(sorted(headers.get("Allow", "").split(", ")))
            message = f"method: expected {allowed} for {path!r:.120}, got {request.method:.20}"
        else:
            message = f"address: expected {addresses}, got {path!r:.120}"
        return AsciiResponse({"error": message}, error.status_code, headers=headers)

    async def failure(request: Request, error: Exception) -> Response:
        del request, error  # the server logs it
        return AsciiResponse({"error": "the server failed; its log says why"}, 500)

    return {HTTPException: wrong_address, Exception: failure}
