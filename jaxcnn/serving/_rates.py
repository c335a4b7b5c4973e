"""`Rates`: how many requests each client may send."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from jaxcnn.serving._errors import RequestError

BURST_S = 2
"""A client may send the requests of so many seconds at once."""

MAX_CLIENTS = 10_000
"""Clients that are remembered. Those that have been silent longest are forgotten first."""


class Rates:
    """A token bucket per client.

    Args:
        max_rate: Requests per second of each client, on average; None means any number.
        clock: A function that returns the time in seconds.
    """

    def __init__(self, max_rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = max_rate, clock
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def check(self, address: str) -> None:
        """Count a request of a client.

        Args:
            address: The client's IP address.

        Raises:
            RequestError: If the client has sent too many.
        """
        if self._rate is None:
            return
        client, now = client_of(address), self._clock()
        # The time at which the client would have sent all its requests at the highest rate.
        free_at = max(self._free_at.get(client, now), now) + 1 / self._rate
        late = free_at - now - max(BURST_S, 1 / self._rate)
        if late > 1e-9:
            seconds = str(math.ceil(late))
            raise RequestError(
                429,
                f"requests: expected at most {self._rate:g} per second, got more (try again later)",
                {"Retry-After": seconds},
            )
        self._free_at[client] = free_at
        self._free_at.move_to_end(client)
        if len(self._free_at) > MAX_CLIENTS:
            self._free_at.popitem(last=False)


def client_of(address: str) -> str:
    """Return the client that an address belongs to: of IPv6, the network of 64 bits.

    A socket for IPv6 shows the clients of IPv4 as ``::ffff:192.0.2.7``, all in one such network.

    Example:
        >>> client_of("192.0.2.7"), client_of("2001:db8:1:2:3:4:5:6")
        ('192.0.2.7', '2001:db8:1:2::/64')
        >>> client_of("::ffff:192.0.2.7")
        '192.0.2.7'
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
