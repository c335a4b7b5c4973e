"""The subcommand `jaxcnn serve`."""

import re
from functools import partial
from pathlib import Path

from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first, keep_programs
from jaxcnn.hub import load, parse_address
from jaxcnn.runs import Run
from jaxcnn.serving import ServerLimits
from jaxcnn.serving import serve as serve_network

DEFAULTS = ServerLimits()


def serve(
    run: Path,
    /,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    name: str | None = None,
    max_batch: int = 32,
    max_delay_ms: float = 2,
    max_body_mib: float = DEFAULTS.max_body_mib,
    max_pending_mib: float = DEFAULTS.max_pending_mib,
    max_pixels: int = DEFAULTS.max_pixels,
    max_examples: int = DEFAULTS.max_examples,
    max_queue: int = DEFAULTS.max_queue,
    max_wait_s: float = DEFAULTS.max_wait_s,
    max_receive_s: float = DEFAULTS.max_receive_s,
    max_connections: int = DEFAULTS.max_connections,
    max_rate: float | None = None,
    drain_s: float = 1,
    trusted_proxies: tuple[str, ...] = (),
    cache: Path | None = None,
) -> int:
    """Serve a run's network over HTTP: tensors, picture files, metrics, and a page.

    It speaks the Open Inference Protocol, version 2, as KServe and Triton do. It prints its address
    and a command to try it. With the default host, only this machine can connect. There is neither
    encryption nor a password: for other machines, let a proxy stand in front of it.

    SIGTERM ends it after all requests are answered, and so does Ctrl-C; the exit status is then 0.
    A second signal ends it at once. The status is 2 if it cannot start.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment; or an
            address of the hub such as hf://user/name.
        host: The address to listen on; 0.0.0.0 is any of this machine.
        port: The port to listen on; 0 is any free port.
        name: The name of the model in addresses; by default that of the folder.
        max_batch: The largest batch; batches have 1, 2, 4, ... examples.
        max_delay_ms: The longest time for which an idle network waits for more examples, in
            milliseconds.
        max_body_mib: The largest body of a request, in MiB.
        max_pending_mib: The largest sum of the bodies in memory, in MiB.
        max_pixels: Most pixels of a picture file.
        max_examples: Most examples of a request.
        max_queue: Most examples that wait.
        max_wait_s: The longest time until a request is answered, in seconds.
        max_receive_s: The longest time for headers, and for a body, in seconds.
        max_connections: Most open connections.
        max_rate: Requests per second of each client; by default any number.
        drain_s: Seconds from SIGTERM, when the server says that it is not ready, until it takes no
            new connections.
        trusted_proxies: Addresses or networks of proxies, whose header X-Forwarded-For names the
            client.
        cache: A folder to keep compiled programs in, so that the command starts faster the next
            time; by default the folder that the experiments use, in the user's cache.
    """
    check_run_first("serve", run, ())
    limits = ServerLimits(
        max_body_mib=max_body_mib,
        max_pending_mib=max_pending_mib,
        max_pixels=max_pixels,
        max_examples=max_examples,
        max_queue=max_queue,
        max_wait_s=max_wait_s,
        max_receive_s=max_receive_s,
        max_connections=max_connections,
        max_rate=max_rate,
    )
    keep_programs(cache)
    loaded = load(run)
    name = name or model_name(run)
    serve_network(
        loaded,
        name=name,
        host=host,
        port=port,
        max_batch=max_batch,
        max_delay_ms=max_delay_ms,
        limits=limits,
        drain_s=drain_s,
        trusted_proxies=trusted_proxies,
        on_listen=lambda address: _say_address(address, run, loaded, name),
        on_event=partial(print, flush=True),
    )
    return 0


def model_name(run: Path) -> str:
    """Return the name of a folder in the characters that addresses allow.

    Example:
        >>> model_name(Path("runs/my photos"))
        'my_photos'
    """
    return re.sub(r"[^\w.-]+", "_", run.resolve().name, flags=re.ASCII)[:100] or "model"


def _say_address(address: str, run: Path, loaded: Run, name: str) -> None:
    """Print the server's address, and how to try it."""
    network = loaded.network
    print(f"{address} serves {readable(str(parse_address(run) or run))}: {network!r}", flush=True)
    model = f"{address}/v2/models/{name}"
    if network.takes_pictures:
        print(f"curl --data-binary @photo.jpg {model}/classify", flush=True)
    else:
        print(f"curl {model}", flush=True)
