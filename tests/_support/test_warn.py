import os
import warnings

import pytest

import jaxcnn
from jaxcnn._support.warn import warn, warnings_as_lines


def test_a_warning_points_at_the_users_line():
    with pytest.warns(UserWarning, match="^look$") as caught:
        warn("look")
    assert caught[0].filename == __file__
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2)])
    with pytest.warns(UserWarning, match="channels first") as caught:
        jaxcnn.summary(net, (3, 8, 8))
    assert caught[0].filename == __file__


def test_a_folder_beside_the_library_is_the_users():
    path = f"{os.path.dirname(jaxcnn.__file__)}_examples/train.py"
    with pytest.warns(UserWarning, match="^look$") as caught:
        exec(compile("warn('look')", path, "exec"), {"warn": warn})
    assert caught[0].filename == path


def test_commands_print_warnings_as_lines():
    before = warnings.formatwarning
    with warnings_as_lines():
        assert warnings.formatwarning("look", UserWarning, "a.py", 1) == "warning: look\n"
    assert warnings.formatwarning is before
