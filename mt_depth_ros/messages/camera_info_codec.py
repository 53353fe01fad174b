"""Camera calibrations to and from messages."""

from __future__ import annotations

import numpy as np

from mt_depth_ros.core.camera import RectifiedCamera
from mt_depth_ros.core.camera_model import CameraModel, RegionOfInterest
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.header_codec import frame_id_from
from mt_depth_ros.messages.message_layouts import CameraInfoLayout
from mt_depth_ros.messages.message_protocols import CameraInfoMessage

_PLUMB_BOB_COEFFICIENTS = 5


def decode_camera_info(message: CameraInfoMessage, *, where: str) -> CameraModel:
    """Reads a calibration.

    Args:
        message: a sensor_msgs/CameraInfo.
        where: the topic, for the error.

    Raises:
        SensorInputError: a value cannot be used, e.g. zero intrinsics (``bad_camera_info``).
    """
    roi = message.roi
    try:
        return CameraModel(
            width=int(message.width),
            height=int(message.height),
            k=np.array(message.k, np.float64).reshape(3, 3),
            distortion_model=message.distortion_model,
            d=np.array(message.d, np.float64),
            r=np.array(message.r, np.float64).reshape(3, 3),
            p=np.array(message.p, np.float64).reshape(3, 4),
            binning_x=int(message.binning_x),
            binning_y=int(message.binning_y),
            roi=RegionOfInterest(
                x_offset=int(roi.x_offset),
                y_offset=int(roi.y_offset),
                width=int(roi.width),
                height=int(roi.height),
                do_rectify=bool(roi.do_rectify),
            ),
            frame_id=frame_id_from(message.header),
        )
    except SensorInputError as error:
        raise SensorInputError(
            reason=error.reason,
            expected=error.expected,
            got=error.got,
            where=f'{where}, {error.where}',
            remedy=error.remedy,
        ) from error


def encode_camera_info(camera: RectifiedCamera) -> CameraInfoLayout:
    """Lays out the calibration of a rectified image.

    No distortion is left, K is P's left part and R the identity: who rectifies once more changes
    nothing. The fourth column of P keeps where the rectified view sits in the camera's frame, so
    P still takes points of the header's frame to pixels. Only a rectifying rotation (stereo
    pairs) cannot be said: with R the message would ask to rotate the image a second time.
    image_proc's rectified images have the same convention.

    Args:
        camera: the rectified grid, of the size and in the frame the message is published with.
    """
    k = np.array([[camera.fx, 0.0, camera.cx], [0.0, camera.fy, camera.cy], [0.0, 0.0, 1.0]])
    return CameraInfoLayout(
        height=camera.height,
        width=camera.width,
        distortion_model='plumb_bob',
        d=np.zeros(_PLUMB_BOB_COEFFICIENTS),
        k=k.reshape(-1),
        r=np.eye(3).reshape(-1),
        p=np.column_stack([k, k @ camera.offset_m]).reshape(-1),
    )
