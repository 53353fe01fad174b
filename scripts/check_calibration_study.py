"""How well the check of the calibration finds errors made on purpose.

    python scripts/check_calibration_study.py --data ../shared/data
    python scripts/check_calibration_study.py --drives FOLDER
    python scripts/check_calibration_study.py --simulate 2

--data: single real frames, as given and misplaced. One frame is never enough for a verdict by
default; what it would be from this frame alone is printed below it.

--drives: every recording in a folder, at 20 Hz, with image and scan of the same stamps, as
simulated drives are. From the first 10 s of each: what is found of each error, with which
direction. Time counts over the drives whose view turned by 2 degrees a second in at least four
samples, as the check itself measured without any error.

--simulate: makes such drives first, about 90 s of one core each.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
import tempfile
import time

import cv2
import numpy as np

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import find_sensor_topics
from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.projection import project_scan
from mt_depth_ros.core.sensors import CameraImage
from mt_depth_ros.core.transforms import RigidTransform
from mt_depth_ros.data.calibration_files import read_calibration
from mt_depth_ros.data.image_files import read_colour_image
from mt_depth_ros.data.point_files import read_points
from mt_depth_ros.evaluation.matched_frames import MatchedFrame, MatchedFrames
from mt_depth_ros.evaluation.matched_recording import MatchedRecording
from mt_depth_ros.pipeline.calibration_check import CalibrationCheck, CalibrationCheckConfig
from mt_depth_ros.pipeline.calibration_verdict import CalibrationVerdict, CheckStatus
from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig
from mt_depth_ros.simulation.config import CONDITION_NAMES, DatasetFormat, SimulationConfig
from mt_depth_ros.simulation.simulate import simulate

AXES = ('pitch', 'yaw', 'roll')
TURNS_DEG = (0.25, 0.5, 0.75, 1.0, 2.0, 3.0)
TIMES_MS = (10, 20, 30, 50, 100)
WINDOW_S = 10.0
MIN_TURNING = 4


@dataclass
class Tally:
    """How often an error of one kind and size was found.

    Attributes:
        tried, found, right: errors made, reported, and reported on the right axis and side.
        estimates: of the axis, over the error made; 1 is exact.
    """

    tried: int = 0
    found: int = 0
    right: int = 0
    estimates: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.tried:
            return 'none tried'
        mean = f'{np.mean(self.estimates):.2f}' if self.estimates else '-'
        return (
            f'found {self.found:3}/{self.tried:<3} {100 * self.found / self.tried:5.1f} %  '
            f'direction right {self.right:3}/{self.found:<3}  estimate / error {mean}'
        )


def turned_by(axis: str, degrees: float) -> RigidTransform:
    """A turn of the points about an axis of the camera."""
    vector = np.zeros(3)
    vector[AXES.index(axis)] = np.radians(degrees)
    return RigidTransform(cv2.Rodrigues(vector)[0].astype(np.float64), np.zeros(3))


def misplaced(matched: MatchedFrame, turn: RigidTransform) -> MatchedFrame:
    """The frame as an extrinsic with that error would have made it."""
    if matched.scan is None or matched.camera_from_lidar is None:
        raise ValueError('expected a frame with a scan')
    camera_from_lidar = turn @ matched.camera_from_lidar
    projected = project_scan(matched.scan.points_m, camera_from_lidar, matched.frame.camera)
    return replace(
        matched,
        frame=replace(matched.frame, measurements=projected.measurements),
        camera_from_lidar=camera_from_lidar,
    )


def judge(frames: list[MatchedFrame], config: CalibrationCheckConfig) -> CalibrationVerdict:
    """The verdict after all frames."""
    check = CalibrationCheck(config)
    for matched in frames:
        check.add(
            matched.frame,
            matched.scan,
            matched.camera_from_lidar,
            difference_ns=matched.difference_ns,
        )
    return check.verdict()


def read_window(
    drive: Path, *, time_error_ms: float = 0.0, seconds: float = WINDOW_S
) -> list[MatchedFrame]:
    """The frames of the first seconds that the check asks for."""
    with BagReader(drive) as reader:
        (topics,) = find_sensor_topics(reader, points='/lidar/points')
        recording = MatchedRecording(
            reader,
            topics,
            matching=MatchingConfig(
                lidar_time_offset_ns=round(time_error_ms * 1e6), max_wait_ns=200_000_000
            ),
            images_are_rectified=False,
        )
        matched_frames = MatchedFrames(recording, builder=FrameBuilder(FrameBuilderConfig()))
        check, kept, first_ns = CalibrationCheck(), [], 0
        for matched in matched_frames.frames(check.wants):
            stamp_ns = matched.frame.stamp_ns
            first_ns = first_ns or stamp_ns
            if stamp_ns - first_ns > seconds * 1e9:
                break
            check.add(
                matched.frame,
                matched.scan,
                matched.camera_from_lidar,
                difference_ns=matched.difference_ns,
            )
            kept.append(matched)
    return kept


def count(tally: Tally, verdict: CalibrationVerdict, axis: str, error: float) -> None:
    """Adds one try; what must be added to be right again is the error's opposite."""
    tally.tried += 1
    tally.found += verdict.status is CheckStatus.LOOKS_OFF
    if verdict.axes and verdict.axis(axis).status is CheckStatus.LOOKS_OFF:
        offset = verdict.axis(axis).offset
        tally.right += offset * error < 0
        tally.estimates.append(-offset / error)


