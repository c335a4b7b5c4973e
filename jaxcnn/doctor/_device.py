"""Check on which device JAX computes."""

import os
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import jax

from jaxcnn._support.machine import cpu_cores, device
from jaxcnn.doctor._diagnosis import Finding


def check_device() -> Finding:
    """Check the device that JAX uses."""
    try:
        found = device()
    except (AssertionError, RuntimeError) as error:  # JAX raises these if no device starts
        asked = os.environ.get("JAX_PLATFORMS")
        hint = (
            f"JAX_PLATFORMS={asked} asks for a device that does not start: unset it."
            if asked
            else "JAX finds no device that starts: reinstall jax and jaxlib."
        )
        return Finding(
            "device", f"none ({str(error) or type(error).__name__})", (hint,), broken=True
        )
    return judge_device(
        platform=str(found["platform"]),
        kind=str(found["kind"]),
        count=int(found["count"]),
        plugins=plugins(),
        has_nvidia=any(Path("/dev").glob("nvidia[0-9]*")),
        environ=os.environ,
    )


def judge_device(
    *,
    platform: str,
    kind: str,
    count: int,
    plugins: Mapping[str, str],
    has_nvidia: bool,
    environ: Mapping[str, str],
) -> Finding:
    """Judge whether JAX uses the best device of the machine.

    Args:
        platform: The platform that JAX uses, such as ``"cpu"``.
        kind: The model of the device.
        count: Number of devices.
        plugins: Versions of JAX's packages for other devices, by their names.
        has_nvidia: Whether the system shows an NVIDIA GPU.
        environ: The environment variables.
    """
    text = f"{platform}: {kind}, {count} device{'s' if count > 1 else ''}"
    if platform != "cpu":
        return Finding("device", text)
    asked = environ.get("JAX_PLATFORMS", "")
    if asked.startswith("cpu"):
        advice = (f"JAX_PLATFORMS={asked} keeps JAX on the CPU.",) if plugins or has_nvidia else ()
        return Finding("device", text, advice)
    installed = ", ".join(f"{name} {version}" for name, version in plugins.items())
    if installed and has_nvidia:
        sentence = (
            f"There is an NVIDIA GPU and {installed}, but JAX fell back to the CPU: compare the "
            "versions of jax, jaxlib and the plugin, and the driver's (nvidia-smi)."
        )
        return Finding("device", text, (sentence,), broken=True)
    if installed:
        return Finding("device", text, (f"{installed} is installed, but finds no device.",))
    if has_nvidia:
        sentence = (
            "There is an NVIDIA GPU, but JAX is not installed for it: pip install 'jaxcnn[cuda]'."
        )
        return Finding("device", text, (sentence,))
    return Finding("device", text)


def plugins() -> dict[str, str]:
    """Find JAX's installed packages for devices other than the CPU, with their versions."""
    found = {
        package.metadata["Name"]: package.version
        for package in distributions()
        if any(entry.group == "jax_plugins" for entry in package.entry_points)
    }
    return dict(sorted(found.items()))


def check_cpu_devices() -> Finding:
    """Check how many JAX devices the CPU cores form."""
    return judge_cpu_devices(
        count=len(jax.devices("cpu")), cores=cpu_cores(), platform=jax.default_backend()
    )


def judge_cpu_devices(*, count: int, cores: int, platform: str) -> Finding:
    """Judge whether each CPU core is a separate device, if JAX computes on the CPU."""
    text = f"{count} for {cores} core{'s' if cores > 1 else ''}"
    if platform != "cpu" or count >= cores:
        return Finding("CPU devices", text)
    sentence = (
        "Most networks train faster with each core as a device; with oneDNN, those of many small "
        "layers, such as MobileNet, do not. In your own program, call "
        "jaxcnn.set_up() before anything is computed, or set "
        f"JAX_NUM_CPU_DEVICES={cores} in its environment (`jaxcnn train` does so by itself)."
    )
    return Finding("CPU devices", text, (sentence,))
