"""A local web server."""

import http.server
import threading
import time

import pytest
from published import Remote, md5


class Server:
    """Serves `pages`, `{path: bytes}`. What is in `cut` ends half-way, in `stalled` hangs there."""

    def __init__(self):
        self.pages, self.cut, self.stalled = {}, set(), set()
        handler = type("Handler", (_Handler,), {"shop": self})
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def publish(self, path, content):
        self.pages[path] = content
        return Remote(self.url + path, md5(content))

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    shop: Server

    def do_HEAD(self):
        self._head()

    def do_GET(self):
        content = self._head()
        if self.path in self.shop.cut | self.shop.stalled:
            content = content[: len(content) // 2]
        self.wfile.write(content)
        if self.path in self.shop.stalled:
            time.sleep(0.6)

    def _head(self):
        content = self.shop.pages.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        return content or b""

    def log_message(self, format, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.close()
