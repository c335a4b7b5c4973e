"""What docs/style.md asks for and a program can check."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "jaxcnn").rglob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
STYLE = ROOT / "docs" / "style.md"  # names what it forbids

UNITS = "axis|batch|branch|cell|channel|class|dimension|epoch|example|frame|image|label|layer|line"
UNITS += "|member|pixel|place|position|row|run|second|side|step|unit|value|weight"
FORBIDDEN = [
    *(r"\bof one's own\b", r"\btold of\b", r"\bgoes by\b", r"\bas it comes\b", r"\bis had by\b"),
    *(r"\bso far as\b", r"\bof whose\b", r"\blooked into\b", r"\bthat knows of\b"),
    rf"\b(one|two|steps|images|examples|seconds|numbers|rows|tiles|weights) an? ({UNITS})\b",
]
BRITISH = re.compile(
    r"\w*(colour|neighbour|behaviour|labelled(?!by)|learnt|\bcentre|ormalis|nitialis|ptimis[ei]"
    r"|egularis|ecognis|inimis|aximis|ummaris|isualis|\bgrey\b)\w*"
)


def lines_with(pattern: str | re.Pattern[str], path: Path) -> list[str]:
    """The lines of a file that hold a pattern, with their place."""
    numbered = enumerate(path.read_text().splitlines(), start=1)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for number, line in numbered
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_phrase_that_one_reads_twice(pattern):
    assert not [line for path in {*SOURCES, *PAGES} - {STYLE} for line in lines_with(pattern, path)]


def test_american_spelling():
    tests = sorted((ROOT / "tests").rglob("*.py"))
    names = ROOT / "jaxcnn/data/sets/_imagenet_classes.py"  # which are given: "grey fox"
    paths = {*SOURCES, *PAGES, *tests} - {STYLE, Path(__file__), names}
    assert not [line for path in paths for line in lines_with(BRITISH, path)]


def test_percents_have_no_space():
    assert not [
        line for path in {*SOURCES, *PAGES} for line in lines_with(r"\d %(?![ds]| \d)", path)
    ]


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """The name and docstring of everything in a file that has one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            text = ast.get_docstring(node)
            if text:
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'name', 'module')}", text


def entries(text: str, section: str) -> list[str]:
    """The entries of a section of a docstring, such as "Args"."""
    found = re.search(rf"^{section}:\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE)
    return re.findall(r"^    (\S.*(?:\n {5,}.*)*)", found.group(1), re.MULTILINE) if found else []


ALL = [(place, text) for path in SOURCES for place, text in docstrings(path)]


def test_no_docstring_begins_with_a_question_word():
    begins = re.compile(r"(What|Which|How|Where|Whether|That) ")
    assert not [place for place, text in ALL if begins.match(text) and place.count(":") == 1]


def test_arguments_are_sentences():
    assert not [
        f"{place}: {entry}"
        for place, text in ALL
        for entry in entries(text, "Args")
        if not re.match(r"[*\w ,()`|.]+: [^a-z]", entry)
        or not entry.rstrip().endswith((".", "```"))
    ]


def test_raises_begin_with_if():
    assert not [
        f"{place}: {entry}"
        for place, text in ALL
        for entry in entries(text, "Raises")
        if not re.match(r"\w+(, \w+)*: If ", entry)
    ]


def test_the_source_comes_last():
    after = re.compile(r"^Source:.*^(Args|Returns|Raises|Example):", re.MULTILINE | re.DOTALL)
    assert not [place for place, text in ALL if after.search(text)]
