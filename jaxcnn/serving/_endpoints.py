"""`Endpoints`: the answers to all requests."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._version import __version__
from jaxcnn.inference import Network
from jaxcnn.serving._bodies import CLOSE, Bodies
from jaxcnn.serving._engine import Engine
from jaxcnn.serving._errors import RequestError, busy
from jaxcnn.serving._json_response import AsciiResponse
from jaxcnn.serving._limits import ServerLimits
from jaxcnn.serving._messages import (
    HEADER_LENGTH,
    InferRequest,
    RequestReader,
    check_finite,
    json_length,
    write_response,
)
from jaxcnn.serving._metrics import Metrics
from jaxcnn.serving._page import page_response
from jaxcnn.serving._pictures import decode_picture, explanation, named_outputs
from jaxcnn.serving._rates import Rates
from jaxcnn.serving._repository_index import MAX_BODY_BYTES, index_response
from jaxcnn.serving._tensors import Signature

VERSION = "1"
"""The only version of the model."""

EXTENSIONS = ("binary_tensor_data",)

SMALL = 2**16
"""Bytes of JSON that are parsed in the event loop, in about a millisecond."""

MANY = 2**11
"""Predicted values that are written as JSON in the event loop, in about two milliseconds."""

READERS = 2
"""Threads that decode pictures, and parse and write long JSON."""


class Endpoints:
    """The functions that answer the requests to one network.

    Args:
        network: The network.
        name: The name of the model.
        max_batch: The largest batch.
        max_delay_s: Longest time for which an idle network waits for more examples, in seconds.
        limits: The limits of the server.
    """

    def __init__(
        self,
        network: Network,
        *,
        name: str,
        max_batch: int,
        max_delay_s: float,
        limits: ServerLimits,
    ) -> None:
        self.name, self.limits, self._network = name, limits, network
        self._signature = Signature.of(network)
        self._reader = RequestReader(self._signature, limits.max_examples)
        self._bodies, self._rates = Bodies(limits), Rates(limits.max_rate)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="jaxcnn-reader")
        self._read_by_threads = 0
        self.metrics = Metrics(
            max_batch, lambda: self.engine.queue_length, lambda: self.engine.is_ready
        )
        self.engine = Engine(
            network,
            max_batch=max_batch,
            max_delay_s=max_delay_s,
            max_queue=limits.max_queue,
            observe=self.metrics.observe_batch,
        )

    def start(self) -> None:
        """Start all threads."""
        self.engine.start()

    def end(self) -> None:
        """End all threads after their work, and wait for them."""
        self.engine.end()
        self._readers.shutdown(cancel_futures=True)

    async def server(self, request: Request) -> Response:
        """Describe the server."""
        del request
        about = {"name": "jaxcnn", "version": __version__, "extensions": EXTENSIONS}
        return AsciiResponse(about)

    async def live(self, request: Request) -> Response:
        """Say that the server runs."""
        del request
        failed = self.engine.failure is not None
        return AsciiResponse({"live": not failed}, 503 if failed else 200)

    async def ready(self, request: Request) -> Response:
        """Say whether requests are welcome: not while the network is compiled, or at the end."""
        del request
        is_ready = self.engine.is_ready
        return AsciiResponse({"ready": is_ready, "live": True}, 200 if is_ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """Say whether requests to the model are welcome."""
        self._check_model(request)
        is_ready = self.engine.is_ready
        return AsciiResponse({"name": self.name, "ready": is_ready}, 200 if is_ready else 503)

    async def model(self, request: Request) -> Response:
        """Describe the model: its input and its output."""
        self._check_model(request)
        network = self._network
        about = {
            "kind": network.kind,
            "task": network.task.name,
            "class_names": [*network.class_names],
            "takes_pictures": network.takes_pictures,
            "explains": self.engine.explains,
        }
        return AsciiResponse(
            {
                "name": self.name,
                "versions": [VERSION],
                "platform": "jaxcnn",
                **self._signature.metadata(),
                "parameters": about,
            }
        )

    async def infer(self, request: Request) -> Response:
        """Predict for tensors."""
        self._check_client(request)
        _check_query(request)
        header_length = request.headers.get(HEADER_LENGTH)
        return await self._answer(request, lambda body: self._infer(body, header_length))

    async def _infer(self, body: bytes, header_length: str | None) -> Response:
        asked = await self._read(body, header_length)
        outputs = await self.engine.predict(asked.inputs)
        content, headers = await self._written(outputs, asked)
        return Response(content, headers=headers)

    async def _read(self, body: bytes, header_length: str | None) -> InferRequest:
        if json_length(header_length, len(body)) <= SMALL:
            return self._reader.read(body, header_length)
        return await self._in_thread(self._reader.read, body, header_length)

    async def _written(
        self, outputs: np.ndarray, asked: InferRequest
    ) -> tuple[bytes, dict[str, str]]:
        write = partial(
            write_response, model=self.name, version=VERSION, name=self._signature.output
        )
        if asked.binary or outputs.size <= MANY:
            return write(outputs, asked)
        return await self._in_thread(write, outputs, asked)

    async def classify(self, request: Request) -> Response:
        """Name the most probable classes of a picture file."""
        self._check_client(request)
        if not self._network.takes_pictures:
            shape = [*self._network.input_shape]
            raise RequestError(
                400, f"model: expected a network of gray or RGB pictures, got input shape {shape}"
            )
        _check_query(request, "top", "explain")
        top, explain = _top(request), _flag(request, "explain")
        return await self._answer(request, lambda body: self._classify(body, top, explain))

    async def _classify(self, body: bytes, top: int | None, explain: bool) -> Response:
        picture = await self._in_thread(decode_picture, body, self._network, self.limits.max_pixels)
        (outputs,) = await self.engine.predict(picture[None])
        check_finite(outputs, self._signature.output)
        answer: dict[str, Any] = {"model_name": self.name, "model_version": VERSION}
        answer |= named_outputs(self._network, outputs, top)
        if explain and self.engine.explains:
            target = int(np.argmax(outputs)) if self._network.task.has_classes else 0
            heat = await self.engine.heat_map(picture, target)
            name = self._network.class_names[target]
            answer["explanation"] = await self._in_thread(explanation, picture, heat, name)
        return AsciiResponse(answer)

    async def repository_index(self, request: Request) -> Response:
        """List the models, as Triton's model repository extension has it."""
        self._check_rate(request)
        return await self._answer(request, self._index, MAX_BODY_BYTES)

    async def _index(self, body: bytes) -> Response:
        return index_response(body, self.engine, name=self.name, version=VERSION)

    async def prometheus(self, request: Request) -> Response:
        """Return all metrics."""
        del request
        content, kind = self.metrics.text()
        return Response(content, headers={"Content-Type": kind})

    async def page(self, request: Request) -> Response:
        """Return the page on which one drops a picture."""
        del request
        return page_response(self.name)

    def _check_client(self, request: Request) -> None:
        """Raise unless the model exists and is compiled, and the client may send a request."""
        self._check_model(request)
        self._check_rate(request)
        self.engine.check_compiled()

    def _check_rate(self, request: Request) -> None:
        self._rates.check(request.client.host if request.client else "")

    def _check_model(self, request: Request) -> None:
        found = request.path_params["name"], request.path_params.get("version", VERSION)
        for part, expected, got in zip(
            ("model", "version"), (self.name, VERSION), found, strict=True
        ):
            if got != expected:
                raise RequestError(404, f"{part}: expected {expected!r}, got {got!r:.80}")

    async def _answer(
        self,
        request: Request,
        answer: Callable[[bytes], Awaitable[Response]],
        max_bytes: int | None = None,
    ) -> Response:
        """Receive the body of a request, and answer it, each within its time."""
        body, loop = None, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.limits.max_receive_s) as deadline:
                body = await self._bodies.receive(request, max_bytes)
                deadline.reschedule(loop.time() + self.limits.max_wait_s)
                return await answer(body.content)
        except TimeoutError:
            if body is None:
                seconds = self.limits.max_receive_s
                message = f"body: expected all of it within {seconds:g} seconds, got less"
                raise RequestError(408, message, CLOSE) from None
            seconds = self.limits.max_wait_s
            message = f"queue: expected an answer within {seconds:g} seconds, got none"
            raise RequestError(504, message) from None
        finally:
            if body is not None:
                body.release()

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        """Call a function in a thread, so that requests and batches go on."""
        if self._read_by_threads >= self.limits.max_queue:
            raise busy("readers: expected fewer requests to read, got more (try again later)", 1)
        self._read_by_threads += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._readers, function, *arguments)
        finally:
            self._read_by_threads -= 1


def _check_query(request: Request, *names: str) -> None:
    """Raise if the address has other parameters than those of these names."""
    if not request.scope["query_string"]:
        return
    for name in request.query_params:
        if name not in names:
            expected = f"no parameters but {' and '.join(names)}" if names else "no parameters"
            hint = did_you_mean(name[:80], names)
            raise RequestError(400, f"address: expected {expected}, got {name!r:.80}{hint}")


def _top(request: Request) -> int | None:
    text = request.query_params.get("top")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 10**6):
        raise RequestError(400, f"top: expected a number from 1, got {text!r:.40}")
    return int(text[:10])


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false").lower()
    if text not in ("true", "false", "1", "0"):
        raise RequestError(400, f"{name}: expected true or false, got {text!r:.40}")
    return text in ("true", "1")
