"""``mt_depth simulate``: driving scenes with truth, in the formats of the field."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from rich.console import Console
import typer

from mt_depth_ros.cli.options import Output
from mt_depth_ros.cli.progress import progress_bar
from mt_depth_ros.simulation.config import (
    CameraConfig,
    CONDITION_NAMES,
    DatasetFormat,
    LidarConfig,
    SimulationConfig,
)


class Beams(str, Enum):
    """Lasers of the simulated LiDAR."""

    EIGHT = '8'
    SIXTEEN = '16'
    THIRTY_TWO = '32'
    SIXTY_FOUR = '64'


def simulate(
    output: Output,
    dataset_format: Annotated[
        DatasetFormat,
        typer.Option('--format', help='Virtual KITTI 2.0.3, rosbag2 MCAP, or YOLO segmentation.'),
    ] = DatasetFormat.VKITTI2,
    scenes: Annotated[int, typer.Option(help='How many scenes.')] = 4,
    first_scene: Annotated[
        int, typer.Option(help='Number of the first, where two datasets are read together.')
    ] = 1,
    frames: Annotated[int, typer.Option(help='Frames in each.')] = 20,
    seed: Annotated[
        int, typer.Option(help='Decides the scenes; the same seed, the same data.')
    ] = 0,
    conditions: Annotated[
        str, typer.Option(help=f'Comma-separated, of {", ".join(CONDITION_NAMES)}; or all.')
    ] = 'clone',
    beams: Annotated[Beams, typer.Option(help='Lasers of the LiDAR.')] = Beams.SIXTY_FOUR,
    width: Annotated[int, typer.Option(help='Image width; the view stays the same.')] = 1242,
    height: Annotated[int, typer.Option(help='Image height; the view stays the same.')] = 375,
    horizontal_fov: Annotated[
        float | None,
        typer.Option(help='Degrees, with square pixels; without it the view of Virtual KITTI 2.'),
    ] = None,
    camera_height: Annotated[float, typer.Option(help='Metres above the ground.')] = 1.65,
    camera_yaw: Annotated[
        float, typer.Option(help='Where the camera looks: degrees to the left of ahead.')
    ] = 0.0,
    lidar_above: Annotated[float, typer.Option(help='LiDAR above the camera, metres.')] = 0.08,
    lidar_behind: Annotated[float, typer.Option(help='LiDAR behind the camera, metres.')] = 0.27,
    processes: Annotated[int, typer.Option(help='Side by side; 0: one a core.')] = 0,
    for_testing: Annotated[
        bool, typer.Option('--for-testing', help='Allow the seed that is kept for testing.')
    ] = False,
) -> None:
    """Renders drives with depth, instances, LiDAR and poses. Started again, it goes on.

    [bold]Example:[/bold] mt_depth simulate --format rosbag2 --scenes 1 --frames 50
    --output out/drives
    """
    from mt_depth_ros.simulation.simulate import simulate as run

    names = CONDITION_NAMES if conditions == 'all' else tuple(conditions.split(','))
    config = SimulationConfig(
        output=output,
        format=dataset_format,
        scenes=scenes,
        first_scene=first_scene,
        frames=frames,
        seed=seed,
        conditions=names,
        camera=CameraConfig.of_view(
            width, height, horizontal_fov, height_m=camera_height, yaw_deg=camera_yaw
        ),
        lidar=LidarConfig(
            beams=int(beams.value), above_camera_m=lidar_above, behind_camera_m=lidar_behind
        ),
        processes=processes,
        for_testing=for_testing,
    )
    with progress_bar('simulating') as on_frame:
        summary = run(config, on_frame)
    pictures = summary.contact_sheet or 'none kept'
    Console(highlight=False, markup=False, soft_wrap=True).print(
        f'{summary.frames} frames of {summary.scenes} scenes in {summary.output}, '
        f'{summary.frames_rendered} of them made now; pictures: {pictures}'
    )
