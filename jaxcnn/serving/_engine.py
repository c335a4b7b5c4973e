"""`Engine`: a network with the threads that compile it and compute its batches."""

import logging
import threading
from collections.abc import Callable

import numpy as np

from jaxcnn.inference import Network
from jaxcnn.serving._batching import Batcher
from jaxcnn.serving._errors import busy
from jaxcnn.serving._pictures import HeatMap, compile_heat_map
from jaxcnn.serving._programs import Programs

LOG = logging.getLogger("jaxcnn.serving")
COMPILING_S = 5
"""Seconds after which a client may ask again while the network is compiled."""


class Engine:
    """A network that is computed by threads of its own.

    Args:
        network: The network.
        max_batch: The largest batch.
        max_delay_s: Longest time for which an idle network waits for more examples, in seconds.
        max_queue: Most examples that wait.
        observe: A function of a batch's examples and seconds, called after each batch.

    Attributes:
        failure: The error if the network could not be compiled, else None.
        is_draining: Whether the server is about to end, and new clients should go elsewhere.
    """

    def __init__(
        self,
        network: Network,
        *,
        max_batch: int,
        max_delay_s: float,
        max_queue: int,
        observe: Callable[[int, float], None],
    ) -> None:
        self.network = network
        self.failure: Exception | None = None
        self.is_draining = self._is_ending = False
        self._programs = Programs(network, max_batch)
        self._batcher = Batcher(
            self._programs, max_delay_s=max_delay_s, max_queue=max_queue, observe=observe
        )
        self._heat_map: HeatMap | None = None
        self._compiled, self._starting = threading.Event(), threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def is_ready(self) -> bool:
        """True if new requests are welcome: all is compiled, and the server is not about to end."""
        return self._is_running and not self.is_draining

    @property
    def _is_running(self) -> bool:
        return self._compiled.is_set() and self.failure is None and not self._is_ending

    @property
    def explains(self) -> bool:
        """True if there are heat maps for the network."""
        return self._heat_map is not None

    @property
    def queue_length(self) -> int:
        """The number of examples that wait for a batch."""
        return self._batcher.queue_length

    def start(self) -> None:
        """Start to compile, unless this has been done; any thread may call it."""
        with self._starting:
            if not self._threads:
                self._add_thread(self._compile)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the network is compiled.

        Raises:
            TimeoutError: If it takes longer than `timeout` seconds.
            Exception: If the network cannot be compiled.
        """
        self.start()
        if not self._compiled.wait(timeout):
            raise TimeoutError(f"the network was not compiled within {timeout} seconds")
        if self.failure is not None:
            raise self.failure

    def end(self) -> None:
        """Let the threads end after all that waits is computed, and wait for them."""
        self._is_ending = True
        self._batcher.end()
        for thread in self._threads:
            thread.join()

    async def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return the predictions for checked inputs.

        Raises:
            RequestError: If the network is not compiled yet, or the queue is full.
        """
        self.check_compiled()
        return await self._batcher.predict(inputs)

    async def heat_map(self, picture: np.ndarray, target: int) -> np.ndarray:
        """Return the Grad-CAM heat map of a picture for an output, if the network `explains`."""
        function = self._heat_map
        assert function is not None
        return await self._batcher.call(lambda: function(picture, target))

    def check_compiled(self) -> None:
        """Raise RequestError unless the network is compiled."""
        if not self._is_running:
            raise busy("model: expected a compiled network, got one that is not yet", COMPILING_S)

    def _add_thread(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="jaxcnn-serving", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _compile(self) -> None:
        try:
            self._programs.compile(lambda: not self._is_ending)
            if self._is_ending:
                return
            self._heat_map = self._compile_heat_map()
            self._add_thread(self._batcher.work)
        except Exception as error:
            LOG.exception("the network cannot be compiled")
            self.failure = error
            return
        finally:
            self._compiled.set()
        self._batcher.work()

    def _compile_heat_map(self) -> HeatMap | None:
        try:
            return compile_heat_map(self.network)
        except Exception:  # as a custom module may raise; its predictions are served all the same
            LOG.exception("Grad-CAM fails for this network, so there are no explanations")
            return None
