import inspect

import pytest

from jaxcnn import explain


@pytest.mark.parametrize("name", explain.__all__)
def test_the_table_in_help_names_every_function(name):
    if inspect.isfunction(getattr(explain, name)):
        assert f"`{name}`" in (explain.__doc__ or "")
