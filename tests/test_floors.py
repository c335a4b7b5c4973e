"""Which way imports point, and that importing does nothing else."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import jaxcnn

PACKAGE = Path(jaxcnn.__file__).parent

# From the ground up; a file imports only from floors below its own, or from its own.
FLOORS = [
    "lowering",
    "functional",
    "layers",
    "architecture",
    "models",
    "data",
    "training",
    "profiling",
    "explain",
    "runs",
    "reports",
    "doctor",
    "commands",
]


def imports_of(path: Path) -> set[str]:
    """All modules that a file imports, at the top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floors_of(modules: set[str]) -> set[str]:
    return {name.split(".")[1] for name in modules if name.startswith("jaxcnn.")}


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_point_down(floor):
    allowed = {"_version", *FLOORS[: FLOORS.index(floor) + 1]}
    files = sorted((PACKAGE / floor).rglob("*.py"))
    assert files
    for path in files:
        above = floors_of(imports_of(path)) - allowed
        assert not above, f"{path} imports from above: {above}"


def test_every_folder_is_a_floor():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(FLOORS)


@pytest.mark.parametrize("floor", ["lowering", "functional"])
def test_the_lowest_floors_import_no_flax(floor):
    for path in (PACKAGE / floor).rglob("*.py"):
        assert not {name for name in imports_of(path) if name.startswith("flax")}, path


IMPORT_QUIETLY = """
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("a connection was opened")
socket.socket.connect = refuse
import jax, flax.nnx, optax, chex, safetensors.numpy, tqdm  # what is ours begins here
opened = []
def audit(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
        opened.append(arguments[0])
sys.addaudithook(audit)
import jaxcnn
from jax._src import xla_bridge
assert not xla_bridge.backends_are_initialized(), "a backend was started"
heavy = {"matplotlib", "sklearn", "pooch", "PIL", "tyro", "torch", "grain", "simplejpeg"}
heavy &= set(sys.modules)
assert not heavy, heavy
files = [name for name in opened if isinstance(name, str)]
assert not files, files
"""


def test_import_starts_no_backend_reads_no_file_and_opens_no_connection():
    result = subprocess.run([sys.executable, "-c", IMPORT_QUIETLY], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def public_objects():
    modules = [jaxcnn, *(importlib.import_module(f"jaxcnn.{floor}") for floor in FLOORS)]
    return [
        pytest.param(getattr(module, name), id=f"{module.__name__}.{name}")
        for module in modules
        for name in module.__all__
    ]


@pytest.mark.parametrize("thing", public_objects())
def test_everything_public_is_documented(thing):
    documented = inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)
    assert not documented or (thing.__doc__ and len(thing.__doc__) > 20)