def study_drives(drives: list[Path]) -> None:
    """Prints what is found in simulated drives."""
    tallies: dict[tuple[str, float], Tally] = {}
    false_alarms, judged, turning = 0, 0, 0
    spent_s, seconds = 0.0, 0.0
    for number, drive in enumerate(drives):
        sign = 1 if number % 2 else -1
        frames = read_window(drive)
        start_s = time.thread_time()
        clean = judge(frames, CalibrationCheckConfig())
        spent_s, seconds = spent_s + time.thread_time() - start_s, seconds + WINDOW_S
        false_alarms += clean.status is CheckStatus.LOOKS_OFF
        judged += clean.extrinsic is not CheckStatus.NOT_ENOUGH_EVIDENCE
        print(f'{drive.name:24} {clean.summary}', flush=True)
        for axis in AXES:
            for size in TURNS_DEG:
                turned = [misplaced(each, turned_by(axis, sign * size)) for each in frames]
                verdict = judge(turned, CalibrationCheckConfig())
                tally = tallies.setdefault((f'{axis} deg', size), Tally())
                count(tally, verdict, axis, sign * size)
        turns = clean.num_turning >= MIN_TURNING
        turning += turns
        for size in TIMES_MS:
            late = read_window(drive, time_error_ms=sign * size)
            kind = 'time ms, turning' if turns else 'time ms, not turning'
            verdict = judge(late, CalibrationCheckConfig())
            count(tallies.setdefault((kind, size), Tally()), verdict, 'time', sign * size)
    print(f'\n{len(drives)} drives of {WINDOW_S:g} s, {turning} of them turning')
    for (kind, size), tally in sorted(tallies.items()):
        print(f'  {kind:21} {size:6g}  {tally}')
    print(
        f'without any error: {false_alarms} alarms in {len(drives)} windows '
        f'({seconds / 60:.1f} minutes), {judged} with a verdict on the extrinsic'
    )
    print(f'cost: {100 * spent_s / seconds:.2f} % of a core ({1e3 * spent_s / len(drives):.0f} ms '
          f'in {WINDOW_S:g} s)')  # fmt: skip


def real_frames(data: Path) -> Iterator[tuple[str, MatchedFrame]]:
    """The single frames that come with their calibration."""
    raw = data / 'kitti_raw/2011_09_26'
    drive = raw / '2011_09_26_drive_0001_sync'
    for name in ('000000', '000001'):
        folder = data / 'kitti_object'
        image, scan = folder / f'image_2/{name}.png', folder / f'velodyne/{name}.bin'
        yield f'kitti_object {name}', real_frame(image, scan, folder / f'calib/{name}.txt')
    image = drive / 'image_02/data/0000000005.png'
    yield 'kitti_raw 5', real_frame(image, drive / 'velodyne_points/data/0000000005.bin', raw)
    folder = data / 'opencalib/distorted_1'
    yield (
        'opencalib distorted_1',
        real_frame(folder / 'calib.jpg', folder / 'calib.pcd', folder / 'calib.txt'),
    )


