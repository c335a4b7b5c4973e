"""The networks to click through, which the site trains."""

import pytest

from docs import networks


@pytest.mark.slow
def test_without_cifar10_there_is_one_network(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    few = [example._replace(epochs=2) for example in networks.EXAMPLES]
    monkeypatch.setattr(networks, "EXAMPLES", few)
    page = tmp_path / "networks.markdown"
    (written,) = networks.write_pages(page, tmp_path)
    assert written == tmp_path / "site" / "networks" / "lenet5.html"
    assert "<title>Explore lenet5 on" in written.read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert '<a href="networks/lenet5.html">' in text
    assert "left out here, because CIFAR-10 was not found" in text
    before = page.stat().st_mtime_ns
    networks.write_pages(page, tmp_path)  # trained already, and unchanged
    assert page.stat().st_mtime_ns == before
