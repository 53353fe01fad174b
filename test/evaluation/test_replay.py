from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.bag_writer import BagWriter
from mt_depth_ros.core.errors import ConfigError, DataFileError
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform
from mt_depth_ros.data.bag_dataset import BagDataset, BagDatasetConfig
from mt_depth_ros.evaluation.camera_replay import ReplayedFrame
from mt_depth_ros.evaluation.replay import replay, ReplayConfig, TopicChoice
from mt_depth_ros.evaluation.withholding import RingWithholding
from mt_depth_ros.messages.depth_codec import decode_depth_image
from mt_depth_ros.messages.header_codec import stamp_ns_from
from mt_depth_ros.messages.transform_codec import decode_transforms, quaternion_from_rotation
from mt_depth_ros.pipeline.build import PredictorConfig
from mt_depth_ros.pipeline.self_check import SelfCheckConfig
from mt_depth_ros.segmentation.config import SegmentationConfig
from mt_depth_ros.simulation.analytic_drive import (
    DriveConfig,
    IMAGE_TOPIC,
    POINTS_TOPIC,
    TRUTH_TOPIC,
    write_analytic_drive,
)

SMALL = DriveConfig(
    num_frames=4, width=248, height=76, focal_px=144.0, num_rings=32, azimuth_step_deg=0.8
)


def config(model: str = 'auto', **more: object) -> ReplayConfig:
    predictor = PredictorConfig(model=model, segmentation=SegmentationConfig(backend='none'))
    return ReplayConfig(predictor=predictor, **more)  # type: ignore[arg-type]


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('drive') / 'street'
    write_analytic_drive(path, SMALL)
    return path


def as_text(stamped: StampedTransform) -> str:
    """As ``--static-transform`` takes it."""
    transform = stamped.transform
    numbers = [*transform.translation_m, *quaternion_from_rotation(transform.rotation)]
    return ' '.join([*map(str, numbers), stamped.parent_frame, stamped.child_frame])


def depth_images(bag: Path, topic: str) -> dict[int, np.ndarray]:
    """Stamp -> (H, W) float32 of a depth topic, read straight from the bag."""
    with BagReader(bag) as reader:
        found = {}
        for recorded in reader.messages([topic]):
            message = recorded.read()
            shape = (message.height, message.width)
            values = np.frombuffer(bytes(message.data), '<f4').reshape(shape)
            found[stamp_ns_from(message.header.stamp)] = values
    return found


def test_every_image_with_depth_in_tolerance_gives_one_output(drive: Path, tmp_path: Path) -> None:
    summary = replay(drive, tmp_path / 'out', config())
    camera = summary['cameras']['camera']
    assert summary['num_frames'] == 4
    assert camera['matching']['images'] == {
        'received': 4,
        'matched': 4,
        'dropped': {},
        'period_ms': 100.0,
    }
    assert [frame['difference_ms'] for frame in camera['frames']] == [-12.0] * 4
    depth = depth_images(tmp_path / 'out' / 'bag', '/depth_completion/depth/image_rect')
    assert list(depth) == [frame['stamp_ns'] for frame in camera['frames']]
    assert len(list((tmp_path / 'out' / 'panels').glob('*.png'))) == 4
    written = json.loads((tmp_path / 'out' / 'summary.json').read_text())
    assert written == json.loads(json.dumps(summary))


def test_the_self_check_keeps_out_what_the_node_would_and_is_told(
    drive: Path, tmp_path: Path
) -> None:
    checked = replay(drive, tmp_path / 'a', config(self_check=SelfCheckConfig(share=0.1)))
    entry = checked['cameras']['camera']['self_check']
    whole = replay(drive, tmp_path / 'b', config(self_check=SelfCheckConfig(share=0.0)))
    assert whole['cameras']['camera']['self_check'] is None
    seen, all_of_them = (
        [frame['measurements'] for frame in summary['cameras']['camera']['frames']]
        for summary in (checked, whole)
    )
    assert 0.85 < sum(seen) / sum(all_of_them) < 0.95
    assert 0 < entry['points'] <= sum(all_of_them) - sum(seen)
    assert entry['live_mae_m'] > 0
    assert sum(each['points'] for each in entry['rmse_by_distance']) == entry['points']
    withheld = replay(drive, tmp_path / 'c', config(withholding=RingWithholding(every=5)))
    assert withheld['cameras']['camera']['self_check'] is None


def test_the_output_bag_holds_inputs_and_every_output(drive: Path, tmp_path: Path) -> None:
    replay(drive, tmp_path / 'out', config())
    with BagReader(tmp_path / 'out' / 'bag') as reader:
        counts = {topic.name: topic.num_messages for topic in reader.topics}
    outputs = (
        'depth/image_rect', 'depth/camera_info', 'depth/uncertainty', 'depth/confidence',
        'foreground/mask', 'points',
    )  # fmt: skip
    assert {f'/depth_completion/{name}': 4 for name in outputs}.items() <= counts.items()
    assert counts[IMAGE_TOPIC] == counts[POINTS_TOPIC] == 4
    assert counts['/tf_static'] == 1


