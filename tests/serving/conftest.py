"""A small network, the application that serves it, and a client of it."""

import pytest
from small_run import network as network
from small_run import run as run
from starlette.testclient import TestClient

from jaxcnn import serving


@pytest.fixture(scope="session")
def served(network):
    """The application, with small limits; compiled once for all tests."""
    limits = serving.ServerLimits(max_examples=4, max_pixels=10_000, max_body_mib=0.25)
    made = serving.app(network, name="rows", max_batch=2, max_delay_ms=0, limits=limits)
    with TestClient(made) as client:  # which starts and ends the application
        made.state.engine.wait(60)
        yield client


@pytest.fixture
def client(served):
    return served
