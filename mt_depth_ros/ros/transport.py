"""Makes camera-size messages arrive: a Fast DDS profile, applied before rclpy starts.

Fast DDS publishes through a shared-memory segment of 512 KiB. Best-effort messages larger than
that are lost without a word: every 1242x375 colour image, every dense depth image. The segment
belongs to the publishing process, so the profile here covers what this process publishes;
:mod:`mt_depth_ros.ros.input_subscription` covers publishers that were started without it.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
import os
from pathlib import Path

from mt_depth_ros.ros.shipped_files import shipped_config

PROFILE_VARIABLE = 'FASTDDS_DEFAULT_PROFILES_FILE'
PROFILE_NAME = 'fastdds_large_messages.xml'
SEGMENT_BYTES = 64 * 1024 * 1024
SHARED_MEMORY = Path('/dev/shm')

# What a user sets to choose a Fast DDS transport; each of them wins over the shipped profile.
USER_VARIABLES = (
    PROFILE_VARIABLE,
    'FASTRTPS_DEFAULT_PROFILES_FILE',
    'FASTDDS_BUILTIN_TRANSPORTS',
)
USER_FILES = ('DEFAULT_FASTDDS_PROFILES.xml', 'DEFAULT_FASTRTPS_PROFILES.xml')


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportChoice:
    """Whether the shipped profile is in use, and why.

    Attributes:
        applied: the shipped profile was applied.
        reason: one sentence for the log.
        is_problem: large messages this process publishes will not arrive with best effort.
    """

    applied: bool
    reason: str
    is_problem: bool = False


def transport_profile() -> Path:
    """The shipped Fast DDS profile, for the log and for other programs' environment."""
    return shipped_config(PROFILE_NAME)


def apply_transport_profile(
    environment: MutableMapping[str, str] = os.environ, *, shared_memory: Path = SHARED_MEMORY
) -> TransportChoice:
    """Points Fast DDS at the shipped profile unless the user has chosen otherwise.

    Takes effect on participants created afterwards: call it before ``rclpy.init``.

    Args:
        environment: the variables to read and to set.
        shared_memory: where shared-memory segments are made.
    """
    profile = transport_profile()
    applied = TransportChoice(
        applied=True, reason=f'transport profile for large messages: {profile}'
    )
    if environment.get(PROFILE_VARIABLE) == str(profile):
        return applied
    chosen = _chosen_by_user(environment)
    if chosen is not None:
        return TransportChoice(applied=False, reason=f'transport left as it is: {chosen}')
    free_bytes = _free_bytes(shared_memory)
    if free_bytes < 2 * SEGMENT_BYTES:
        return TransportChoice(
            applied=False,
            is_problem=True,
            reason=f'transport profile not applied: {shared_memory} has {free_bytes >> 20} MiB '
            f'free and {2 * SEGMENT_BYTES >> 20} MiB are needed, so images published with best '
            'effort may be lost; give the container more (docker run --shm-size=1g)',
        )
    environment[PROFILE_VARIABLE] = str(profile)
    return applied


def _chosen_by_user(environment: Mapping[str, str]) -> str | None:
    """What shows that the user decided on a transport, or None."""
    middleware = environment.get('RMW_IMPLEMENTATION', '')
    if middleware and not middleware.startswith('rmw_fastrtps'):
        return f'RMW_IMPLEMENTATION is {middleware}'
    for variable in USER_VARIABLES:
        if environment.get(variable):
            return f'{variable} is {environment[variable]}'
    for name in USER_FILES:
        if Path(name).is_file():
            return f'{name} lies in the working directory'
    return None


def _free_bytes(folder: Path) -> int:
    """Free space of the file system of ``folder``; 0 where there is none."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
