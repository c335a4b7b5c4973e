"""A hub on this machine, with an empty cache."""

import importlib
import types

import pytest
from hub_server import HubServer
from hub_uploads import TOKEN


@pytest.fixture
def hub(monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    server = HubServer()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 10)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    # Between attempts, the package waits for a second and longer.
    for name in ("file_download", "utils._http"):
        module = importlib.import_module(f"huggingface_hub.{name}")
        monkeypatch.setattr(module, "time", types.SimpleNamespace(sleep=lambda _: None))
    yield server
    server.close()
