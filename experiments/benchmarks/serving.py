"""Compare the throughput of `jaxcnn serve` with that of the network alone, on one machine.

    python experiments/benchmarks/serving.py --out experiments/results/serving

For each network, measured in turn, several times:

- network: `CompiledNetwork.predict_proba` in batches of `--clients` images, in this process;
- server: `jaxcnn serve` in another process. Its clients, in this process, each send one image as
  raw uint8, and the next one when they have the answer.

Server, clients and network share the cores. The goal is that the server answers at least 0.9 times
as many images per second as the network alone.
"""

import dataclasses
import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tyro
from _http_clients import Load, load
from _results import facts, write_json
from _timing import interleave, ratio, spread
from _untrained import untrained

import jaxcnn
from jaxcnn.inference import Network
from jaxcnn.models import by_name

CHANNELS = 3
GOAL = 0.9


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        models: Networks of the zoo and the sides of their images, as name@side.
        clients: Clients at a time, and the batch of the network alone.
        seconds: Roughly how long one measurement takes.
        repeats: Number of rounds.
        options: Options of the server, such as --max-delay-ms=5.
        out: Folder for `serving.json`.
    """

    models: tuple[str, ...] = ("resnet18@128", "resnet18@64", "cifar_small@32")
    clients: int = 32
    seconds: float = 1.5
    repeats: int = 15
    options: tuple[str, ...] = ()
    out: Path | None = None


@contextmanager
def server(network: Network, options: tuple[str, ...]) -> Iterator[int]:
    """Serve a network in another process, and yield the port when it is ready."""
    with tempfile.TemporaryDirectory() as folder:
        jaxcnn.Run(network).save(Path(folder) / "run")
        run = [str(Path(folder) / "run"), "--port", "0", "--name", "model", *options]
        command = [sys.executable, "-m", "jaxcnn.commands", "serve", *run]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                first = process.stdout.readline()
                while not process.stdout.readline().startswith("ready"):
                    if process.poll() is not None:
                        raise SystemExit("the server ended")
                yield int(re.findall(r"http://127\.0\.0\.1:(\d+)", first)[0])
            finally:
                process.terminate()
    if process.returncode:
        raise SystemExit(f"the server ended with status {process.returncode}")


def request_of(image: np.ndarray) -> bytes:
    """Return the bytes of a request for one image; the answer is raw bytes, too."""
    tensor = {"name": "images", "shape": [1, *image.shape], "datatype": "UINT8"}
    tensor |= {"parameters": {"binary_data_size": image.size}}
    content = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
    text = json.dumps(content).encode()
    head = (
        "POST /v2/models/model/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Inference-Header-Content-Length: {len(text)}\r\n"
        f"Content-Length: {len(text) + image.size}\r\n\r\n"
    )
    return head.encode() + text + image.tobytes()


def batches(port: int) -> dict[str, float]:
    """Return how many batches the server has computed, with how many examples."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        text = response.read().decode()
    found = re.findall(r"^jaxcnn_batch_examples_(sum|count) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def measure(config: Config, model: str) -> dict[str, object]:
    """Measure one network, print the result, and return it."""
    name, _, side = model.partition("@")
    network = untrained(by_name(name).make(), (int(side), int(side), CHANNELS))
    size = config.clients
    images = np.random.default_rng(0).integers(0, 256, (size, *network.input_shape), np.uint8)
    compiled = network.compile(batch_size=size)
    samples = interleave({"warm": lambda: compiled.predict_proba(images)}, repeats=9, seconds=9)
    count = max(4, round(config.seconds / min(samples["warm"])))
    loads: list[Load] = []
    with server(network, config.options) as port:

        def alone() -> None:
            for _ in range(count):
                compiled.predict_proba(images)

        def served() -> None:
            request = request_of(images[0])
            made = load("127.0.0.1", port, request, clients=size, requests=count * size)
            loads.append(made)

        served()
        loads.clear()
        calls = {"network": alone, "server": served}
        samples = interleave(calls, repeats=config.repeats, seconds=1e4)
        computed = batches(port)
    latencies = np.concatenate([each.latencies for each in loads])
    return _result(model, count * size, samples, latencies, computed["sum"] / computed["count"])


def _result(
    model: str, images: int, samples: dict[str, list[float]], latencies: np.ndarray, filled: float
) -> dict[str, object]:
    share = ratio(samples["network"], samples["server"]).interval
    p50, p99 = (float(f"{1000 * np.percentile(latencies, q):.4g}") for q in (50, 99))
    print(f"{model}: {images:,} images per measurement")
    rates = {}
    for name, values in samples.items():
        rates[name] = spread([images / value for value in values])
        print("{:9}{median:8.0f} images/s ({low:.0f} to {high:.0f})".format(name, **rates[name]))
    print(f"server / network {share}; the goal is {GOAL}")
    print(f"latency p50 {p50} ms, p99 {p99} ms; {filled:.1f} images per batch\n", flush=True)
    return {
        "images": images,
        "images_per_second": rates,
        "ratio": [round(x, 3) for x in share],
        "p50_ms": p50,
        "p99_ms": p99,
        "images_per_batch": round(filled, 1),
    }


def main(config: Config) -> None:
    jaxcnn.set_up(cache=False)
    measured = {model: measure(config, model) for model in config.models}
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "numpy", "starlette", "uvicorn", "httptools"))
        write_json(config.out / "serving.json", about | {"clients": config.clients} | measured)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
