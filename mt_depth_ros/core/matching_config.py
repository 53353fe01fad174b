"""The rules of stamp matching, as one validated value."""

from __future__ import annotations

from dataclasses import dataclass

from mt_depth_ros.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchingConfig:
    """The rules of the pairing.

    Attributes:
        tolerance_ns: farthest a cloud may be from its image, inclusive.
        max_wait_ns: longest an image waits for a nearer cloud, from its arrival; half the period
            of the clouds, as the next cloud is no nearer than the last one after that.
        lidar_time_offset_ns: fixed sensor offset, added to every cloud stamp; half a sweep for a
            LiDAR that is stamped at sweep start and faces the camera's view in its middle.
        reuse_clouds: let a cloud serve every image it is nearest to. False: at most one, and an
            image leaves a cloud to the next image where that one should come nearer to it.
        queue_size: most images and most clouds held.
        reset_after_ns: a backward step of either stream's stamps by more than this is a recording
            that starts again; a smaller one is a late message.

    Raises:
        ConfigError: a value out of range.
    """

    tolerance_ns: int = 60_000_000
    max_wait_ns: int = 50_000_000
    lidar_time_offset_ns: int = 0
    reuse_clouds: bool = True
    queue_size: int = 16
    reset_after_ns: int = 500_000_000

    def __post_init__(self) -> None:
        least = {'tolerance_ns': 0, 'max_wait_ns': 0, 'queue_size': 1, 'reset_after_ns': 0}
        for name, minimum in least.items():
            value = getattr(self, name)
            if value < minimum:
                raise ConfigError(
                    expected=f'at least {minimum}',
                    got=str(value),
                    where=f'stamp matching, {name}',
                    remedy='set it in range or leave it at its default',
                )
