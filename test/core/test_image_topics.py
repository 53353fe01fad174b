from __future__ import annotations

import pytest

from mt_depth_ros.core.image_topics import images_are_rectified


@pytest.mark.parametrize(
    ('topic', 'is_rectified'),
    [
        ('/camera/image_rect', True),
        ('/camera/image_rect_color', True),
        ('/camera/image_rect/compressed', True),
        ('/camera/rectified', True),
        ('/camera/image_raw', False),
        ('/rect/image_direct', False),
        ('/camera/image_corrected', False),
    ],
)
def test_the_topic_name_tells_rectified_images(topic: str, is_rectified: bool) -> None:
    assert images_are_rectified('auto', topic) is is_rectified


def test_the_setting_wins_over_the_name() -> None:
    assert images_are_rectified('true', '/camera/image_raw')
    assert not images_are_rectified('false', '/camera/image_rect')
