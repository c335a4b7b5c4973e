"""`ServerLimits`: how much a server takes from its clients."""

import dataclasses

from jaxcnn._support.arguments import check_int, check_number, make_plain

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class ServerLimits:
    """Limits on size, time and rate, so that no client can use up a server.

    A request that exceeds one is answered by an error that names the limit; the others go on.

    Attributes:
        max_body_mib: Largest body of a request, in MiB. Status 413 beyond it.
        max_pending_mib: Largest sum of the bodies that are being received or answered, in MiB.
            Status 503 beyond it.
        max_pixels: Most pixels of a picture file, checked before it is decoded. Status 413.
        max_examples: Most examples of one request. Status 413.
        max_queue: Most examples that wait for a batch. Status 503, with a time to wait.
        max_wait_s: Longest time until a request is answered, in seconds. Status 504.
        max_receive_s: Longest time for the headers, and again for the body, in seconds. Status 408.
        max_connections: Most open connections. Status 503.
        max_rate: Requests per second and client, on average; None means any number. A client is an
            IPv4 address or an IPv6 network of 64 bits, and may send the requests of two seconds at
            once. Status 429.

    Raises:
        TypeError: If a limit is not a number.
        ValueError: If a limit is not positive, or that of all requests together is lower than that
            of one: `max_queue` than `max_examples`, or `max_pending_mib` than `max_body_mib`.
    """

    max_body_mib: float = 32
    max_pending_mib: float = 512
    max_pixels: int = 25_000_000
    max_examples: int = 64
    max_queue: int = 1024
    max_wait_s: float = 30
    max_receive_s: float = 10
    max_connections: int = 1000
    max_rate: float | None = None

    def __post_init__(self) -> None:
        make_plain(self)
        for name in ("max_pixels", "max_examples", "max_queue", "max_connections"):
            check_int(name, getattr(self, name))
        for name in ("max_body_mib", "max_pending_mib", "max_wait_s", "max_receive_s"):
            check_number(name, getattr(self, name), above=0)
        if self.max_rate is not None:
            check_number("max_rate", self.max_rate, above=0)
        # Otherwise some requests would be told to try again later, forever.
        self._check_at_least("max_queue", "max_examples")
        self._check_at_least("max_pending_mib", "max_body_mib")

    @property
    def max_body_bytes(self) -> int:
        """The largest body in bytes."""
        return int(self.max_body_mib * MIB)

    def _check_at_least(self, name: str, least: str) -> None:
        value, lowest = getattr(self, name), getattr(self, least)
        if value < lowest:
            raise ValueError(
                f"{name}: expected at least {least}, {lowest:g}, got {value:g} (or lower {least})"
            )

    @property
    def max_pending_bytes(self) -> int:
        """The largest sum of bodies in bytes."""
        return int(self.max_pending_mib * MIB)