def test_errors_on_withheld_rings_equal_ones_worked_out_from_the_bag(
    drive: Path, tmp_path: Path
) -> None:
    summary = replay(drive, tmp_path / 'out', config(withholding=RingWithholding(every=5)))
    predicted = depth_images(tmp_path / 'out' / 'bag', '/depth_completion/depth/image_rect')
    withheld = depth_images(tmp_path / 'out' / 'bag', '/depth_completion/debug/withheld_depth')
    errors, truths = [], []
    for stamp_ns, truth in withheld.items():
        known = truth > 0
        errors.append(np.abs(predicted[stamp_ns][known].astype(float) - truth[known]))
        truths.append(truth[known].astype(float))
    error, truth = np.concatenate(errors), np.concatenate(truths)
    assert summary['overall'] == {
        'count': len(error),
        'answered': len(error),
        'mae_m': pytest.approx(error.mean()),
        'rmse_m': pytest.approx(np.sqrt((error**2).mean())),
        'mean_relative': pytest.approx((error / truth).mean()),
        'median_relative': pytest.approx(np.median(error / truth)),
    }


def test_replay_scores_the_withheld_points_that_evaluate_scores(
    drive: Path, tmp_path: Path
) -> None:
    withholding = RingWithholding(every=5)
    summary = replay(drive, tmp_path / 'out', config('nearest', withholding=withholding))
    frames = BagDataset(drive, BagDatasetConfig(withholding=withholding))
    kept = [((frame.truth_m > 0) & (frame.truth_m <= 120.0)).sum() for frame in frames]
    scored = [each['errors']['count'] for each in summary['cameras']['camera']['frames']]
    assert scored == kept


def test_withheld_rings_are_not_in_the_input(drive: Path, tmp_path: Path) -> None:
    whole = replay(drive, tmp_path / 'a', config())
    part = replay(drive, tmp_path / 'b', config(withholding=RingWithholding(every=5)))
    for before, after in zip(
        whole['cameras']['camera']['frames'], part['cameras']['camera']['frames'], strict=True
    ):
        assert after['measurements'] < 0.9 * before['measurements']
        assert after['errors']['scored_on'] == 'withheld'


def test_a_ground_truth_topic_is_scored_on(drive: Path, tmp_path: Path) -> None:
    summary = replay(drive, tmp_path / 'out', config('nearest', ground_truth=TRUTH_TOPIC))
    truth = depth_images(drive, TRUTH_TOPIC)
    predicted = depth_images(tmp_path / 'out' / 'bag', '/depth_completion/depth/image_rect')
    first = summary['cameras']['camera']['frames'][0]
    stamp_ns = first['stamp_ns']
    known = np.isfinite(truth[stamp_ns]) & (truth[stamp_ns] <= 120.0)
    error = np.abs(predicted[stamp_ns][known].astype(float) - truth[stamp_ns][known])
    assert first['errors']['count'] == known.sum()
    assert first['errors']['mae_m'] == pytest.approx(error.mean())


def test_an_extrinsic_given_by_hand_wins_over_the_recorded_one(
    drive: Path, tmp_path: Path
) -> None:
    with BagReader(drive) as reader:
        (message,) = reader.messages(['/tf_static'])
        (recorded,) = decode_transforms(message.read(), where='/tf_static')
    turn = RigidTransform(cv2.Rodrigues(np.radians([0.0, 3.0, 0.0]))[0], np.zeros(3))
    turned = replace(recorded, transform=recorded.transform @ turn)
    errors = []
    for name, transforms in (
        ('as recorded', ()),
        ('the same', (as_text(recorded),)),
        ('turned', (as_text(turned),)),
    ):
        chosen = config('nearest', ground_truth=TRUTH_TOPIC, static_transforms=transforms)
        summary = replay(drive, tmp_path / name, chosen)
        errors.append(summary['overall']['mae_m'])
    assert errors[1] == pytest.approx(errors[0], rel=1e-6)
    assert errors[2] > 1.1 * errors[0]


def test_the_same_replay_twice_gives_the_same_bits(drive: Path, tmp_path: Path) -> None:
    topic = '/depth_completion/depth/image_rect'
    for name in ('a', 'b'):
        replay(drive, tmp_path / name, config())
    first, second = (depth_images(tmp_path / name / 'bag', topic) for name in ('a', 'b'))
    assert [image.tobytes() for image in first.values()] == [
        image.tobytes() for image in second.values()
    ]


def test_a_recording_that_gives_nothing_says_why(drive: Path, tmp_path: Path) -> None:
    strict = config(matching=MatchingConfig(tolerance_ns=1_000_000))
    with pytest.raises(DataFileError, match=r'4 no_cloud_within_tolerance'):
        replay(drive, tmp_path / 'out', strict)


