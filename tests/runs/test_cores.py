import jax
import pytest

from jaxcnn.lowering._machine import cpu_cores
from jaxcnn.runs._cores import make_cores_devices


@pytest.mark.parametrize(
    ("set_by_user", "devices", "expected"),
    [(None, None, cpu_cores()), (None, 5, 5), ("3", None, None), ("3", 5, 5)],
)
def test_each_core_is_a_device_unless_the_user_says_otherwise(
    set_by_user, devices, expected, monkeypatch
):
    changed: dict[str, int] = {}
    monkeypatch.setattr(jax.config, "update", changed.__setitem__)
    monkeypatch.delenv("JAX_NUM_CPU_DEVICES", raising=False)
    if set_by_user is not None:
        monkeypatch.setenv("JAX_NUM_CPU_DEVICES", set_by_user)
    make_cores_devices(devices)
    assert changed.get("jax_num_cpu_devices") == expected


def test_it_is_too_late_once_something_was_computed():
    jax.devices()
    with pytest.raises(RuntimeError, match="before"):
        make_cores_devices(jax.config.jax_num_cpu_devices + 1)
