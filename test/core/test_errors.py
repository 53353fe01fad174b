from __future__ import annotations

import pickle

import pytest

from mt_depth_ros.core.errors import ConfigError, MtDepthError, SensorInputError, TransformError

FIELDS = {'expected': 'rgb8', 'got': 'yuv422', 'where': '/image', 'remedy': 'convert it'}


def test_the_message_says_expected_got_where_and_what_to_do() -> None:
    error = ConfigError(**FIELDS)
    assert str(error) == '/image: expected rgb8, got yuv422; convert it'


@pytest.mark.parametrize(
    'error',
    [
        ConfigError(**FIELDS),
        SensorInputError(reason='bad_encoding', **FIELDS),
        TransformError(reason='missing_transform', **FIELDS),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_crosses_a_process_boundary_whole(error: MtDepthError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)


def test_a_text_out_of_a_message_does_not_flood_the_log() -> None:
    error = SensorInputError(reason='bad_encoding', **{**FIELDS, 'got': 'x' * 3000})
    assert len(error.got) == 400
    assert error.got.endswith('xxx... (3000 characters)')
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