def test_an_output_folder_in_use_is_left_alone(drive: Path, tmp_path: Path) -> None:
    (tmp_path / 'precious.txt').write_text('mine')
    with pytest.raises(DataFileError, match=r'something there already.*nothing is overwritten'):
        replay(drive, tmp_path, config())
    assert (tmp_path / 'precious.txt').read_text() == 'mine'


def test_a_replay_that_breaks_off_leaves_no_part_of_a_bag(drive: Path, tmp_path: Path) -> None:
    def broken(replayed: ReplayedFrame) -> None:
        raise DataFileError(expected='a bag', got='half of one', where='here', remedy='mend it')

    output = tmp_path / 'out'
    with pytest.raises(DataFileError, match='half of one'):
        replay(drive, output, config('nearest'), on_replayed=broken)
    assert list(output.iterdir()) == []
    replay(drive, output, config('nearest'))
    assert sorted(each.name for each in output.iterdir()) == ['bag', 'panels', 'summary.json']


def test_an_unknown_truth_topic_lists_the_images_there_are(drive: Path, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=f'{IMAGE_TOPIC}, {TRUTH_TOPIC}'):
        replay(drive, tmp_path / 'out', config(ground_truth='/nowhere'))


def test_two_things_to_score_on_are_refused() -> None:
    with pytest.raises(ConfigError, match='--withhold and --ground-truth'):
        config(withholding=RingWithholding(every=5), ground_truth=TRUTH_TOPIC)


def test_a_damaged_image_is_counted_and_the_rest_goes_on(drive: Path, tmp_path: Path) -> None:
    broken = tmp_path / 'broken'
    with BagReader(drive) as reader, BagWriter(broken) as writer:
        images = 0
        for message in reader.messages():
            if message.topic == IMAGE_TOPIC:
                images += 1
                if images == 2:
                    cut = bytearray(message.serialized)
                    # The length of `encoding`, behind the header's frame id, becomes nonsense.
                    cut[4 * 4 + 16] ^= 0xFF
                    object.__setattr__(message, 'serialized', bytes(cut))
            writer.copy(message)
    summary = replay(broken, tmp_path / 'out', config())
    camera = summary['cameras']['camera']
    assert summary['num_frames'] == 3
    assert sum(camera['not_used'].values()) == 1
    assert len(camera['first_problem']) == 1


@pytest.mark.parametrize(('frame', 'known_count'), [(0, 20_285), (1, 18_630)])
def test_kitti_frames_are_completed_within_the_promised_error(
    shared_data: Path, tmp_path: Path, frame: int, known_count: int
) -> None:
    bag = shared_data / 'rosbag2' / 'kitti_object'
    whole = replay(bag, tmp_path / 'whole', config())
    entry = whole['cameras']['camera']['frames'][frame]
    # Points that share a pixel, or lie beyond the range, count once or not at all.
    assert 0.97 * known_count < entry['measurements'] <= known_count
    part = replay(bag, tmp_path / 'part', config(withholding=RingWithholding(every=5)))
    errors = part['cameras']['camera']['frames'][frame]['errors']
    assert errors['median_relative'] < 0.015
    assert errors['count'] > 3_000


def test_two_cameras_of_one_bag_are_both_replayed(shared_data: Path, tmp_path: Path) -> None:
    summary = replay(shared_data / 'rosbag2' / 'ddad_like', tmp_path / 'out', config('nearest'))
    assert summary['num_frames'] == 6
    assert set(summary['cameras']) == {'camera_01', 'camera_05'}
    for name, camera in summary['cameras'].items():
        assert camera['outputs'] == f'/{name}/depth_completion'
        for frame in camera['frames']:
            assert frame['difference_ms'] == pytest.approx(-21.0, abs=1.0)


def test_one_camera_can_be_chosen(shared_data: Path, tmp_path: Path) -> None:
    chosen = config('nearest', topics=TopicChoice(image='/camera_05/image_raw'))
    summary = replay(shared_data / 'rosbag2' / 'ddad_like', tmp_path / 'out', chosen)
    assert summary['cameras']['camera_05']['outputs'] == '/depth_completion'
    assert summary['num_frames'] == 3


def test_a_bag_of_lidar_packets_says_what_is_missing(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r'no PointCloud2.*VelodyneScan.*convert'):
        replay(shared_data / 'rosbag2' / 'velodyne_packets', tmp_path / 'out', config())


def test_depth_in_the_bag_is_on_the_camera_grid_with_its_header(
    drive: Path, tmp_path: Path
) -> None:
    replay(drive, tmp_path / 'out', config())
    with BagReader(tmp_path / 'out' / 'bag') as reader:
        recorded = next(reader.messages(['/depth_completion/depth/image_rect'])).read()
        image = next(reader.messages([IMAGE_TOPIC])).read()
    assert recorded.header == image.header
    depth = decode_depth_image(recorded, where='depth')
    assert depth.depth_m.shape == (image.height, image.width) == (76, 248)
