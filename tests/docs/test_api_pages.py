"""The API pages of the site hold every public name once, and nothing else."""

import re

import pytest

from docs import api_pages, command_help
from docs.public_names import public_modules, public_names, resolve

LISTED = [
    name.path
    for package in api_pages.packages()
    for group in package.groups
    for name in group.names
]


def test_every_public_name_is_listed_once_and_nothing_else():
    assert sorted(LISTED) == sorted({name.path for name in public_names().values()})


def test_every_public_package_has_its_page():
    named = [package.name for package in api_pages.packages()]
    assert sorted(named) == sorted(set(public_modules()) - {"jaxcnn"})


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    (folder / "old.rst").write_text("a page of a group that is gone")
    api_pages.write_pages(folder)
    return {path.stem: path.read_text() for path in folder.glob("*.rst")}


def test_the_pages_document_what_is_listed(pages):
    entry = re.compile(r"^\.\. (?:auto\w+|py:function|py:data):: (jaxcnn[\w.]+)", re.MULTILINE)
    assert sorted(found for text in pages.values() for found in entry.findall(text)) == sorted(
        LISTED
    )


def test_each_page_is_in_one_table_of_contents(pages):
    toctree = re.compile(r"^\.\. toctree::\n   :hidden:\n\n((?:   \S+\n)+)", re.MULTILINE)
    listed = [
        name for text in pages.values() for found in toctree.findall(text) for name in found.split()
    ]
    assert sorted([*listed, "index"]) == sorted(pages)


def test_every_name_says_what_it_is():
    groups = [group for package in api_pages.packages() for group in package.groups]
    assert not [
        name.path for group in groups for name in group.names if not api_pages.docstring(name)
    ]


def test_every_command_shows_its_help(pages):
    shown = command_help.help_of().replace("\n", "")  # names are broken across lines
    assert f"{{{','.join(command_help.COMMANDS)}}}" in shown
    for command in command_help.COMMANDS:
        assert f"usage: jaxcnn {command}" in pages["commands"]


@pytest.mark.parametrize(
    ("text", "package", "path"),
    [
        ("fit", "jaxcnn", "jaxcnn.fit"),
        ("jaxcnn.training.fit", "jaxcnn", "jaxcnn.fit"),
        ("Network.predict", "jaxcnn", "jaxcnn.inference.Network.predict"),
        ("F.conv", "jaxcnn", "jaxcnn.functional.conv"),
        ("count_parameters", "jaxcnn.functional", "jaxcnn.functional.count_parameters"),
        ("nnx.Conv", "jaxcnn", "flax.nnx.Conv"),
        ("images", "jaxcnn", None),
        ("jaxcnn.fit_model", "jaxcnn", None),
    ],
)
def test_names_are_found_as_people_write_them(text, package, path):
    assert resolve(text, package) == path


def test_inherited_methods_are_on_the_page_of_the_class_that_defines_them():
    assert resolve("jaxcnn.data.Dataset.folds") == "jaxcnn.data.LabeledSet.folds"
    assert resolve("jaxcnn.data.Dataset.take") == "jaxcnn.data.Dataset.take"
    assert resolve("jaxcnn.Run.to_dict") == "jaxcnn.Run.to_dict"  # its class is not public
