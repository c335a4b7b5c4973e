"""Answers in the shapes of the Open Inference Protocol, and equal to the network's predictions."""

import json
import re

import numpy as np
import pytest

from jaxcnn import __version__

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 8, 8, 3), np.uint8)
INFER = "/v2/models/rows/infer"
INDEX = "/v2/repository/index"
SHAPE = [3, 8, 8, 3]


# The required members of the schemas in open_inference_rest.yaml of KServe, with their types.
TENSOR = {"name": str, "shape": list, "datatype": str}
SCHEMAS = {
    "metadata_server_response": {"name": str, "version": str, "extensions": list},
    "metadata_model_response": {"name": str, "platform": str, "inputs": list, "outputs": list},
    "inference_response": {"model_name": str, "outputs": list},
}


def check_schema(content, members):
    assert {name: type(content[name]) for name in members} == members


def tensor(**changes):
    """An input as JSON; a change to None takes a member out."""
    made = {"name": "images", "shape": SHAPE, "datatype": "UINT8", "data": IMAGES.ravel().tolist()}
    return {key: value for key, value in (made | changes).items() if value is not None}


def as_body(*inputs, raw=b"", **members):
    """A request with JSON and raw bytes after it: body and headers."""
    text = json.dumps({"inputs": list(inputs), **members}).encode()
    return text + raw, {"Inference-Header-Content-Length": str(len(text))}


def numbers(response):
    assert response.status_code == 200, response.text
    (output,) = response.json()["outputs"]
    check_schema(output, TENSOR)
    assert (output["name"], output["datatype"]) == ("probabilities", "FP32")
    return np.array(output["data"], np.float32).reshape(output["shape"])


@pytest.fixture(scope="module")
def expected(network):
    return network.predict_proba(IMAGES)


def test_metadata(client):
    for path in ("/v2", "/v2/"):
        about = client.get(path).json()
        check_schema(about, SCHEMAS["metadata_server_response"])
        assert about["version"] == __version__
        assert about["extensions"] == ["binary_tensor_data"]
    for path in ("/v2/models/rows", "/v2/models/rows/versions/1"):
        about = client.get(path).json()
        check_schema(about, SCHEMAS["metadata_model_response"])
        assert about["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 8, 8, 3]}]
        assert about["outputs"] == [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]}]
        assert about["parameters"]["class_names"] == ["cat", "dog", "bird"]


def test_the_list_of_models_is_that_of_triton(client):
    model = {"name": "rows", "version": "1", "state": "READY", "reason": ""}
    engine = client.app.state.engine
    for body in (b"", b"{}", b'{"ready": true}'):
        assert client.post(INDEX, content=body).json() == [model]
    engine.is_draining = True
    try:
        (left,) = client.post(INDEX).json()
        assert (left["name"], left["state"]) == ("rows", "UNLOADING")
        assert client.post(INDEX, json={"ready": True}).json() == []
    finally:
        engine.is_draining = False
    for body, expected in ((b"[1]", "body: "), (b"{", "body: "), (b'{"ready": 1}', "ready: ")):
        response = client.post(INDEX, content=body)
        assert response.status_code == 400
        assert response.json()["error"].startswith(f"{expected}expected ")
    assert client.post(INDEX, content=bytes(5000)).status_code == 413
    assert 'endpoint="repository_index",status="200"' in client.get("/metrics").text
    for method, path in (("GET", "/v2/models"), ("POST", "/v2/models/")):
        response = client.request(method, path)
        assert response.status_code == 404
        assert "/v2/models/rows, " in response.json()["error"]


def test_health(client):
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json()["ready"] is True
    assert client.get("/v2/models/rows/ready").json() == {"name": "rows", "ready": True}


@pytest.mark.parametrize(
    "given",
    [
        tensor(),
        tensor(data=IMAGES.tolist()),
        tensor(data=(IMAGES / 255).tolist(), datatype="FP32"),
        tensor(data=(IMAGES / 255).ravel().tolist(), datatype="FP64"),
    ],
    ids=["flat", "nested", "FP32", "FP64"],
)
def test_json(client, expected, given):
    response = client.post(INFER, json={"id": "42", "inputs": [given]})
    np.testing.assert_allclose(numbers(response), expected, rtol=1e-4, atol=1e-6)
    content = response.json()
    check_schema(content, SCHEMAS["inference_response"])
    assert (content["model_name"], content["id"]) == ("rows", "42")


def binary(images, datatype):
    raw = images.tobytes()
    return tensor(data=None, datatype=datatype, parameters={"binary_data_size": len(raw)}), raw


