from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.sparse_degradations import Outliers, Sometimes
from mt_depth_ros.data.sparse_patterns import BernoulliPattern, MeasuredPattern, MixedPattern
from mt_depth_ros.networks.checkpoint import load_checkpoint
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.config_file import read_training_config, yaml_from_config

CONFIG = Path(__file__).parents[2] / 'config'
SHIPPED = sorted(
    path for kind in ('train', 'ablation', 'rate') for path in CONFIG.glob(f'{kind}_*.yaml')
)
MINIMAL: dict[str, Any] = {
    'output': 'runs/test',
    'network': {'architecture': 'unet'},
    'data': {'roots': ['somewhere']},
    'run': {'epochs': 1},
}


def read(tmp_path: Path, values: object) -> TrainingConfig:
    path = tmp_path / 'train.yaml'
    path.write_text(yaml.safe_dump(values))
    return read_training_config(path)


def test_every_shipped_config_is_one() -> None:
    assert len(SHIPPED) >= 3
    for path in SHIPPED:
        read_training_config(path)


def test_the_second_part_of_mt_depth_plus_learns_from_all_training_data() -> None:
    data = read_training_config(CONFIG / 'train_mt_depth_plus_views.yaml').data
    views = [line.split() for line in (CONFIG / 'training_views.txt').read_text().splitlines()]
    rigs = [dict(zip(words[::2], words[1::2], strict=True)) for words in views]
    assert {rig['--output'] for rig in rigs} == {r for r in data.roots if 'views' in r}
    assert {rig['--first-scene'] for rig in rigs} == {'41'}
    scenes = sorted([*data.train_scenes, *data.validation_scenes])
    assert scenes == [f'Scene{number:02d}' for number in range(1, 81)]


def test_the_config_of_the_paper_is_its_table_2() -> None:
    (path,) = (path for path in SHIPPED if path.name == 'train_mt_depth_paper.yaml')
    config = read_training_config(path)
    assert config.network.architecture == 'mt_depth'
    assert config.view.input_size == (256, 512)
    assert config.run.batch_size == 4
    assert config.run.epochs == 100
    assert config.run.precision == 'bfloat16'
    assert (config.optimiser.name, config.optimiser.learning_rate) == ('adam', 1e-4)
    assert (config.optimiser.schedule, config.optimiser.average_decay) == ('constant', None)
    assert config.sparse.pattern == BernoulliPattern(keep_probability=0.05)
    assert (config.loss.initial_weight, config.loss.object_weight, config.loss.mask_weight) == (
        0.5, 3.0, 1.0,
    )  # fmt: skip


def test_a_config_comes_back_from_what_it_is_written_as(
    tmp_path: Path, make_config: Callable[..., TrainingConfig]
) -> None:
    for config in [make_config(), *map(read_training_config, SHIPPED)]:
        path = tmp_path / 'again.yaml'
        path.write_text(yaml_from_config(config))
        assert read_training_config(path) == config


def test_kinds_become_patterns_and_degradations(tmp_path: Path) -> None:
    sparse = {
        'pattern': {
            'kind': 'mixed',
            'patterns': [{'kind': 'bernoulli'}, {'kind': 'measured', 'keep_every': 4}],
            'weights': [1, 2.5],
        },
        'degradations': [{'kind': 'sometimes', 'degradation': {'kind': 'outliers', 'share': 0.1}}],
    }
    config = read(tmp_path, {**MINIMAL, 'sparse': sparse})
    assert config.sparse.pattern == MixedPattern(
        patterns=(BernoulliPattern(), MeasuredPattern(keep_every=4)), weights=(1.0, 2.5)
    )
    assert config.sparse.degradations == (Sometimes(degradation=Outliers(share=0.1)),)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'epochs': 3}, r'train\.yaml: expected keys among output, .*got epochs'),
        ({'run': {'epoch': 3}}, r'train\.yaml\.run: expected keys among epochs, .*got epoch;'),
        ({'run': {}}, r"run: expected every key that has no default, got .*'epochs'"),
        ({'run': {'epochs': 1.5}}, r'run\.epochs: expected a value of type int, got 1\.5'),
        ({'run': {'epochs': True}}, r'run\.epochs: expected a value of type int, got True'),
        ({'run': {'epochs': 0}}, r'run\.epochs: expected at least 1, got 0'),
        ({'run': None}, r'train\.yaml\.run: expected a mapping of names to values, got None'),
        (
            {'run': {'epochs': 1, 'precision': 'half'}},
            r'run\.precision: expected one of auto, float32, bfloat16, got half',
        ),
        ({'data': {'roots': 'x'}}, r'data\.roots: expected a list, got x'),
        ({'data': {'roots': [1]}}, r'data\.roots\[0\]: expected a value of type str, got 1'),
        (
            {'data': {'roots': ['x'], 'split': 'half'}},
            r'data\.split: expected one of .*random80.*by_scene, got half',
        ),
        (
            {'data': {'roots': ['x'], 'split': 'by_scene'}},
            r'data\.train_scenes, data\.validation_scenes: expected scenes for both',
        ),
        (
            {'view': {'cut_size': [512, 512]}},
            r'view\.cut_size: .*a part of input_size \(256, 512\)',
        ),
        (
            {'data': {'roots': ['x'], 'validation_frames': 0}},
            r'data\.validation_frames: expected at least 1, or null for all, got 0',
        ),
        (
            {'run': {'epochs': 1, 'early_stopping_validations': 0}},
            r'run\.early_stopping_validations: expected at least 1, or null for never, got 0',
        ),
        (
            {'view': {'input_size': [375, 1242]}},
            r'view\.input_size: expected multiples of 16 .*got \(375, 1242\)',
        ),
        (
            {'view': {'cut_size': [250, 512]}},
            r'view\.cut_size: expected multiples of 16 .*got \(250, 512\)',
        ),
        ({'view': {'input_size': [256]}}, r'view\.input_size: expected a list of 2, got \[256\]'),
        (
            {'sparse': {'pattern': {'kind': 'bernouli'}}},
            r'sparse\.pattern: expected a mapping with kind: one of bernoulli, random_density',
        ),
        (
            {'sparse': {'pattern': {'kind': 'bernoulli', 'keep': 0.1}}},
            r'sparse\.pattern\(bernoulli\): expected keys among keep_probability, got keep',
        ),
        (
            {'network': {'architecture': 'unet', 'depth_branch_from': 'unet.safetensors'}},
            r'network\.depth_branch_from: expected architecture mt_depth, and no start_from',
        ),
        ({'network': {'architecture': 'resnet'}}, r"expected one of unet, .*got 'resnet'"),
        (
            {'network': {'architecture': 'unet', 'options': {'chanels': [4]}}},
            r'UNetConfig: expected options among .*got chanels',
        ),
        (
            {'loss': {'norm': 'l3'}},
            r'loss\.norm: expected one of l1, .*berhu, got l3',
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_config_cannot_hold_is_refused_by_name(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, {**MINIMAL, **changes})


def test_a_file_that_is_no_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'nowhere\.yaml: expected a training config in YAML'):
        read_training_config(tmp_path / 'nowhere.yaml')
    (tmp_path / 'bad.yaml').write_text('a: [')
    with pytest.raises(ConfigError, match=r'bad\.yaml: expected a training config in YAML'):
        read_training_config(tmp_path / 'bad.yaml')


