import pytest

from mt_depth_ros.classical.registry import build_classical, CLASSICAL_NAMES, DEFAULT_CLASSICAL
from mt_depth_ros.core.errors import ConfigError


def test_the_default_comes_first() -> None:
    assert CLASSICAL_NAMES == ('adaptive', 'nearest', 'linear', 'ip_basic', 'ip_basic_bilateral')
    assert CLASSICAL_NAMES[0] == DEFAULT_CLASSICAL


@pytest.mark.parametrize('name', CLASSICAL_NAMES)
def test_every_name_builds_a_completer_of_that_name_on_the_cameras_own_grid(name: str) -> None:
    completer = build_classical(name)

    assert completer.name == name
    assert completer.grid_size((375, 1242)) == (375, 1242)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r'expected one of adaptive, nearest.*cubic'):
        build_classical('cubic')