@pytest.mark.parametrize("datatype", ["UINT8", "FP32"])
def test_raw_bytes_after_json(client, expected, datatype):
    images = IMAGES if datatype == "UINT8" else (IMAGES / 255).astype("<f4")
    given, raw = binary(images, datatype)
    body, headers = as_body(given, raw=raw, parameters={"binary_data_output": True})
    response = client.post(INFER, content=body, headers=headers)
    length = int(response.headers["Inference-Header-Content-Length"])
    (output,) = json.loads(response.content[:length])["outputs"]
    assert output["parameters"] == {"binary_data_size": len(response.content) - length}
    found = np.frombuffer(response.content[length:], "<f4").reshape(output["shape"])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_raw_bytes_alone(client, expected):
    headers = {"Inference-Header-Content-Length": "0"}
    response = client.post(INFER, content=IMAGES.tobytes(), headers=headers)
    np.testing.assert_allclose(numbers(response), expected, rtol=1e-4, atol=1e-6)


def test_raw_bytes_without_the_header(client):
    error = client.post(INFER, content=IMAGES.tobytes()).json()["error"]
    assert error.endswith("(for raw bytes send Inference-Header-Content-Length: 0)")
    error = client.post(f"{INFER}?top=1", json={}).json()["error"]
    assert error == "address: expected no parameters, got 'top'"
    error = client.post("/v2/infer").json()["error"]
    assert "/v2/models/rows/infer, " in error


def test_an_output_says_how_it_is_wanted(client):
    wanted = [{"name": "probabilities", "parameters": {"binary_data": False}}]
    members = {"outputs": wanted, "parameters": {"binary_data_output": True}}
    response = client.post(INFER, json={"inputs": [tensor()], **members})
    assert len(numbers(response)) == 3


LONG = "1" * 5000
BAD_JSON = {
    "no JSON": (b"{", "body: expected JSON"),
    "nothing": (b"", "body: expected JSON"),
    "other bytes": (b"\xff\xfe\x00", "body: expected JSON in UTF-8"),
    "deep": (b"[" * 100_000, "body: expected at most 100 nested"),
    "a list": (b"[1]", "body: expected a JSON object, got [1]"),
    "NaN": (b'{"inputs": NaN}', "body: expected finite numbers, got NaN"),
    "a key twice": (b'{"id": "a", "id": "b"}', "body: expected each key once"),
    "a long number": (b'{"inputs": %s}' % LONG.encode(), "body: "),
}


@pytest.mark.parametrize(("body", "message"), BAD_JSON.values(), ids=BAD_JSON)
def test_malformed_json(client, body, message):
    response = client.post(INFER, content=body)
    assert response.status_code == 400
    assert response.json()["error"].startswith(message)


