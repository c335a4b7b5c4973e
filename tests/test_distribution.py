"""The package's metadata: what is installed, and links that work on the page of an index."""

import re
import runpy
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FILES = "https://host/owner/jaxcnn/blob/v1"


class Interface:
    """Hatchling's class, which only build environments have."""

    def __init__(self, root: Path, config: dict) -> None:
        self.root, self.config = root, config


@pytest.fixture
def hook(monkeypatch):
    name = "hatchling.metadata.plugin.interface"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(MetadataHookInterface=Interface))
    return SimpleNamespace(**runpy.run_path(str(ROOT / "hatch_build.py")))


def test_links_of_the_readme_are_absolute_on_an_index(hook):
    text = hook.with_absolute_links((ROOT / "README.md").read_text(), FILES)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert f"]({FILES}/docs/how-to/own-pictures.md)" in text
    assert "](https://host/owner/jaxcnn/raw/v1/docs/guides/pictures/" in text
    assert "](https://docs.jax.dev)" in text


@pytest.mark.parametrize("files", [FILES, ""])
def test_addresses_come_from_the_environment_alone(hook, files, monkeypatch):
    monkeypatch.setenv("JAXCNN_REPOSITORY_URL", files)
    metadata = {}
    hook.RepositoryLinks(ROOT, {}).update(metadata)
    assert bool(metadata["urls"]) == bool(files)
    assert ("https://host" in metadata["readme"]["text"]) == bool(files)
    if files:
        assert metadata["urls"]["Repository"] == "https://host/owner/jaxcnn"


def test_the_main_job_needs_no_extra():
    base = {re.match(r"[\w-]+", each)[0] for each in PROJECT["dependencies"]}
    assert {"matplotlib", "pillow", "pooch", "tyro"} <= base
    assert PROJECT["scripts"]["jaxcnn"] == "jaxcnn.commands:main"


def test_the_release_workflow_builds_as_a_local_check_does():
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    assert "bash .ci/dist" in workflow
    assert "bash .ci/dist" in (ROOT / "Makefile").read_text()
