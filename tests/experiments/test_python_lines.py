import numpy as np
import pytest

from experiments._python_lines import (
    KINDS,
    LENGTH,
    Lines,
    library_files,
    lines_of,
    read_lines,
    split,
)

SOURCE = '''"""The first line of a docstring."""

## What follows is a comment ##
import something as anything
value = 1234567890  # a comment beside code


def function(argument):
    r"""Short summary of it.

    Return neither letter
    >>> function("an example")
    """
    text = """not documentation
    but a string"""
    return argument + value


async def coroutine():
    "Rarely awaited."
'''


def test_lines_and_their_kinds(tmp_path):
    (tmp_path / "a.py").write_text(SOURCE)
    found = [(text, KINDS[kind]) for text, kind in lines_of(tmp_path / "a.py")]
    assert found == [
        ("The first line of a docstring.", "docstring"),
        ("What follows is a comment", "comment"),
        ("import something as anything", "code"),
        ("def function(argument):", "code"),
        ("Short summary of it.", "docstring"),
        ("Return neither letter", "docstring"),
        ("return argument + value", "code"),
        ("async def coroutine():", "code"),
        ("Rarely awaited.", "docstring"),
    ]


def test_what_is_there_twice_is_left_out(tmp_path):
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    files[0].write_text("first_thing = 1\nshared_thing = 2\n")
    files[1].write_text("shared_thing = 2\nsecond_thing = 3\n")
    lines = read_lines(files)
    assert lines.texts.tolist() == ["first_thing = 1", "second_thing = 3"]
    assert lines.files.tolist() == [0, 1]


def test_no_file_is_on_both_sides_of_a_split():
    rng = np.random.default_rng(0)
    texts = np.array([f"line {i}" for i in range(400)])
    lines = Lines(texts, rng.integers(0, 3, 400), rng.integers(0, 8, 400))
    train, test = split(lines, 30, 10, seed=1)
    assert not {*train.files} & {*test.files}
    assert np.bincount(train.kinds).tolist() == [30] * 3
    assert np.bincount(test.kinds).tolist() == [10] * 3


@pytest.mark.parametrize(("text", "codes"), [(" ~", [1, 95]), ("ä", [96]), ("", [])])
def test_characters_are_numbers(text, codes):
    (tokens,) = Lines(np.array([text]), np.zeros(1), np.zeros(1)).tokens()
    assert tokens.tolist() == codes + [0] * (LENGTH - len(codes))


def test_every_machine_has_the_library():
    names = {path.name for path in library_files()}
    assert {"ast.py", "argparse.py"} <= names