EMPTY = np.zeros((0, 8, 8, 3)).tolist()
BAD = {
    "no inputs": ({}, "inputs: expected a list of one tensor, 'images', got None"),
    "two inputs": ({"inputs": [tensor()] * 2}, "inputs: expected a list of one .*, got 2"),
    "no tensor": ({"inputs": [5]}, "inputs: expected a JSON object, got 5"),
    "another name": ({"inputs": [tensor(name="x")]}, "inputs: expected the name 'images', got 'x'"),
    "no shape": ({"inputs": [tensor(shape=None)]}, "shape: expected a list of integers"),
    "a wrong shape": (
        {"inputs": [tensor(shape=[3, 192])]},
        r"shape: expected \[N, 8, 8, 3\] with N from 1, got \[3, 192\]",
    ),
    "a negative shape": ({"inputs": [tensor(shape=[-1, 8, 8, 3])]}, "shape: expected a list of"),
    "a huge shape": ({"inputs": [tensor(shape=[2**64, 8, 8, 3])]}, "shape: expected a list of"),
    "no examples": ({"inputs": [tensor(shape=[0, 8, 8, 3], data=[])]}, "shape: .* N from 1"),
    "booleans": ({"inputs": [tensor(data=[True] * 576)]}, "data: expected integers, .* bool"),
    "texts": ({"inputs": [tensor(data=["1"] * 576)]}, "data: expected integers, .* str"),
    "an object": ({"inputs": [tensor(data={"0": 1})]}, "data: expected a list of numbers"),
    "objects": ({"inputs": [tensor(data=[{}] * 576)]}, "data: expected integers, .* dict"),
    "ragged": ({"inputs": [tensor(data=[[1], 2])]}, "data: expected lists of one depth"),
    "too few": ({"inputs": [tensor(data=[1, 2])]}, r"data: expected 576 numbers for \[3, .*got 2"),
    "beyond uint8": ({"inputs": [tensor(data=[256] * 576)]}, "data: expected numbers in the range"),
    "fractions": ({"inputs": [tensor(data=[0.5] * 576)]}, "data: expected integers, .* float"),
    "beyond floats": (
        {"inputs": [tensor(data=[10**400] * 576, datatype="FP32")]},
        "data: expected numbers in the range of float32",
    ),
    "infinite": (
        {"inputs": [tensor(data=[1e300] * 576, datatype="FP32")]},
        "images: expected finite values",
    ),
    "not pixels": (
        {"inputs": [tensor(data=[7.0] * 576, datatype="FP32")]},
        r"images: expected floats within \[0, 1\]",
    ),
    "another datatype": (
        {"inputs": [tensor(datatype="BYTES")]},
        "datatype: expected UINT8 or FP32 or FP64, got 'BYTES'",
    ),
    "another output": (
        {"inputs": [tensor()], "outputs": [{"name": "logits"}]},
        "outputs: expected the name 'probabilities', got 'logits'",
    ),
    "a long id": ({"inputs": [tensor()], "id": "x" * 2000}, "id: expected a text of at most 1000"),
    "odd parameters": ({"inputs": [tensor()], "parameters": 3}, "parameters: expected a JSON obj"),
    "an odd flag": (
        {"inputs": [tensor()], "parameters": {"binary_data_output": "yes"}},
        "binary_data: expected true or false, got 'yes'",
    ),
    "bytes that are not there": (
        {"inputs": [binary(IMAGES, "UINT8")[0]]},
        "binary_data_size: expected as many bytes after the JSON, 576, got 0",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_malformed_requests(client, content, message):
    response = client.post(INFER, json=content)
    assert response.status_code == 400
    assert re.match(message, response.json()["error"]), response.json()


@pytest.mark.parametrize("length", ["-1", "x", "", "9" * 30, "99999", "1e2", "\xb2"])
def test_a_wrong_length_of_the_json(client, length):
    headers = {b"Inference-Header-Content-Length": length.encode("latin-1")}
    response = client.post(INFER, content=IMAGES.tobytes(), headers=headers)
    assert response.status_code == 400
    assert response.json()["error"].startswith("Inference-Header-Content-Length: expected a number")


def test_raw_bytes_that_do_not_fit(client):
    for body in (b"", b"x" * 191):
        headers = {"Inference-Header-Content-Length": "0"}
        response = client.post(INFER, content=body, headers=headers)
        assert response.status_code == 400
        assert response.json()["error"].startswith("images: expected a multiple of 192 bytes")
    given, raw = binary(IMAGES, "UINT8")
    cases = (
        (tensor(), "binary_data_size: expected it among the parameters"),
        (given | {"data": [1]}, "inputs: expected either data or binary_data_size, got both"),
        (given | {"parameters": {"binary_data_size": "576"}}, "binary_data_size: expected 576"),
        (given | {"parameters": {"binary_data_size": 575}}, "binary_data_size: expected 576"),
    )
    for changed, message in cases:
        body, headers = as_body(changed, raw=raw)
        response = client.post(INFER, content=body, headers=headers)
        assert response.status_code == 400
        assert response.json()["error"].startswith(message)


def test_limits(client):
    headers = {"Inference-Header-Content-Length": "0"}
    response = client.post(INFER, content=bytes(192 * 5), headers=headers)
    assert response.status_code == 413
    assert response.json()["error"] == "shape: expected at most 4 examples, got 5"
    response = client.post(INFER, content=bytes(2**18 + 1))
    assert response.status_code == 413
    assert response.json()["error"].startswith("body: expected at most 262144 bytes, got 262145")
    assert response.headers["Connection"] == "close"
    response = client.post(INFER, content=iter([bytes(2**17)] * 3))
    assert response.status_code == 413
    response = client.post(INFER, content=b"x", headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/cats", 404),
        ("GET", "/v2/models/rows/versions/2", 404),
        ("POST", "/v2/models/cats/infer", 404),
        ("GET", INFER, 405),
        ("POST", "/v2", 405),
        ("GET", "/v2/models/../../etc/passwd", 404),
        ("GET", "/v2/models/%2e%2e%2frows", 404),
        ("GET", "/%00", 404),
        ("DELETE", "/v2/models/rows", 405),
    ],
)
def test_wrong_addresses(client, method, path, status):
    response = client.request(method, path)
    assert response.status_code == status
    assert "expected" in response.json()["error"]


def test_a_wrong_method_is_named_with_the_right_one(client):
    response = client.get(INFER)
    assert response.json()["error"] == f"method: expected POST for {INFER!r}, got GET"
    assert response.headers["Allow"] == "POST"
    error = client.post("/v2").json()["error"]
    assert error == "method: expected GET or HEAD for '/v2', got POST"


def test_metrics(client):
    from prometheus_client.parser import text_string_to_metric_families

    client.post(INFER, json={"inputs": [tensor()]})
    client.get("/v2/models/nothing")
    text = client.get("/metrics").text
    samples = {
        (each.name, *each.labels.values()): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }
    assert samples["jaxcnn_requests_total", "infer", "200"] >= 1
    assert samples["jaxcnn_requests_total", "model", "404"] >= 1
    assert samples["jaxcnn_request_seconds_count", "infer"] >= 1
    assert samples["jaxcnn_batch_examples_sum",] >= 3
    assert "_created" not in text
    assert (samples["jaxcnn_queue_examples",], samples["jaxcnn_ready",]) == (0, 1)
