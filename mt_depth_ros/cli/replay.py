"""``mt_depth replay``: a recording through the pipeline, offline."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

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
    NetworkRuntimeChoice,
    NetworkRuntimeOption,
    Output,
    Rectified,
    SeeThroughFilter,
    StaticTransforms,
)
from mt_depth_ros.cli.predictor_choice import predictor_config
from mt_depth_ros.cli.progress import progress_bar
from mt_depth_ros.cli.replay_tables import print_replay


def replay(
    bag: Annotated[
        Path, typer.Argument(help='A rosbag2 folder (MCAP or SQLite3), or one .mcap or .db3 file.')
    ],
    output: Output,
    model: Model = 'auto',
    device: Device = 'auto',
    network_grid: NetworkGridOption = NetworkGridChoice.TRAINED,
    network_runtime: NetworkRuntimeOption = NetworkRuntimeChoice.TORCH,
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
    static_transform: StaticTransforms = None,
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
    from mt_depth_ros.pipeline.classical_fallback import FallbackConfig
    from mt_depth_ros.pipeline.frame_builder import FrameBuilderConfig
    from mt_depth_ros.pipeline.self_check import SelfCheckConfig

    predictor = predictor_config(
        model,
        device,
        network_grid,
        network_runtime=network_runtime,
        mask_backend=mask_backend,
        mask_weights=mask_weights,
        mask_allow_download=mask_allow_download,
        min_depth=min_depth,
        max_range=max_range,
    )
    config = ReplayConfig(
        topics=TopicChoice(
            image=image, camera_info=camera_info, points=points, sparse_depth=sparse_depth
        ),
        predictor=dataclasses.replace(predictor, fallback=FallbackConfig()),
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
        static_transforms=tuple(static_transform or ()),
        withholding=None if withhold is None else parse_withholding(withhold),
        ground_truth=ground_truth,
    )
    with progress_bar('replaying') as on_frame:
        summary = run(bag, output, config, on_frame=on_frame)
    print_replay(summary, output)
