"""The half of the local hub that takes files: repositories, Git LFS, and commits."""

import base64
import hashlib
import http.server
import json
import re
from functools import partial
from urllib.parse import unquote

TOKEN = "hf_of_the_test"
LICENSES = ("apache-2.0", "mit", "cc-by-4.0")


class Uploads:
    """What was sent to a `HubServer`, and the faults of its answers.

    `refuse` has a status and a content by step; a step in `cut` ends without an answer, and one in
    `lost` is done first. The steps are create, yaml, branch, preupload, batch, put and commit.
    `private` has the repositories by name; `objects` the files of Git LFS by their SHA-256.
    """

    def __init__(self):
        self.refuse, self.cut, self.lost, self.steps = {}, set(), set(), []
        self.private, self.branches = {}, {"main"}
        self.objects, self.commits = {}, []


class UploadHandler(http.server.BaseHTTPRequestHandler):
    """Answers what sends something; `hub` is the server."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(self.path.partition("?")[0])
        for step, pattern, answer in _ROUTES:
            if found := re.fullmatch(pattern, path):
                self._answer(step, partial(answer, self, body, *found.groups()))
                return
        self.send_json(404, {"error": f"no such path: {path}"})

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        oid = self.path.rpartition("/")[2]
        self._answer("put", partial(self._put, oid, body))

    def _put(self, oid, body):
        assert hashlib.sha256(body).hexdigest() == oid
        self.hub.uploads.objects[oid] = body
        return 200, {}

    def _answer(self, step, make):
        uploads = self.hub.uploads
        uploads.steps.append(step)
        is_known = step == "put" or self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if step in uploads.cut:
            self.close_connection = True
        elif not is_known:
            self.send_json(401, {"error": "Invalid username or password."})
        elif step in uploads.refuse:
            status, content = uploads.refuse[step]
            self.send_json(status, content)
        else:
            status, content = make()
            if step in uploads.lost:  # done, but nobody hears of it
                self.close_connection = True
            else:
                self.send_json(status, content)

    def send_repository(self, name):
        private = self.hub.uploads.private
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.send_json(401, {"error": "Invalid credentials in Authorization header"})
        elif name in private:
            self.send_json(200, {**self.hub.info(), "id": name, "private": private[name]})
        else:
            code = {"X-Error-Code": "RepoNotFound"}
            self.send_json(404, {"error": "Repository not found"}, **code)

    def send_json(self, status, content, **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        message = content.get("error") if isinstance(content, dict) else None
        said = {"X-Error-Message": message} if message else {}
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **said, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def create(handler, body):
    asked = json.loads(body)
    name = f"{asked['organization']}/{asked['name']}"
    uploads = handler.hub.uploads
    if name in uploads.private:
        return 409, {"error": "You already created this model repo", "url": handler.hub.url}
    uploads.private[name] = asked.get("visibility") == "private" or asked.get("private", False)
    return 200, {"url": f"{handler.hub.url}/{name}", "name": name}


def validate(handler, body):
    import yaml  # which comes with huggingface_hub

    del handler
    text = json.loads(body)["content"]
    metadata = yaml.safe_load(text.split("---\n")[1])
    if metadata.get("license") in LICENSES:
        return 200, {"warnings": [], "errors": []}
    message = f'"license" must be one of {", ".join(LICENSES)}'
    return 400, {"errors": [{"message": message}], "warnings": [], "error": message}


def branch(handler, body, name, made):
    del body, name
    branches = handler.hub.uploads.branches
    if made in branches:
        return 409, {"error": "Reference already exists"}
    branches.add(made)
    return 200, {}


def preupload(handler, body, name, revision):
    del name
    if revision not in handler.hub.uploads.branches:
        return 404, {"error": f"Invalid rev id: {revision}"}
    files = [
        {
            "path": file["path"],
            "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
            "shouldIgnore": False,
        }
        for file in json.loads(body)["files"]
    ]
    return 200, {"files": files}


def batch(handler, body, name):
    del name
    hub, asked = handler.hub, json.loads(body)["objects"]
    objects = [dict(each) for each in asked]
    for each in objects:
        if each["oid"] not in hub.uploads.objects:
            each["actions"] = {"upload": {"href": f"{hub.url}/lfs/{each['oid']}"}}
    return 200, {"transfer": "basic", "objects": objects}


def commit(handler, body, name, revision):
    hub = handler.hub
    files = {}
    for line in map(json.loads, body.splitlines()):
        value = line["value"]
        if line["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            content = hub.uploads.objects.get(value["oid"])
            if content is None or len(content) != value["size"]:
                return 400, {"error": "an LFS file that was never uploaded"}
            files[value["path"]] = content
    hub.files = {**hub.files, **files}
    hub.commit, hub.branch = hashlib.sha1(body).hexdigest(), revision
    hub.uploads.commits.append((name, revision, sorted(files)))
    return 200, {"commitUrl": f"{hub.url}/{name}/commit/{hub.commit}", "commitOid": hub.commit}


_NAME = r"([^/]+/[^/]+)"
_ROUTES = (
    ("create", "/api/repos/create", create),
    ("yaml", "/api/validate-yaml", validate),
    ("branch", f"/api/models/{_NAME}/branch/(.+)", branch),
    ("preupload", f"/api/models/{_NAME}/preupload/(.+)", preupload),
    ("batch", rf"/{_NAME}\.git/info/lfs/objects/batch", batch),
    ("commit", f"/api/models/{_NAME}/commit/(.+)", commit),
)
