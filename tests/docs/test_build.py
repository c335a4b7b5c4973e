import sys

import pytest

from docs import build

PAGE = """\
# %% [markdown]
# # Title
#
# Prose.

# %%
from page import picture

print(1 + 1)
path = picture("dot.png", alt="a dot")
print("after")

# %%
silent = path.name
"""

SHOWN = """\
<!-- Made from 01_x.py by `make guides`: do not edit. -->

# Title

Prose.

```python
from page import picture

print(1 + 1)
path = picture("dot.png", alt="a dot")
print("after")
```

```text
2
```

![a dot](pictures/dot.png)

```text
after
```

```python
silent = path.name
```
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "page", raising=False)
    (tmp_path / "page.py").write_text((build.GUIDES / "page.py").read_text())
    yield tmp_path / "01_x.py"
    sys.modules.pop("page", None)


def test_prose_code_output_and_pictures(script):
    script.write_text(PAGE)
    assert build.render(script) == SHOWN
    assert str(script.parent) not in sys.path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("print(1)\n", r"a page begins with `# %% \[markdown\]`, got \['print\(1\)'\]"),
        ("# %% [markdown]\n# # Title\ntext\n", "line 3: prose stands behind `# `, got 'text'"),
    ],
)
def test_what_is_no_page_is_told(script, text, message):
    script.write_text(text)
    with pytest.raises(ValueError, match=message):
        build.render(script)


def test_errors_name_the_line_of_the_script(script):
    script.write_text("# %% [markdown]\n# # Title\n\n# %%\nprint(1)\n1 / 0\n")
    with pytest.raises(ZeroDivisionError) as error:
        build.render(script)
    last = error.traceback[-1]
    assert (str(last.path), last.lineno + 1) == (str(script), 6)
