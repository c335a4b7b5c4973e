"""A local server that answers as the Hugging Face hub does, and as it should not."""

import hashlib
import http.server
import json
import threading

from hub_uploads import UploadHandler, Uploads

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git_checksum(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class HubServer:
    """Serves one repository: `files`, a dict of names and bytes, at `commit`.

    Faults are set as attributes: `status` of all answers; `listing`, in place of the list of files;
    `sent`, other contents than those that are listed; what is `cut` ends half-way, each time; what
    is `loops` redirects to itself; what is `stalled` never ends; `headers`, in place of those of
    files. `requests` counts the files sent. `uploads` has what it was sent.
    """

    def __init__(self):
        self.files, self.commit, self.branch = {}, COMMIT, "main"
        self.status, self.listing, self.sent = 200, None, {}
        self.cut, self.loops, self.stalled = set(), set(), set()
        self.cut_once, self.headers = set(), {}
        self.requests, self.stop = [], threading.Event()
        self.uploads = Uploads()
        handler = type("Handler", (_Handler,), {"hub": self})
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def info(self):
        """What the hub says about the repository; `lfs` for large files only, as there."""
        siblings = []
        for name, content in self.files.items():
            entry = {"rfilename": name, "size": len(content), "blobId": git_checksum(content)}
            if name.endswith(".safetensors"):
                sha256 = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
            siblings.append(entry)
        return {"_id": "1", "id": "timm/resnet18.a1_in1k", "sha": self.commit, "siblings": siblings}

    def close(self):
        self.stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(UploadHandler, http.server.BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        hub, path = self.hub, self.path.partition("?")[0]
        name = path.rpartition("/")[2]
        if hub.status != 200:
            code = {"X-Error-Code": "RepoNotFound"} if hub.status == 401 else {}
            self._send(hub.status, b"", {"X-Error-Message": "no answer", **code})
        elif path in hub.loops:
            self._send(302, b"", {"Location": hub.url + path})
        elif path.startswith("/api/models/") and path.count("/") == 4:
            self.send_repository(path.removeprefix("/api/models/"))
        elif path.startswith("/api/models/"):
            self._send_listing(name)
        elif name not in hub.files or "/resolve/" not in path:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            self._send_file(name)

    def _send_listing(self, revision):
        hub = self.hub
        if revision in (hub.branch, hub.commit):
            listing = json.dumps(hub.info()).encode() if hub.listing is None else hub.listing
            self._send(200, listing, {"Content-Type": "application/json"})
        else:
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})

    def _send_file(self, name):
        hub, listed = self.hub, self.hub.files[name]
        content = hub.sent.get(name, listed)
        etag = git_checksum(listed)
        if name.endswith(".safetensors"):
            etag = hashlib.sha256(listed).hexdigest()
        headers = {"X-Repo-Commit": hub.commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        headers |= hub.headers
        start = 0
        if wanted := self.headers.get("Range"):
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        broken = name in hub.cut | hub.stalled | hub.cut_once
        end = len(content) // 2 if broken else len(content)
        if self.command == "GET":
            hub.requests.append(name)
        self._send(206 if wanted else 200, content[start:], headers, max(end - start, 0))
        if name in hub.stalled and self.command == "GET":
            hub.stop.wait(5)
        if broken:
            self.close_connection = True
            hub.cut_once.discard(name)

    def _send(self, status, content, headers, sent=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[:sent])

    def log_message(self, format, *args):
        pass
