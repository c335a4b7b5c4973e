"""What the README shows runs as it stands there."""

import re
from pathlib import Path

import pytest

import jaxcnn
from jaxcnn.data import Splits

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.pages
def test_the_code_blocks_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    train, test = jaxcnn.data.digits()
    fewer = Splits(train.take(400), test.take(100))  # learned as well, in a third of the time
    monkeypatch.setattr(jaxcnn.data, "digits", lambda: fewer)
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, names)
    assert names["logits"].shape == (1, 10)
    right = names["run"].predict(fewer.test.images) == fewer.test.labels
    names["data"] = Splits(fewer.train, fewer.test.subset(right))
    exec(blocks[1], names)  # also where there is no mistake
    assert not len(names["report"].mistakes)
    assert (tmp_path / "runs" / "mine" / "result.json").is_file()
    printed = capsys.readouterr().out
    assert printed.startswith("Sequential: (8, 8, 1) to (10,), batch of 1, float32")


def test_every_link_to_a_file_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    files = [link for link in links if "://" not in link]
    assert files
    assert [link for link in files if not (ROOT / link).exists()] == []
