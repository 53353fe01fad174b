"""What stamp matching answers: a match, a drop with its reason, or a reset."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, Literal, TypeAlias, TypeVar

ImageT = TypeVar('ImageT')
CloudT = TypeVar('CloudT')
ItemT = TypeVar('ItemT')

Stream: TypeAlias = Literal['image', 'cloud']


class DropReason(str, Enum):
    """Why an image or a cloud gives no match; the values are the names of the counters.

    Refused on arrival, images and clouds alike:
        ZERO_STAMP: the stamp is zero or negative; the driver did not fill in the header.
        DUPLICATE_STAMP: the stamp equals the newest one of its stream.
        OUT_OF_ORDER: the stamp lies before the newest one of its stream, but not so far that a
            recording started again.

    Images that waited:
        NO_CLOUD_WITHIN_TOLERANCE: the wait is over and no cloud is near enough.

    Clouds that were held:
        UNUSED: every image had a nearer one; normal where the LiDAR is faster than the camera.

    Either:
        QUEUE_FULL: pushed out by newer ones.
        RESET: a held cloud of before a reset (images that wait at a reset are decided by it).
    """

    ZERO_STAMP = 'zero_stamp'
    DUPLICATE_STAMP = 'duplicate_stamp'
    OUT_OF_ORDER = 'out_of_order'
    NO_CLOUD_WITHIN_TOLERANCE = 'no_cloud_within_tolerance'
    UNUSED = 'unused'
    QUEUE_FULL = 'queue_full'
    RESET = 'reset'


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Match(Generic[ImageT, CloudT]):
    """An image and the cloud nearest to it in time.

    Attributes:
        image, cloud: as they were handed in.
        image_stamp_ns: nanoseconds; strictly increasing within an epoch.
        cloud_stamp_ns: nanoseconds, as the sensor wrote it.
        aligned_cloud_stamp_ns: the same with the fixed sensor offset added.
        waited_ns: from the image's arrival until this match was due, on the caller's clock; at
            most ``max_wait_ns``, also where nobody polled in time.
        settled: no later cloud could have been nearer. False where the wait ran out.
        epoch: number of resets before this match.
    """

    image: ImageT
    cloud: CloudT
    image_stamp_ns: int
    cloud_stamp_ns: int
    aligned_cloud_stamp_ns: int
    waited_ns: int
    settled: bool
    epoch: int

    @property
    def difference_ns(self) -> int:
        """Aligned cloud stamp less image stamp; positive where the cloud is the later one."""
        return self.aligned_cloud_stamp_ns - self.image_stamp_ns


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Drop(Generic[ItemT]):
    """An image or a cloud that will not be part of a match (any more).

    Attributes:
        stream: which of the two it is.
        item: the image or cloud as it was handed in.
        reason: why.
        stamp_ns: nanoseconds, as the sensor wrote it.
        nearest_difference_ns: for an image without a cloud within tolerance, how far off the
            nearest one was (aligned cloud less image), or None where there was none to take:
            tells a clock offset from a silent LiDAR.
        newest_difference_ns: the same for the newest cloud, which came at the time of the image.
            Where the LiDAR's clock is far ahead, those held all lie after the image, and the
            nearest is only the oldest of them.
        epoch: number of resets before this drop.
    """

    stream: Stream
    item: ItemT
    reason: DropReason
    stamp_ns: int
    nearest_difference_ns: int | None = None
    newest_difference_ns: int | None = None
    epoch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reset:
    """Time went back: everything held was let go and the stamps start anew.

    Attributes:
        cause: the stream whose stamps stepped back, or ``'caller'`` for an explicit reset.
        stepped_back_ns: by how much, nanoseconds; 0 for an explicit reset.
        epoch: number of resets including this one.
    """

    cause: Stream | Literal['caller']
    stepped_back_ns: int
    epoch: int


Event: TypeAlias = Match[ImageT, CloudT] | Drop[ImageT] | Drop[CloudT] | Reset
