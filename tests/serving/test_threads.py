"""Long JSON is read and written in threads, while the event loop answers others."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jaxcnn.serving import _endpoints, _messages

INFER = "/v2/models/rows/infer"
TENSOR = {"name": "images", "shape": [1, 8, 8, 3], "datatype": "UINT8", "data": [0] * 192}
LONG = json.dumps({"inputs": [TENSOR]}).encode().ljust(_endpoints.SMALL + 1)


@pytest.mark.parametrize("headers", [{}, {"Inference-Header-Content-Length": str(len(LONG))}])
def test_the_server_answers_others_while_it_parses_long_json(client, monkeypatch, headers):
    began, answered, parse_json = threading.Event(), threading.Event(), _messages.parse_json

    def parse(text, **options):
        began.set()
        assert answered.wait(5), "the event loop waits for the parser"
        return parse_json(text, **options)

    monkeypatch.setattr(_messages, "parse_json", parse)
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(client.post, INFER, content=LONG, headers=headers)
        assert began.wait(5)
        assert client.get("/v2/health/live").status_code == 200
        answered.set()
        assert response.result().status_code == 200


def test_many_predicted_values_are_written_by_a_thread(client, monkeypatch):
    writers, write_response = [], _endpoints.write_response

    def write(*arguments, **options):
        writers.append(threading.current_thread().name.partition("_")[0])
        return write_response(*arguments, **options)

    monkeypatch.setattr(_endpoints, "write_response", write)
    for most in (3, 2):
        monkeypatch.setattr(_endpoints, "MANY", most)
        assert client.post(INFER, json={"inputs": [TENSOR]}).status_code == 200
    assert [name == "jaxcnn-reader" for name in writers] == [False, True]
