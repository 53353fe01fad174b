"""``mt_depth check-calibration``: does the calibration in a recording fit its images?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TYPE_CHECKING

from rich.console import Console
from rich.table import Table
import typer

from mt_depth_ros.cli.options import (
    InputIsRectified,
    Rectified,
    StaticTransforms,
)
from mt_depth_ros.cli.progress import progress_bar

if TYPE_CHECKING:
    from mt_depth_ros.core.transforms import StampedTransform
    from mt_depth_ros.evaluation.bag_calibration_check import CameraCheck

EXIT_LOOKS_OFF = 3


def check_calibration(
    bag: Annotated[
        Path, typer.Argument(help='A rosbag2 folder (MCAP or SQLite3), or one .mcap or .db3 file.')
    ],
    image: Annotated[str | None, typer.Option(help='Image topic; found by type.')] = None,
    camera_info: Annotated[str | None, typer.Option(help='Its camera_info topic.')] = None,
    points: Annotated[str | None, typer.Option(help='LiDAR topic; found by type.')] = None,
    sparse_depth: Annotated[
        str | None, typer.Option(help='Topic of sparse depth images, instead of a LiDAR.')
    ] = None,
    input_is_rectified: InputIsRectified = Rectified.AUTO,
    sync_tolerance: Annotated[
        float, typer.Option(help='Farthest depth may be from its image, seconds.')
    ] = 0.06,
    lidar_time_offset: Annotated[
        float, typer.Option(help='Added to the stamps of the depth source, seconds.')
    ] = 0.0,
    static_transform: StaticTransforms = None,
) -> None:
    """Checks whether LiDAR edges lie on image edges: is the extrinsic or the time offset off?

    Ends with exit code 3 where the calibration of a camera looks off.

    [bold]Example:[/bold] mt_depth check-calibration drive/
    """
    from mt_depth_ros.core.matching_config import MatchingConfig
    from mt_depth_ros.evaluation.bag_calibration_check import (
        BagCheckConfig,
        check_bag_calibration,
    )
    from mt_depth_ros.pipeline.calibration_verdict import CheckStatus

    config = BagCheckConfig(
        image=image,
        camera_info=camera_info,
        points=points,
        sparse_depth=sparse_depth,
        matching=MatchingConfig(
            tolerance_ns=round(sync_tolerance * 1e9),
            lidar_time_offset_ns=round(lidar_time_offset * 1e9),
        ),
        input_is_rectified=input_is_rectified.value,
        static_transforms=tuple(static_transform or ()),
    )
    with progress_bar('checking') as on_frame:
        checks = check_bag_calibration(bag, config, on_frame=on_frame)
    for check in checks:
        _print(check)
    if any(check.verdict.status is CheckStatus.LOOKS_OFF for check in checks):
        raise typer.Exit(EXIT_LOOKS_OFF)


def _print(check: CameraCheck) -> None:
    console, verdict = Console(markup=False), check.verdict
    console.print(f'{check.camera}: {verdict.summary}', highlight=False, soft_wrap=True)
    console.print(
        f'  from {verdict.num_samples} samples with {verdict.num_edges} depth edges, '
        f'{verdict.num_turning} while turning',
        highlight=False,
    )
    for reason, count in check.not_used.items():
        console.print(f'  {count} images not used: {reason}', highlight=False)
    if check.first_problem:
        console.print(f'  {check.first_problem}', highlight=False, soft_wrap=True)
    if verdict.axes:
        table = Table()
        for column in ('axis', 'offset', '±', 'verdict'):
            table.add_column(column, justify='right')
        for axis in verdict.axes:
            known = axis.deviation < float('inf')
            table.add_row(
                axis.name,
                f'{axis.offset:+.2f} {axis.unit}' if known else '',
                f'{axis.deviation:.2f}' if known else '',
                axis.status.value.replace('_', ' '),
            )
        console.print(table)
    if check.corrected is not None:
        console.print(
            '  turned to fit, for --static-transform or static_transforms: '
            f"'{_as_text(check.corrected)}'",
            highlight=False,
            soft_wrap=True,
        )


def _as_text(stamped: StampedTransform) -> str:
    """In the order of ``static_transform_publisher``'s arguments."""
    from mt_depth_ros.messages.transform_codec import quaternion_from_rotation

    transform = stamped.transform
    numbers = [*transform.translation_m, *quaternion_from_rotation(transform.rotation)]
    return ' '.join(
        [*(f'{number:.6f}' for number in numbers), stamped.parent_frame, stamped.child_frame]
    )
