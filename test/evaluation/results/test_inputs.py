from __future__ import annotations

from pathlib import Path

from mt_depth_ros.evaluation.given_masks import SegmentedMasks
from mt_depth_ros.evaluation.results.inputs import (
    DataFolders,
    mask_study_name,
    result_inputs,
    turned_name,
    TURNS_DEG,
)

FOLDERS = DataFolders(simulated=Path('simulated'), real=Path('real'))
DETECTED = SegmentedMasks('detected by somebody', lambda image_rgb: image_rgb[..., 0] > 0)


def test_detected_masks_are_an_input_of_the_mask_study_alone() -> None:
    known = {work.name: work for work in result_inputs(FOLDERS)}
    studied = {work.name: work for work in result_inputs(FOLDERS, detected=DETECTED)}
    name = mask_study_name('detected')
    assert set(studied) - set(known) == {name}
    assert studied[name].masks_only
    assert studied[name].config.masks is DETECTED
    for each, work in known.items():
        assert studied[each].description == work.description


def test_masks_of_other_weights_are_another_input_and_leave_the_key_of_all_others() -> None:
    def studied(weights_sha256: str) -> dict[str, dict[str, str]]:
        detected = SegmentedMasks('detected by mask.onnx', DETECTED.segment, weights_sha256)
        return {work.name: work.description for work in result_inputs(FOLDERS, detected=detected)}

    before, after = studied('aa' * 32), studied('bb' * 32)
    name = mask_study_name('detected')
    assert before[name] != after[name]
    assert [each for each in before if before[each] != after[each]] == [name]
    # As stored before masks had a digest: scoring all of them again takes an hour.
    keys = {'sampling', 'size', 'see_through_filter', 'masks', 'max_range_m', 'turn_deg'}
    assert all(set(before[each]) <= keys for each in set(before) - {name})


def test_tables_take_true_masks_and_real_frames_none() -> None:
    by_kind = {'simulated': 'truth', 'genuine': 'empty', 'real': 'empty'}
    for work in result_inputs(FOLDERS):
        if not (work.masks_only or 'turned' in work.name):
            assert work.config.masks.name == by_kind[work.kind]


def test_a_turned_camera_is_another_input_and_leaves_the_key_of_all_others() -> None:
    known = {work.name: work for work in result_inputs(FOLDERS)}
    straight, turned = known[turned_name(0.0)], known[turned_name(1.0)]
    assert turned.description == {**straight.description, 'turn_deg': '1.0'}
    assert straight.config.masks.name == turned.config.masks.name == 'empty'
    named = {turned_name(deg) for deg in TURNS_DEG}
    assert all('turn_deg' not in known[name].description for name in set(known) - named)
