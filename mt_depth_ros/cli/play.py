"""``mt_depth play``: a recording over DDS, for homes without ``ros2 bag play``."""

from __future__ import annotations

from pathlib import Path
import sys
import threading
from typing import Annotated, TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mt_depth_ros.ros.player import BagPlayer


def play(
    bag: Annotated[Path, typer.Argument(help='A rosbag2 folder, or one .mcap or .db3 file.')],
    rate: Annotated[float, typer.Option(help='Recorded seconds a second.')] = 1.0,
    loop: Annotated[bool, typer.Option('--loop', help='Start again at the end.')] = False,
    clock: Annotated[
        bool,
        typer.Option(
            '--clock',
            help='Publish recorded time on /clock, for use_sim_time. Where the recording holds a '
            '/clock, as that of a simulation does, that one is played and none is added.',
        ),
    ] = False,
    start_paused: Annotated[
        bool, typer.Option('--start-paused', help='Wait for Enter before the first message.')
    ] = False,
    transforms_file: Annotated[
        Path | None,
        typer.Option(
            help='Write the static transforms here, as a parameters file for the node: for '
            'homes without tf2_msgs, where they cannot be published.'
        ),
    ] = None,
) -> None:
    """Publishes every topic of a recording with its recorded stamps. Enter pauses and resumes.

    [bold]Example:[/bold] mt_depth play drive/ --clock --rate 0.5
    """
    from mt_depth_ros.cli.ros_home import require_rclpy

    require_rclpy()
    from mt_depth_ros.bag.bag_reader import BagReader
    from mt_depth_ros.cli.recording import bag_items, write_transforms_file
    from mt_depth_ros.core.errors import DataFileError
    from mt_depth_ros.ros.playback_session import play_over_dds
    from mt_depth_ros.ros.player import PlaybackConfig

    config = PlaybackConfig(rate=rate, loop=loop, clock=clock, start_paused=start_paused)
    with BagReader(bag) as reader:
        if transforms_file is not None:
            write_transforms_file(reader, transforms_file)
        topics = {topic.name: topic.type_name for topic in reader.topics}
        player = play_over_dds(
            topics,
            lambda: bag_items(reader),
            config,
            latched=reader.latched_topics,
            on_start=_start,
        )
    if set(player.skipped) == set(topics):
        raise DataFileError(
            expected='a topic whose message package this home has',
            got=f'{", ".join(sorted(set(topics.values()))) or "no topic"} only',
            where=str(bag),
            remedy='install the packages of these messages, or record standard ones',
        )
    for topic, count in sorted(player.published.items()):
        typer.echo(f'{count:6d} {topic}', err=True)


def _start(player: BagPlayer, transport: str) -> None:
    typer.echo(transport, err=True)
    for topic, type_name in player.skipped.items():
        typer.echo(f'not played: {topic}, as this home has no {type_name}', err=True)
    if player.has_recorded_clock:
        typer.echo(
            '--clock adds none, as the recording holds a /clock: its stamps are of that one',
            err=True,
        )
    threading.Thread(target=_toggle_on_enter, args=(player,), daemon=True).start()


def _toggle_on_enter(player: BagPlayer) -> None:
    for _ in sys.stdin:
        if player.is_paused:
            player.resume()
        else:
            player.pause()