def real_frame(image: Path, scan: Path, calibration: Path) -> MatchedFrame:
    """One frame of files."""
    image_rgb = read_colour_image(image)
    found = read_calibration(calibration, image_size=image_rgb.shape[:2])
    points = read_points(scan).as_scan(stamp_ns=1, frame_id='lidar')
    frame = FrameBuilder(FrameBuilderConfig()).build(
        CameraImage(image_rgb=image_rgb, stamp_ns=1, frame_id='camera'),
        found.camera_model,
        points,
        camera_from_source=found.camera_from_lidar,
    )
    return MatchedFrame(
        frame=frame, scan=points, camera_from_lidar=found.camera_from_lidar, difference_ns=0
    )


def cropped(matched: MatchedFrame, width: int, height: int) -> MatchedFrame:
    """The upper left part, so that frames of nearly the same size can be judged together."""
    frame = matched.frame
    smaller = replace(
        frame,
        image_rgb=np.ascontiguousarray(frame.image_rgb[:height, :width]),
        camera=replace(frame.camera, width=width, height=height),
    )
    return misplaced(replace(matched, frame=smaller), RigidTransform.identity())


def bag_frames(data: Path) -> Iterator[tuple[str, list[MatchedFrame]]]:
    """The three steps of each camera of the DDAD recording."""
    with BagReader(data / 'rosbag2/ddad_like') as reader:
        for topics in find_sensor_topics(reader):
            recording = MatchedRecording(
                reader, topics, matching=MatchingConfig(), images_are_rectified=False
            )
            matched = MatchedFrames(recording, builder=FrameBuilder(FrameBuilderConfig()))
            yield f'ddad_like {topics.name}', list(matched.frames())


def study_real(data: Path) -> None:
    """Prints the verdicts on real frames, as given and misplaced."""
    alone = CalibrationCheckConfig(interval_s=0.0, with_motion=False, min_samples=1, min_edges=100)
    paired = replace(alone, with_motion=True)
    sets = [(name, [frame], alone) for name, frame in real_frames(data)]
    kitti = [cropped(frames[0], 1224, 370) for name, frames, _ in sets if 'kitti' in name]
    sets.append(('the three KITTI frames together', kitti, alone))
    sets += [(name, frames, paired) for name, frames in bag_frames(data)]
    errors = [('as given', 'yaw', 0.0)]
    errors += [(f'{axis} {size:+g} deg', axis, size) for axis in AXES for size in (1.5, -1.5)]
    for name, frames, config in sets:
        print(f'{name}, by default: {judge(frames, CalibrationCheckConfig()).summary}')
        for title, axis, size in errors:
            turned = [misplaced(frame, turned_by(axis, size)) for frame in frames]
            verdict = judge(turned, config)
            axes = ' '.join(
                f'{each.name} {each.offset:+.2f}±{each.deviation:.2f}' for each in verdict.axes[:3]
            )
            print(f'  {title:15} {verdict.extrinsic.value:20} {axes}')


def main() -> None:
    """Prints a block for each thing that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, help='folder with kitti_object, kitti_raw, ...')
    parser.add_argument('--drives', type=Path, help='folder of recordings of simulated drives')
    parser.add_argument('--simulate', type=int, default=0, help='how many drives to make')
    given = parser.parse_args()
    if given.data is None and given.drives is None and not given.simulate:
        parser.error('give --data, --drives or --simulate')
    if given.data is not None:
        study_real(given.data)
    if given.drives is not None:
        study_drives(sorted(path for path in given.drives.iterdir() if path.is_dir()))
    if given.simulate:
        with tempfile.TemporaryDirectory() as folder:
            config = SimulationConfig(
                output=Path(folder) / 'drives',
                format=DatasetFormat.ROSBAG2,
                scenes=given.simulate,
                frames=round(20 * WINDOW_S) + 4,
                frame_rate_hz=20.0,
                conditions=CONDITION_NAMES,
                seed=77,
                processes=1,
            )
            simulate(config)
            study_drives(sorted(config.output.glob('scene*')))


if __name__ == '__main__':
    main()
