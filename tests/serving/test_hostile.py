"""Ten thousand hostile requests: the server answers all others, and fails at none."""

import re
import threading

import numpy as np
import pytest
from hostile_requests import KINDS, hostile
from real_server import connect, probabilities, raw_request, read_response, running

REQUESTS, THREADS = 10_000, 48
SILENCE_S = 0.4
"""After so long without a byte, a server has no more to say."""
EVERY = 25
"""Hostile requests of a thread between two good ones."""

STATUS = re.compile(rb"HTTP/1\.[01] (\d+)")


def test_the_same_seed_makes_the_same_request():
    for seed in range(len(KINDS)):
        assert hostile(seed) == hostile(seed)


def statuses_after(port, content):
    """Send bytes, and return the statuses of all responses until the end or a silence."""
    received = b""
    with connect(port, timeout=20) as connection:
        try:
            connection.settimeout(SILENCE_S)
            connection.sendall(content)
            while data := connection.recv(65536):
                received += data
        except OSError:  # the server has closed the connection, or says nothing
            pass
    return [int(status) for status in STATUS.findall(received)]


@pytest.mark.slow
def test_no_request_takes_the_server_down(run, network):
    images = np.random.default_rng(0).integers(0, 256, (16, 1, 8, 8, 3), np.uint8)
    expected = network.predict_proba(images[:, 0])
    faults, answered = [], {kind.__name__: 0 for kind in KINDS}
    good = [0] * THREADS

    def work(thread, port):
        for number, seed in enumerate(range(thread, REQUESTS, THREADS)):
            kind, content = hostile(seed)
            statuses = statuses_after(port, content)
            answered[kind] += len(statuses)
            faults.extend((seed, kind, each) for each in statuses if each >= 500)
            if number % EVERY:
                continue
            index = seed % len(images)
            with connect(port) as connection:
                connection.sendall(raw_request(images[index]))
                status, _, body = read_response(connection)
            if status != 200 or not np.allclose(probabilities(body)[0], expected[index], atol=1e-5):
                faults.append((seed, "good", status))
            good[thread] += 1

    limits = ("--max-receive-s", "2", "--max-body-mib", "4", "--max-pixels", "1000000")
    with running(run, *limits) as server:
        before = server.memory_mib()
        threads = [threading.Thread(target=work, args=(k, server.port)) for k in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        silent = {kind for kind, count in answered.items() if not count}
        assert silent <= {"cut"}  # for which the server waits longer than its client
        assert sum(good) >= REQUESTS // EVERY
        assert server.memory_mib() < before + 300
        server.terminate()
        status, printed = server.end()
        assert status == 0
        assert "Traceback" not in printed  # Pillow's C code prints a line about damaged TIFF files
