from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mt_depth_ros.simulation.config import DatasetFormat, SimulationConfig
from mt_depth_ros.simulation.yolo_writer import YoloWriter

SEVEN = ('clone', 'morning', 'sunset', 'overcast', 'fog', 'rain', 'night')


def validated_on(tmp_path: Path, conditions: tuple[str, ...], scenes: int) -> Counter[str]:
    """How many scenes of each condition are for validation."""
    config = SimulationConfig(
        output=tmp_path,
        format=DatasetFormat.YOLO,
        scenes=scenes,
        frames=1,
        conditions=conditions,
    )
    writer, found = YoloWriter(config), Counter[str]()
    for scene in range(1, scenes + 1):
        image = (
            tmp_path
            / 'labels'
            / 'val'
            / f'scene{scene:02d}_{writer.conditions(scene)[0]}_00000.txt'
        )
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_text('')
        if writer.has_frame(scene, 0):
            found[writer.conditions(scene)[0]] += 1
    return found


@pytest.mark.parametrize('number', [2, 5, 7])
def test_every_condition_is_validated_on(tmp_path: Path, number: int) -> None:
    conditions = SEVEN[:number]
    found = validated_on(tmp_path, conditions, 5 * 5 * number)
    assert found == dict.fromkeys(conditions, 5)


def test_other_numbers_of_conditions_keep_every_fifth_scene(tmp_path: Path) -> None:
    found = validated_on(tmp_path, SEVEN, 10)
    assert found == {'fog': 1, 'sunset': 1}
