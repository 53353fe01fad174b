from __future__ import annotations

from pathlib import Path
import re

import pytest

from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.evaluation.evaluation_data import (
    DataChoice,
    default_sampling,
    open_evaluation_data,
)
from mt_depth_ros.evaluation.sampling_choice import parse_sampling
from mt_depth_ros.evaluation.withholding import parse_withholding
from mt_depth_ros.simulation.analytic_drive import DriveConfig, TRUTH_TOPIC, write_analytic_drive

MEASURED, RANDOM = parse_sampling('measured'), parse_sampling('bernoulli:0.05')


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('drive') / 'street'
    config = DriveConfig(
        num_frames=3, width=248, height=76, focal_px=144.0, num_rings=32, azimuth_step_deg=0.8
    )
    write_analytic_drive(path, config)
    return path


def test_a_recording_is_scored_on_its_topic_of_true_depth(drive: Path) -> None:
    choice = DataChoice(ground_truth=TRUTH_TOPIC)
    samples = list(open_evaluation_data(drive, choice, MEASURED))
    assert len(samples) == 3
    for sample in samples:
        assert sample.known.mean() > 0.5
        assert sample.scan is not None


def test_a_recording_is_scored_on_withheld_points(drive: Path) -> None:
    choice = DataChoice(withholding=parse_withholding('rings:4'), max_frames=1)
    (sample,) = open_evaluation_data(drive, choice, MEASURED)
    assert 0 < sample.known.mean() < 0.2
    assert default_sampling(drive, choice) == 'measured'


def test_withheld_points_are_never_drawn_as_the_input_that_is_scored_on_them(drive: Path) -> None:
    choice = DataChoice(withholding=parse_withholding('rings:4'))
    for text in ('bernoulli:1.0', 'lines:16', 'points:500', 'grid:8x8+noise:0.02'):
        with pytest.raises(ConfigError, match=r'--sampling: expected measured.*--withhold'):
            open_evaluation_data(drive, choice, parse_sampling(text))
    (first, *_) = open_evaluation_data(drive, choice, parse_sampling('measured:2+noise:0.02'))
    assert first.known.any()


def test_a_recording_needs_something_to_score_on(drive: Path) -> None:
    with pytest.raises(ConfigError, match='neither --withhold nor --ground-truth'):
        open_evaluation_data(drive, DataChoice(), MEASURED)


def test_a_missing_truth_topic_is_answered_with_those_there_are(drive: Path) -> None:
    with pytest.raises(DataFileError, match=re.escape(TRUTH_TOPIC)):
        open_evaluation_data(drive, DataChoice(ground_truth='/depth'), MEASURED)


def test_two_things_to_score_on_are_refused() -> None:
    withholding = parse_withholding('rings:4')
    with pytest.raises(ConfigError, match='give one of the two'):
        DataChoice(withholding=withholding, ground_truth=TRUTH_TOPIC)


def test_fewer_frames_are_spread_evenly(drive: Path) -> None:
    choice = DataChoice(ground_truth=TRUTH_TOPIC, max_frames=2)
    frames = open_evaluation_data(drive, choice, MEASURED).identities
    assert [identity.frame for identity in frames] == [0, 1]
    with pytest.raises(ConfigError, match='--max-frames'):
        DataChoice(max_frames=0)


def test_a_recording_has_no_split(drive: Path) -> None:
    choice = DataChoice(ground_truth=TRUTH_TOPIC, split='scene:test')
    with pytest.raises(ConfigError, match='leave out --split'):
        open_evaluation_data(drive, choice, MEASURED)


def test_the_genuine_virtual_kitti_frame_is_read_without_its_colour(shared_data: Path) -> None:
    root = shared_data / 'vkitti2_format/vkitti_2.0.3_depth'
    (sample,) = open_evaluation_data(root, DataChoice(), RANDOM)
    assert sample.truth_m.shape == (375, 1242)
    assert sample.sky.any()
    assert not sample.image_rgb.any()
    assert default_sampling(root, DataChoice()) == 'bernoulli:0.05'


def test_a_topic_of_true_depth_is_for_recordings_only(shared_data: Path) -> None:
    choice = DataChoice(ground_truth=TRUTH_TOPIC)
    with pytest.raises(ConfigError, match='leave out --ground-truth'):
        open_evaluation_data(shared_data / 'kitti_object', choice, MEASURED)


def test_a_split_without_frames_or_of_another_name_is_refused(shared_data: Path) -> None:
    root = shared_data / 'vkitti2_format/vkitti_2.0.3_depth'
    with pytest.raises(ConfigError, match='SCHEME:PART'):
        open_evaluation_data(root, DataChoice(split='scene:testing'), RANDOM)
    with pytest.raises(ConfigError, match="frames in the part 'test'"):
        open_evaluation_data(root, DataChoice(split='scene:test'), RANDOM)


def test_real_scans_are_scored_on_the_rings_they_are_not_given(shared_data: Path) -> None:
    choice = DataChoice(withholding=parse_withholding('keep-rings:4'), max_frames=1)
    (sample,) = open_evaluation_data(shared_data / 'kitti_object', choice, MEASURED)
    # About three quarters of the 19,000 or so pixels a scan meets.
    assert 10_000 < sample.known.sum() < 17_000
