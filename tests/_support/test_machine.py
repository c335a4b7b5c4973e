from importlib.metadata import version

from jaxcnn._support import machine


def test_a_containers_limit(tmp_path):
    assert machine.container_limit(tmp_path) is None
    for text, limit in (("max\n", None), ("1000\n", 1000)):
        (tmp_path / "memory.max").write_text(text)
        assert machine.container_limit(tmp_path) == limit


def test_memory_is_what_the_machine_has_or_less_in_a_container(monkeypatch):
    assert (machine.physical_memory() or 10**9) > 10**8
    monkeypatch.setattr(machine, "physical_memory", lambda: 1000)
    for limit, expected in ((None, 1000), (10, 10), (2000, 1000)):
        monkeypatch.setattr(machine, "container_limit", lambda limit=limit: limit)
        assert machine.memory_limit() == expected


def test_versions():
    assert machine.versions()["jax"] == version("jax")
