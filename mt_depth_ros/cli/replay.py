"""``mt_depth replay``: a recording through the pipeline, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from rich.console import Console
from rich.table import Table
import typer

from mt_depth_ros.cli.options import (
    Device,
    InputIsRectified,
    MaskAllowDownload,
    MaskBackend,
    MaskBackendOption,
    MaskWeights,
    MaxRange,
    MinDepth,
    Model,
    NetworkGridChoice,
    NetworkGridOption,
    Output,
    Rectified,
    SeeThroughFilter,
)
from mt_depth_ros.cli.progress import progress_bar


def replay(
    bag: Annotated[
        Path, typer.Argument(help='A rosbag2 folder (MCAP or SQLite3), or one .mcap or .db3 file.')
    ],
    output: Output,
    model: Model = 'auto',
    device: Device = 'auto',
    network_grid: NetworkGridOption = NetworkGridChoice.TRAINED,
    withhold: Annotated[
        str | None,
        typer.Option(
            help="'rings:N': keep every N-th LiDAR ring out of the input and score on it; "
            "'keep-rings:N': keep only those; 'azimuth:N': withhold every N-th 4 degree block."
        ),
    ] = None,
    ground_truth: Annotated[
        str | None, typer.Option(help='Topic of true depth to score on (32FC1 or 16UC1).')
    ] = None,
    image: Annotated[str | None, typer.Option(help='Image topic; found by type.')] = None,
    camera_info: Annotated[str | None, typer.Option(help='Its camera_info topic.')] = None,
    points: Annotated[str | None, typer.Option(help='LiDAR topic; found by type.')] = None,
    sparse_depth: Annotated[
        str | None, typer.Option(help='Topic of sparse depth images, instead of a LiDAR.')
    ] = None,
    mask_backend: MaskBackendOption = MaskBackend.AUTO,
    mask_weights: MaskWeights = '',
    mask_allow_download: MaskAllowDownload = False,
    input_is_rectified: InputIsRectified = Rectified.AUTO,
    see_through_filter: SeeThroughFilter = False,
    min_depth: MinDepth = 0.5,
    max_range: MaxRange = 120.0,
    sync_tolerance: Annotated[
        float, typer.Option(help='Farthest depth may be from its image, seconds.')
    ] = 0.06,
    sync_max_wait: Annotated[
        float, typer.Option(help='Longest an image waits for nearer depth, seconds.')
    ] = 0.05,
    lidar_time_offset: Annotated[
        float, typer.Option(help='Added to the stamps of the depth source, seconds.')
    ] = 0.0,
    self_check_share: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=0.1,
            help='Share kept out of the input for the self-check, as in the node; 0: none. '
            'With --withhold always none.',
        ),
    ] = 0.02,
) -> None:
    """Replays a recording offline: a bag for RViz, pictures, and errors where depth is known.

    The pairs of image and depth are those the node forms live.

    [bold]Example:[/bold] mt_depth replay drive/ --withhold rings:5 --output out/replay
    """
    from mt_depth_ros.core.matching_config import MatchingConfig
    from mt_depth_ros.evaluation.replay import replay as run
    from mt_depth_ros.evaluation.replay import ReplayConfig, TopicChoice
    from mt_depth_ros.evaluation.withholding import parse_withholding
    from mt_depth_ros.pipeline.build import PredictorConfig
    from mt_depth_ros.pipeline.classical_fallback import FallbackConfig
    from mt_depth_ros.pipeline.frame_builder import FrameBuilderConfig
    from mt_depth_ros.pipeline.postprocessing import RangeConfig
    from mt_depth_ros.pipeline.self_check import SelfCheckConfig
    from mt_depth_ros.segmentation.config import SegmentationConfig

    config = ReplayConfig(
        topics=TopicChoice(
            image=image, camera_info=camera_info, points=points, sparse_depth=sparse_depth
        ),
        predictor=PredictorConfig(
            model=model,
            device=device,
            grid=network_grid.value,
            segmentation=SegmentationConfig(
                backend=mask_backend.value,
                weights=mask_weights,
                allow_download=mask_allow_download,
            ),
            limits=RangeConfig(min_depth_m=min_depth, max_range_m=max_range),
            fallback=FallbackConfig(),
        ),
        frames=FrameBuilderConfig(
            min_depth_m=min_depth, max_depth_m=max_range, see_through_filter=see_through_filter
        ),
        matching=MatchingConfig(
            tolerance_ns=round(sync_tolerance * 1e9),
            max_wait_ns=round(sync_max_wait * 1e9),
            lidar_time_offset_ns=round(lidar_time_offset * 1e9),
        ),
        self_check=SelfCheckConfig(share=self_check_share),
        input_is_rectified=input_is_rectified.value,
        withholding=None if withhold is None else parse_withholding(withhold),
        ground_truth=ground_truth,
    )
    with progress_bar('replaying') as on_frame:
        summary = run(bag, output, config, on_frame=on_frame)
    _print(summary, output)


def _print(summary: dict[str, Any], output: Path) -> None:
    console = Console()
    for name, camera in summary['cameras'].items():
        images = camera['matching']['images']
        console.print(
            f'{name}: {len(camera["frames"])} of {images["received"]} images answered by '
            f'{summary["model"]["name"]}'
        )
        for reason, message in camera['first_problem'].items():
            console.print(f'  {camera["not_used"][reason]} x {reason}: {message}', highlight=False)
        for reason, number in camera['degraded'].items():
            text = camera['first_degradation'][reason]
            console.print(f'  {number} x degraded, {reason}: {text}', highlight=False)
        if camera['overall'] is not None:
            console.print(_errors_table(camera))
        if camera['self_check'] is not None:
            console.print(_self_check_text(camera['self_check']), highlight=False, soft_wrap=True)
        console.print(_latency_table(camera['latency_ms']))
    console.print(f'written to {output}: bag/ panels/ summary.json', highlight=False)


def _self_check_text(entry: dict[str, Any]) -> str:
    held = f'{entry["points"]} LiDAR points in {entry["patches"]} patches kept out of the input'
    if entry['live_mae_m'] is None:
        return f'interpolation check: too few patches to say ({held})'
    return (
        f'interpolation check: live MAE {entry["live_mae_m"]:.3f} m, the 90 % interval holds '
        f'{100 * entry["coverage_of_90_percent"]:.0f} % ({held})'
    )


def _errors_table(camera: dict[str, Any]) -> Table:
    scored_on = camera['frames'][0]['errors']['scored_on'].replace('_', ' ')
    table = Table(title=f'errors on {scored_on} depth')
    for column in ('stamp', 'pixels', 'MAE m', 'RMSE m', 'mean rel %', 'median rel %'):
        table.add_column(column, justify='right')
    scored = [frame for frame in camera['frames'] if 'errors' in frame]
    rows = [(str(frame['stamp_ns']), frame['errors']) for frame in scored[:20]]
    if len(scored) > 20:
        rows.append((f'... {len(scored) - 20} more', {}))
    for label, errors in [*rows, ('all', camera['overall'])]:
        table.add_row(label, *_cells(errors))
    return table


def _cells(errors: dict[str, Any]) -> list[str]:
    if not errors or errors['mae_m'] is None:
        return [str(errors.get('count', '')), '', '', '', '']
    return [
        str(errors['answered']),
        f'{errors["mae_m"]:.3f}',
        f'{errors["rmse_m"]:.3f}',
        f'{100 * errors["mean_relative"]:.2f}',
        f'{100 * errors["median_relative"]:.2f}',
    ]


def _latency_table(latency_ms: dict[str, dict[str, float]]) -> Table:
    table = Table(title='milliseconds')
    for column in ('stage', 'p50', 'p95', 'max'):
        table.add_column(column, justify='left' if column == 'stage' else 'right')
    for stage, values in latency_ms.items():
        table.add_row(stage, *(f'{values[column]:.1f}' for column in ('p50', 'p95', 'max')))
    return table