def test_a_file_may_say_only_how_it_differs_from_its_base(tmp_path: Path) -> None:
    base = {
        **MINIMAL,
        'network': {'architecture': 'mt_depth_plus', 'options': {'mask_fill': False}},
        'sparse': {'pattern': {'kind': 'mixed', 'patterns': [{'kind': 'measured'}]}},
        'view': {'input_size': [64, 128], 'mirror_probability': 0.5},
    }
    (tmp_path / 'sub').mkdir()
    (tmp_path / 'base.yaml').write_text(yaml.safe_dump(base))
    (tmp_path / 'sub/middle.yaml').write_text('base: ../base.yaml\nview: {input_size: [32, 64]}\n')
    path = tmp_path / 'last.yaml'
    path.write_text(
        'base: sub/middle.yaml\noutput: runs/other\n'
        'network: {options: {propagation_steps: 2}}\n'
        'sparse: {pattern: {kind: bernoulli, keep_probability: 0.1}}\n'
    )
    config = read_training_config(path)
    assert config.output == 'runs/other'
    assert config.network.options == {'mask_fill': False, 'propagation_steps': 2}
    assert config.view.input_size == (32, 64)
    assert config.view.mirror_probability == 0.5
    assert config.sparse.pattern == BernoulliPattern(keep_probability=0.1)
    path.write_text('base: base.yaml\nnetwork: {architecture: unet}\n')
    assert read_training_config(path).network.options == {}, 'those of another architecture'


def test_a_base_that_leads_nowhere_or_back_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'train.yaml'
    path.write_text('base: nowhere.yaml\n')
    with pytest.raises(ConfigError, match=r'nowhere\.yaml <- .*train\.yaml.*No such file'):
        read_training_config(path)
    path.write_text('base: 3\n')
    with pytest.raises(ConfigError, match=r'the name of another config file, got 3'):
        read_training_config(path)
    path.write_text('base: train.yaml\n')
    with pytest.raises(ConfigError, match='which leads back here'):
        read_training_config(path)


def test_the_example_of_the_documentation_is_one(tmp_path: Path) -> None:
    text = (CONFIG.parent / 'docs/TRAINING.md').read_text()
    example = text.partition('```yaml\n')[2].partition('```')[0]
    path = tmp_path / 'train.yaml'
    path.write_text(example.replace('base: ', f'base: {CONFIG}/'))
    config = read_training_config(path)
    assert config.output == 'runs/on_my_drives'
    assert config.data.split == 'by_scene'
    assert config.data.train_scenes == ('Scene01', 'Scene02', 'Scene03')
    # It goes on with what ships, and ends in a network that is served alike.
    choice, repository = config.network, CONFIG.parent
    assert choice.start_from is not None
    for source in (choice.start_from, *choice.parts_from.values()):
        shipped = load_checkpoint(repository / source).network.config
        assert build_network(choice.architecture, choice.options).config == shipped
    assert (config.loss.sky_odds, config.loss.far_surfaces) == (8.0, 'surfaces')
    # No mask has been detected in somebody's drives yet.
    assert config.masks.weights['detected'] == 0.0
