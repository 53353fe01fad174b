"""Names of frames and the randomness that belongs to them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.identity import FrameIdentity


def identity(frame: int = 12) -> FrameIdentity:
    return FrameIdentity(
        dataset='vkitti2', scene='Scene02', condition='fog', camera='Camera_0', frame=frame
    )


def test_a_name_is_written_with_slashes_and_read_back() -> None:
    assert str(identity()) == 'vkitti2/Scene02/fog/Camera_0/00012'
    assert FrameIdentity.parse('vkitti2/Scene02/fog/Camera_0/00012\n') == identity()


@pytest.mark.parametrize('text', ['', 'a/b/c/d', 'a/b/c/d/e', 'a/b/c/d/5/f', 'a//c/d/5'])
def test_other_text_is_no_name(text: str) -> None:
    with pytest.raises(ConfigError, match='expected dataset/scene/condition/camera/frame'):
        FrameIdentity.parse(text)


def test_a_part_with_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match='scene: expected a name without slash'):
        FrameIdentity(dataset='a', scene='b/c', condition='d', camera='e', frame=0)


def test_a_shifted_name_is_another_frame_of_the_same_sequence() -> None:
    assert identity().shifted(-2) == identity(10)
    with pytest.raises(ValueError, match='expected 0 or more, got -1'):
        identity(1).shifted(-2)


def test_the_generator_depends_on_the_name_and_the_purpose_only() -> None:
    drawn = identity().generator('sparse input').integers(1000, size=4).tolist()
    assert identity().generator('sparse input').integers(1000, size=4).tolist() == drawn
    assert identity().generator('other').integers(1000, size=4).tolist() != drawn
    assert identity(13).generator('sparse input').integers(1000, size=4).tolist() != drawn


def test_another_process_draws_the_same_numbers() -> None:
    code = (
        'from mt_depth_ros.data.identity import FrameIdentity as F\n'
        "print(F.parse('vkitti2/Scene02/fog/Camera_0/12').generator('x').integers(10**9))"
    )
    here = int(identity().generator('x').integers(10**9))
    # Another hash seed changes Python's own hash of every text.
    there = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        check=True,
        env={'PYTHONHASHSEED': '123', 'PYTHONPATH': '.'},
    )
    assert int(there.stdout) == here
