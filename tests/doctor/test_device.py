import jax
import pytest

from jaxcnn.doctor._device import (
    check_cpu_devices,
    check_device,
    judge_cpu_devices,
    judge_device,
    plugins,
)

CPU = {"platform": "cpu", "kind": "EPYC", "count": 2, "plugins": {}, "has_nvidia": False}
PLUGIN = {"plugins": {"jax-cuda13-plugin": "0.10.2"}}
NVIDIA = {"has_nvidia": True}


@pytest.mark.parametrize(
    ("machine", "environ", "broken", "advice"),
    [
        ({}, {}, False, None),
        ({}, {"JAX_PLATFORMS": "cpu"}, False, None),
        (PLUGIN, {}, False, "jax-cuda13-plugin 0.10.2 is installed, but finds no device"),
        (NVIDIA, {}, False, "JAX is not installed for it"),
        (PLUGIN | NVIDIA, {}, True, "jax-cuda13-plugin 0.10.2, but JAX fell back to the CPU"),
        (PLUGIN | NVIDIA, {"JAX_PLATFORMS": "cpu"}, False, "JAX_PLATFORMS=cpu keeps JAX on"),
        (PLUGIN | NVIDIA | {"platform": "gpu", "kind": "H100"}, {}, False, None),
    ],
)
def test_whether_the_device_is_what_the_machine_offers(machine, environ, broken, advice):
    finding = judge_device(**CPU | machine, environ=environ)
    assert finding.broken is broken
    assert finding.found.endswith("2 devices")
    if advice is None:
        assert finding.advice == ()
    else:
        assert advice in finding.advice[0]


def test_no_device_at_all(monkeypatch):
    def fail():
        raise RuntimeError("no GPU")

    monkeypatch.setattr("jaxcnn.doctor._device.device", fail)
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    finding = check_device()
    assert finding.broken
    assert finding.found == "none (no GPU)"
    assert "JAX_PLATFORMS=cuda asks for" in finding.advice[0]


def test_plugins_are_found_by_their_entry_points(tmp_path, monkeypatch):
    info = tmp_path / "jax_mine-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jax-mine\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[jax_plugins]\nmine = jax_mine\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert plugins()["jax-mine"] == "1.2"


def test_the_devices_are_counted():
    assert check_cpu_devices().found.startswith(f"{len(jax.devices('cpu'))} for ")


@pytest.mark.parametrize(
    ("count", "platform", "advised"),
    [(1, "cpu", True), (4, "cpu", False), (8, "cpu", False), (1, "gpu", False)],
)
def test_cores_as_devices(count, platform, advised):
    finding = judge_cpu_devices(count=count, cores=4, platform=platform)
    assert ["jaxcnn.set_up()" in text for text in finding.advice] == [True] * advised
    assert finding.found == f"{count} for 4 cores"
