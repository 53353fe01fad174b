"""Simulates a dataset: scenes in parallel, resumable, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import as_completed, Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
import json
import multiprocessing
import os
from pathlib import Path
import queue
from threading import Thread
from typing import Any

import cv2

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.kept_for_testing import SIMULATION_RECORD
from mt_depth_ros.simulation.atomic_files import remove_unfinished, write_atomically
from mt_depth_ros.simulation.bag_dataset_writer import BagDatasetWriter
from mt_depth_ros.simulation.config import DatasetFormat, SimulationConfig
from mt_depth_ros.simulation.contact_sheet import write_contact_sheet, write_preview
from mt_depth_ros.simulation.dataset_writer import DatasetWriter
from mt_depth_ros.simulation.gl_context import open_gl_context
from mt_depth_ros.simulation.vkitti2_writer import Vkitti2Writer
from mt_depth_ros.simulation.yolo_writer import takes_turns, YoloWriter

MIN_FRAMES_PER_JOB = 25

_WRITERS: dict[DatasetFormat, Callable[[SimulationConfig], DatasetWriter]] = {
    DatasetFormat.VKITTI2: Vkitti2Writer,
    DatasetFormat.ROSBAG2: BagDatasetWriter,
    DatasetFormat.YOLO: YoloWriter,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationSummary:
    """What a simulation left behind.

    Attributes:
        output: the dataset's folder.
        scenes, frames: how many there are now, over all scenes.
        frames_rendered: how many of them this run made; the others were there.
        contact_sheet: picture of the dataset; None where its parts were removed.
    """

    output: Path
    scenes: int
    frames: int
    frames_rendered: int
    contact_sheet: Path | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """A stretch of one scene."""

    scene: int
    first: int
    last: int


def simulate(
    config: SimulationConfig, on_frame: Callable[[int, int], None] | None = None
) -> SimulationSummary:
    """Writes the dataset that a configuration describes, or what is missing of it.

    Args:
        config: what to simulate.
        on_frame: called with (frames done, frames in all) as frames become complete; once at the
            start with those that were there already.

    Raises:
        ConfigError: no OpenGL library can be used.
        DataFileError: the output folder holds something else.
    """
    _claim_output(config)
    writer = _WRITERS[config.format](config)
    numbers = range(config.first_scene, config.first_scene + config.scenes)
    missing = [scene for scene in numbers if not writer.has_scene(scene)]
    jobs = [job for scene in missing for job in _jobs(config, scene)]
    total = config.scenes * config.frames
    todo = sum(
        not writer.has_frame(job.scene, index)
        for job in jobs
        for index in range(job.first, job.last)
    )
    tell = on_frame or (lambda done, of: None)
    tell(total - todo, total)
    _run(config, jobs, lambda made: tell(total - todo + made, total))
    for scene in missing:
        if not writer.has_scene(scene):
            writer.finish_scene(scene)
    return SimulationSummary(
        output=config.output,
        scenes=config.scenes,
        frames=total,
        frames_rendered=todo,
        contact_sheet=write_contact_sheet(config.output),
    )


def _run(config: SimulationConfig, jobs: list[_Job], made: Callable[[int], None]) -> None:
    """Does the jobs; calls ``made`` with how many frames there are of them so far."""
    processes = min(config.processes or os.cpu_count() or 1, max(1, len(jobs)))
    if processes > 1:
        # Fails here, with a clear error, rather than in every worker.
        open_gl_context().free()
        _run_in_parallel(config, jobs, processes, made)
        return
    frames = (frame for job in jobs for frame in _run_job(config, job))
    for count, _ in enumerate(frames, start=1):
        made(count)


def _jobs(config: SimulationConfig, scene: int) -> list[_Job]:
    """Splits a scene where there are more processes than scenes; bags stay whole."""
    pieces = 1
    if config.format is not DatasetFormat.ROSBAG2:
        processes = config.processes or os.cpu_count() or 1
        wanted = -(-processes // config.scenes)
        pieces = max(1, min(wanted, config.frames // MIN_FRAMES_PER_JOB))
    edges = [config.frames * k // pieces for k in range(pieces + 1)]
    return [_Job(scene=scene, first=a, last=b) for a, b in pairwise(edges)]


def _claim_output(config: SimulationConfig) -> None:
    """Writes down what the folder is for, or checks that it is for the same."""
    wanted = _fingerprint(config)
    path = config.output / SIMULATION_RECORD
    if config.output.exists() and not config.output.is_dir():
        raise DataFileError(
            expected='a folder',
            got='a file',
            where=str(config.output),
            remedy='choose another output folder',
        )
    if path.exists():
        remove_unfinished(config.output)
        found = _with_newer_settings(json.loads(path.read_text()))
        if found != wanted:
            keys = sorted({*found, *wanted})
            differing = ', '.join(key for key in keys if found.get(key) != wanted.get(key))
            raise DataFileError(
                expected='the same simulation, to go on with it',
                got=f'one with other {differing}',
                where=str(path),
                remedy='choose another output folder, or delete this one',
            )
    elif config.output.exists() and any(config.output.iterdir()):
        raise DataFileError(
            expected='an empty folder or an unfinished simulation',
            got='other files',
            where=str(config.output),
            remedy='choose another output folder',
        )
    else:
        write_atomically(path, json.dumps(wanted, indent=2).encode())


def _with_newer_settings(found: dict[str, Any]) -> dict[str, Any]:
    """A record written before some setting existed: it was rendered as that one's default says."""
    defaults = _fingerprint(SimulationConfig(output=Path()))
    sensors = {name: {**defaults[name], **found.get(name, {})} for name in ('camera', 'lidar')}
    return {**defaults, **found, **sensors}


