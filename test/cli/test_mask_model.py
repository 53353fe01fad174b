from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from mt_depth_ros.cli.mask_model import mask_weights_sha256
from mt_depth_ros.cli.results import detected_masks
from mt_depth_ros.evaluation.given_masks import SegmentedMasks

SHIPPED = Path(__file__).parents[2] / 'models' / 'street_mask.onnx'


def test_weights_have_one_digest_however_they_are_named(tmp_path: Path) -> None:
    digest = sha256(SHIPPED.read_bytes()).hexdigest()
    assert mask_weights_sha256('street_mask') == mask_weights_sha256(str(SHIPPED)) == digest
    assert mask_weights_sha256(str(tmp_path / 'none.onnx')) is None


def test_masks_that_results_finds_are_known_by_their_weights() -> None:
    found = detected_masks('street_mask', 'cpu')
    assert isinstance(found, SegmentedMasks)
    assert found.weights_sha256 == mask_weights_sha256('street_mask')
