"""`jaxcnn serve` in a process of its own, and clients of plain sockets."""

import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np

RAW = "Inference-Header-Content-Length: 0"


class Server:
    """A running server."""

    def __init__(self, run, *options, port=0, expects_ready=True):
        command = [sys.executable, "-m", "jaxcnn.commands", "serve", str(run)]
        command += ["--name", "rows", "--max-batch", "4", "--port", str(port), *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        first = self.process.stdout.readline()
        found = re.match(r"http://127\.0\.0\.1:(\d+) serves ", first)
        assert found, first + self.process.stderr.read()
        self.port = int(found[1])
        assert self.process.stdout.readline().startswith("curl --data-binary")
        while expects_ready and not self.process.stdout.readline().startswith("ready after"):
            assert self.process.poll() is None, self.process.stderr.read()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def end(self):
        """Wait for the end: the exit status, and what was printed as errors."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors

    def memory_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


@contextmanager
def running(run, *options, **keywords):
    server = Server(run, *options, **keywords)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def connect(port, timeout=20):
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def post(path, body, *headers):
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def raw_request(images):
    """A request for images as raw bytes."""
    return post("/v2/models/rows/infer", images.tobytes(), RAW)


def read_response(connection):
    """The status, headers and body of the next response; None if the connection ends before."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (data := connection.recv(65536)):
            return None if not received else (0, {}, received)
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        if not (data := connection.recv(65536)):
            return None
        body += data
    return int(first.split()[1]), headers, body


def probabilities(body):
    import json

    (output,) = json.loads(body)["outputs"]
    return np.array(output["data"], np.float32).reshape(output["shape"])
