from __future__ import annotations

import cv2
import numpy as np
import pytest

from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.messages.compressed_image_codec import decode_compressed_image


def picture_rgb() -> np.ndarray:
    """Smooth, so that JPEG keeps it, and red on the left only."""
    column = np.linspace(0, 255, 64, dtype=np.float32)
    red = np.tile(255 - column, (48, 1))
    green = np.full((48, 64), 60)
    blue = np.tile(column, (48, 1))
    return np.dstack([red, green, blue]).astype(np.uint8)


def encoded(extension: str, image_rgb: np.ndarray) -> bytes:
    return cv2.imencode(extension, image_rgb[..., ::-1])[1].tobytes()


@pytest.mark.parametrize('image_format', ['jpeg', 'jpg', 'rgb8; jpeg compressed bgr8', ''])
def test_jpeg_comes_out_red_first(messages, image_format, stamp_ns):
    message = messages.compressed(encoded('.jpg', picture_rgb()), image_format)
    image = decode_compressed_image(message, where='/image/compressed')
    assert np.abs(image.image_rgb.astype(int) - picture_rgb()).max() < 12
    assert (image.stamp_ns, image.frame_id) == (stamp_ns, 'camera')


@pytest.mark.parametrize('image_format', ['png', 'bgr8; png compressed bgr8'])
def test_png_comes_out_exact(messages, image_format):
    message = messages.compressed(encoded('.png', picture_rgb()), image_format)
    image = decode_compressed_image(message, where='/image/compressed')
    np.testing.assert_array_equal(image.image_rgb, picture_rgb())


def test_a_file_written_red_first_says_so_in_its_format(messages):
    swapped = encoded('.png', np.ascontiguousarray(picture_rgb()[..., ::-1]))
    message = messages.compressed(swapped, 'rgb8; png compressed rgb8')
    image = decode_compressed_image(message, where='/image/compressed')
    np.testing.assert_array_equal(image.image_rgb, picture_rgb())


def test_grey_pictures_become_three_equal_channels(messages):
    grey = picture_rgb()[..., 0]
    message = messages.compressed(
        cv2.imencode('.png', grey)[1].tobytes(), 'mono8; png compressed '
    )
    image = decode_compressed_image(message, where='/image/compressed')
    np.testing.assert_array_equal(image.image_rgb, np.dstack([grey] * 3))


@pytest.mark.parametrize('kind', ['jpeg', 'png'])
@pytest.mark.parametrize('target', ['', 'bayer_rggb8'])
def test_a_bayer_mosaic_is_no_picture(messages, kind, target):
    """image_transport may compress it as it is; it would pass for a grey picture."""
    content = cv2.imencode(f'.{kind}', picture_rgb()[..., 0])[1].tobytes()
    message = messages.compressed(content, f'bayer_rggb8; {kind} compressed {target}')
    with pytest.raises(SensorInputError, match='bayer_rggb8') as caught:
        decode_compressed_image(message, where='/image/compressed')
    assert caught.value.reason == 'unsupported_encoding'
    assert 'debayer' in caught.value.remedy


@pytest.mark.parametrize('target', ['bgr8', 'mono8'])
def test_what_was_made_of_a_bayer_mosaic_before_is_a_picture(messages, target):
    image_format = f'bayer_rggb8; png compressed {target}'
    message = messages.compressed(encoded('.png', picture_rgb()), image_format)
    image = decode_compressed_image(message, where='/image/compressed')
    np.testing.assert_array_equal(image.image_rgb, picture_rgb())


@pytest.mark.parametrize('extension', ['.jpg', '.png'])
@pytest.mark.parametrize('share', [0.3, 0.5, 0.9, 0.999])
def test_a_picture_cut_short_is_refused(messages, extension, share):
    content = encoded(extension, picture_rgb())
    message = messages.compressed(content[: int(len(content) * share)], 'jpeg')
    with pytest.raises(SensorInputError, match=r'whole .* picture.*without its end') as caught:
        decode_compressed_image(message, where='/image/compressed')
    assert caught.value.reason == 'truncated_image'


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_picture(messages):
    content = encoded('.jpg', picture_rgb())
    thumbnail = encoded('.jpg', picture_rgb()[::4, ::4])
    segment = b'\xff\xe1' + (len(thumbnail) + 2).to_bytes(2, 'big') + thumbnail
    whole = content[:2] + segment + content[2:]
    decode_compressed_image(messages.compressed(whole, 'jpeg'), where='/image')
    with pytest.raises(SensorInputError, match='without its end'):
        decode_compressed_image(messages.compressed(whole[: -len(content) // 2], ''), where='/i')


@pytest.mark.parametrize('padding', [b'\x00' * 100, b'\xff\xff\xff', b'\n'])
def test_bytes_after_the_end_do_no_harm(messages, padding):
    message = messages.compressed(encoded('.jpg', picture_rgb()) + padding, 'jpeg')
    assert decode_compressed_image(message, where='/image').image_rgb.shape == (48, 64, 3)


def test_the_orientation_tag_does_not_turn_the_picture(messages):
    exif = (
        b'Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01'
        b'\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00'
    )
    content = encoded('.jpg', picture_rgb())
    turned = content[:2] + b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif + content[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (64, 48, 3)
    image = decode_compressed_image(messages.compressed(turned, 'jpeg'), where='/image')
    assert image.image_rgb.shape == (48, 64, 3)


@pytest.mark.parametrize(
    ('content', 'reason', 'text'),
    [
        (b'', 'empty_image', 'got no data'),
        (b'BM not a jpeg', 'unsupported_encoding', "format 'jpeg' whose data starts with b'BM"),
        (b'\xff\xd8\xff\xd9', 'damaged_image', 'do not decode'),
    ],
)
def test_what_is_no_picture_is_refused(messages, content, reason, text):
    with pytest.raises(SensorInputError, match=text) as caught:
        decode_compressed_image(messages.compressed(content, 'jpeg'), where='/image')
    assert caught.value.reason == reason


def test_a_png_with_a_wrong_checksum_is_refused(messages):
    content = bytearray(encoded('.png', picture_rgb()))
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(SensorInputError, match='do not decode') as caught:
        decode_compressed_image(messages.compressed(bytes(content), 'png'), where='/image')
    assert caught.value.reason == 'damaged_image'