def _fingerprint(config: SimulationConfig) -> dict[str, Any]:
    """Everything that decides the contents of the dataset."""
    settings = asdict(config)
    for name in ('output', 'processes', 'for_testing'):
        del settings[name]
    settings['format'] = config.format.value
    settings['conditions'] = list(config.conditions)
    if config.format is DatasetFormat.YOLO and takes_turns(config):
        # Else one that was begun before they did would end with scenes in both parts.
        settings['validation_takes_turns'] = True
    return settings


def _run_in_parallel(
    config: SimulationConfig, jobs: list[_Job], processes: int, made: Callable[[int], None]
) -> None:
    context = multiprocessing.get_context('spawn')
    finished = context.Queue()
    count = 0
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_start_worker, initargs=(finished,)
    ) as pool:
        futures: list[Future[None]] = [pool.submit(_work, config, job) for job in jobs]
        try:
            while not all(future.done() for future in futures):
                try:
                    finished.get(timeout=0.2)
                except queue.Empty:
                    if any(future.done() and future.exception() for future in futures):
                        break
                    continue
                count += 1
                made(count)
            for future in as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        while not finished.empty():
            finished.get()
            count += 1
            made(count)


_finished: Any = None
_gl_context: Any = None


def _start_worker(finished: Any) -> None:
    """Remembers where to report; keeps OpenCV and Mesa's software renderer to one thread each."""
    global _finished
    _finished = finished
    Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault('LP_NUM_THREADS', '1')
    cv2.setNumThreads(1)


def _end_with_parent() -> None:
    """Ends this worker when the process that hands out the work was killed.

    A pool's workers hold both ends of its queue, so that they would wait for more work for ever.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(config: SimulationConfig, job: _Job) -> None:
    for index in _run_job(config, job):
        _finished.put(index)


def _run_job(config: SimulationConfig, job: _Job) -> Iterator[int]:
    """Renders the missing frames of a job; yields the number of each when it is written."""
    global _gl_context
    writer = _WRITERS[config.format](config)
    missing = [i for i in range(job.first, job.last) if not writer.has_frame(job.scene, i)]
    if not missing:
        return
    if _gl_context is None:
        _gl_context = open_gl_context()
    # MuJoCo chooses an OpenGL library when it is imported, and may not be installed at all.
    from mt_depth_ros.simulation.scene_simulator import SceneSimulator

    simulator = SceneSimulator(config, job.scene, writer.conditions(job.scene), _gl_context)
    try:
        for index in missing:
            frame = simulator.frame(index)
            if index == config.frames // 2:
                write_preview(config.output, frame)
            writer.write_frame(frame)
            yield index
    finally:
        simulator.close()
    if config.format is DatasetFormat.ROSBAG2:
        writer.finish_scene(job.scene)
