"""The real server: how it starts, how it ends under load, and that it loses nothing."""

import signal
import threading
import time

import numpy as np
import pytest
from real_server import connect, probabilities, raw_request, read_response, running

from jaxcnn import commands

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 1, 8, 8, 3), np.uint8)


@pytest.fixture(scope="module")
def expected(network):
    return network.predict_proba(IMAGES[:, 0])


class Clients:
    """Threads that ask for one image after the other, and compare the answers."""

    def __init__(self, expected, port, count=8, retry=False):
        self.expected, self.port, self.retry = expected, port, retry
        self.answered, self.lost, self.wrong, self.refused = 0, [], [], 0
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(k,)) for k in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)

    def wait_for_answers(self, count):
        """Wait until so many more answers have come, however slow the machine is."""
        target, end = self.answered + count, time.monotonic() + 60
        while self.answered < target:
            assert time.monotonic() < end, (self.answered, target, self.lost, self.refused)
            time.sleep(0.01)

    def work(self, number):
        connection, rng = None, np.random.default_rng(number)
        while not self.stop.is_set():
            index = int(rng.integers(len(IMAGES)))
            while not self.stop.is_set():
                try:
                    connection = connection or connect(self.port)
                except OSError:
                    self.refused += 1
                    if not self.retry:
                        return
                    time.sleep(0.02)
                    continue
                connection, is_done = self.ask(connection, index)
                if is_done:
                    break
        if connection:
            connection.close()

    def ask(self, connection, index):
        """Ask once: the connection for the next request, and whether there was an answer."""
        try:
            connection.sendall(raw_request(IMAGES[index]))
            response = read_response(connection)
        except OSError as error:
            response = error
        if not isinstance(response, tuple) or response[0] == 0:
            connection.close()
            with self.lock:
                self.lost.append(response)
            return None, False
        status, headers, body = response
        if status == 503 and self.retry:
            connection.close()
            return None, False
        close = status != 200
        if close or not np.allclose(probabilities(body)[0], self.expected[index], atol=1e-5):
            self.wrong.append((status, body))
        with self.lock:
            self.answered += 1
        if headers.get("connection") == "close":
            connection.close()
            connection = None
        return connection, True


@pytest.mark.slow
def test_sigterm_under_load_loses_no_request(run, expected):
    for _ in range(5):
        with running(run) as server, Clients(expected, server.port) as clients:
            clients.wait_for_answers(100)
            server.terminate()
            with connect(server.port) as connection:  # it still answers, but is not ready
                time.sleep(0.1)
                connection.sendall(b"GET /v2/health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
                status, headers, _ = read_response(connection)
                assert (status, headers["connection"]) == (503, "close")
            assert server.end() == (0, "")
            clients.stop.set()
        assert not clients.lost
        assert not clients.wrong
        assert clients.answered > 100


@pytest.mark.slow
def test_clients_that_retry_lose_nothing_when_the_server_restarts(run, expected):
    with running(run) as first:
        port = first.port
        with Clients(expected, port, retry=True) as clients:
            clients.wait_for_answers(100)
            first.terminate()
            assert first.end() == (0, "")
            with running(run, port=port):
                clients.wait_for_answers(100)
                clients.stop.set()
                clients.__exit__()
        assert not clients.wrong
        assert clients.refused > 0


@pytest.mark.slow
def test_the_end_is_printed(run):
    with running(run, "--drain-s", "0.2") as server:
        server.terminate()
        printed, errors = server.process.communicate(timeout=60)
        assert (printed, errors) == ("stopping: 0 requests left\nstopped\n", "")


@pytest.mark.slow
def test_a_second_signal_ends_at_once(run):
    with running(run, "--drain-s", "60") as server:
        server.terminate()
        time.sleep(0.3)
        assert server.process.poll() is None
        server.terminate()
        assert server.process.wait(5) == 128 + signal.SIGTERM


@pytest.mark.slow
def test_slow_and_silent_clients_are_sent_away(run):
    with running(run, "--max-receive-s", "0.5", "--max-connections", "8") as server:
        started = b"POST /v2/models/rows/infer HTTP/1.1\r\nContent-Length: 192\r\nHost"
        for sent in (b"", started, started + b": x\r\n\r\nxx"):
            with connect(server.port) as connection:
                connection.sendall(sent)
                began = time.monotonic()
                status, headers, _ = read_response(connection)
                assert (status, headers["connection"]) == (408, "close")
                assert 0.3 < time.monotonic() - began < 5
        many = [connect(server.port) for _ in range(8)]
        with connect(server.port) as connection:
            assert read_response(connection)[0] == 503
        for each in many:
            each.close()
        server.terminate()
        assert server.end() == (0, "")


def test_what_is_no_run_and_a_port_in_use(tmp_path, run, capsys):
    with pytest.raises(SystemExit, match="2"):
        commands.main(["serve", str(tmp_path)])
    assert "expected a saved network" in capsys.readouterr().err
    with connect_listener() as listener, pytest.raises(SystemExit, match="2"):
        commands.main(["serve", str(run), "--port", str(listener.getsockname()[1])])
    assert "--port: expected a free one of this machine" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        commands.main(["serve", str(run), "--port", "99999"])
    assert "--port: expected a number from 0 to 65535, got 99999" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        commands.main(["serve", str(run), "--max-rate", "0"])
    assert "--max-rate: expected" in capsys.readouterr().err


def connect_listener():
    import socket

    return socket.create_server(("127.0.0.1", 0))
