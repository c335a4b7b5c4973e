"""`app`: the ASGI application that serves a network."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn._support.extras import import_extra
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of
from jaxcnn.serving._limits import ServerLimits

if TYPE_CHECKING:
    from starlette.applications import Starlette

NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
"""Names of models, which stand in addresses."""


def app(
    network: Network | Run,
    *,
    name: str = "model",
    max_batch: int = 32,
    max_delay_ms: float = 2,
    limits: ServerLimits | None = None,
) -> "Starlette":
    """Make the ASGI application that serves a network over HTTP.

    Use it to run a network in a server of your choice; `serve` and ``jaxcnn serve`` run it in
    Uvicorn with all limits. It speaks the Open Inference Protocol, version 2:

    ===================================== =========================================================
    GET /v2                               name, version and extensions of the server
    GET /v2/health/live, /v2/health/ready whether it runs, and whether it takes requests
    GET /v2/models/NAME                   input and output, with names, datatypes and shapes
    GET /v2/models/NAME/ready             whether the model takes requests
    POST /v2/models/NAME/infer            predictions: tensors as JSON or raw bytes
    POST /v2/models/NAME/classify         a picture file; ``?top=5``, ``?explain=true``
    POST /v2/repository/index             the list of models, as Triton has it: this one
    GET /metrics                          counts and times for Prometheus
    GET /                                 a page on which one drops a picture
    ===================================== =========================================================

    What arrives within `max_delay_ms`, or while the network computes, shares a batch.
    Batches have 1, 2, 4, ... examples up to `max_batch`, and are padded where this is faster; all
    of these programs are compiled after the start, before the server is ready. So an answer may
    differ by rounding from that to the same input in another batch.

    Args:
        network: The network, or a run.
        name: Name of the model in addresses: letters, digits and ``-_.``.
        max_batch: The largest batch.
        max_delay_ms: Longest time for which an idle network waits for more examples, in
            milliseconds.
        limits: Limits on size, time and rate. The time to receive headers and the number of
            connections need a server that limits them, as `serve` does.

    Returns:
        The application. It has the attribute `state.engine`, whose `wait` returns when the network
        is compiled.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If `name` or a number is not allowed.
        ImportError: If Starlette or prometheus_client is not installed.

    Example::

        served = jaxcnn.serving.app(jaxcnn.load("runs/mine"), name="mine")
        uvicorn.run(served)

    Sources: *Open Inference Protocol*, version 2, of KServe; *Binary Tensor Data Extension* of
    KServe and Triton; *Model Repository Extension* of Triton, of which only the index is there.
    """
    check_int("max_batch", max_batch)
    check_number("max_delay_ms", max_delay_ms, minimum=0)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(f"name: expected letters, digits, '-', '_' and '.', got {name!r:.80}")
    if limits is not None and not isinstance(limits, ServerLimits):
        raise TypeError(f"limits: expected a ServerLimits or None, got {limits!r:.80}")
    applications = import_extra("starlette.applications")
    # These modules import Starlette, which is an extra.
    from jaxcnn.serving._endpoints import Endpoints
    from jaxcnn.serving._routes import error_handlers, routes

    endpoints = Endpoints(
        network_of(network),
        name=name,
        max_batch=max_batch,
        max_delay_s=max_delay_ms / 1000,
        limits=limits or ServerLimits(),
    )

    @asynccontextmanager
    async def lifespan(_: "Starlette") -> AsyncIterator[None]:
        endpoints.start()
        try:
            yield
        finally:
            endpoints.end()

    made = applications.Starlette(
        routes=routes(endpoints), exception_handlers=error_handlers(name), lifespan=lifespan
    )
    made.state.engine = endpoints.engine
    return made
