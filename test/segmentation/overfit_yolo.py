"""Trains yolo11n-seg on a few drawn scenes until it knows them by heart.

Run as ``python overfit_yolo.py FOLDER``, in a process of its own: training changes global state.
Leaves ``scenes.npz`` (images and true instance masks) and ``weights.pt`` in FOLDER.
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from pathlib import Path
import shutil
import sys
import types

import cv2
import numpy as np
import torch

HEIGHT, WIDTH, NUM_SCENES = 160, 320, 8
CLASSES = ('car', 'box', 'ellipse')
COLOURS = ((220, 40, 40), (40, 60, 230), (240, 220, 40))


def draw_scene(rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray], list[int]]:
    """An image, the masks of two to four objects that do not touch, and their classes."""
    noise = rng.normal(0.0, 12.0, (HEIGHT // 4, WIDTH // 4, 3)).astype(np.float32)
    image = 85.0 + cv2.resize(noise, (WIDTH, HEIGHT))
    image[: HEIGHT // 3] += 70.0
    masks: list[np.ndarray] = []
    classes: list[int] = []
    taken = np.zeros((HEIGHT, WIDTH), np.uint8)
    num_objects = rng.integers(2, 5)
    while len(masks) < num_objects:
        kind = int(rng.integers(len(CLASSES)))
        mask = draw_object(rng, kind)
        if (taken & cv2.dilate(mask, np.ones((5, 5), np.uint8))).any():
            continue
        taken |= mask
        image[mask > 0] = np.array(COLOURS[kind]) + rng.normal(0.0, 8.0, 3)
        masks.append(mask > 0)
        classes.append(kind)
    return np.clip(image, 0, 255).astype(np.uint8), masks, classes


def draw_object(rng: np.random.Generator, kind: int) -> np.ndarray:
    """(HEIGHT, WIDTH) uint8: a car with a cabin, a standing box, or a lying ellipse."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    x, y = int(rng.integers(40, WIDTH - 40)), int(rng.integers(HEIGHT // 3, HEIGHT - 25))
    size = int(rng.integers(16, 30))
    if kind == 0:
        cv2.rectangle(mask, (x - size, y - size // 3), (x + size, y + size // 3), 1, -1)
        roof, waist = y - 4 * size // 5, y - size // 3
        cabin = [(x - size // 2, waist), (x - size // 3, roof), (x + size // 3, roof)]
        cv2.fillPoly(mask, [np.array([*cabin, (x + size // 2, waist)], np.int32)], 1)
    elif kind == 1:
        cv2.rectangle(mask, (x - size // 2, y - size), (x + size // 2, y + size // 2), 1, -1)
    else:
        cv2.ellipse(mask, (x, y), (size, size // 2), 0, 0, 360, 1, -1)
    return mask


def write_dataset(folder: Path) -> Path:
    """Scenes in the format ultralytics trains from; gives its YAML."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for name in ('images/train', 'labels/train'):
        (folder / name).mkdir(parents=True)
    for index in range(NUM_SCENES):
        image, masks, classes = draw_scene(rng)
        arrays[f'image_{index}'] = image
        arrays[f'masks_{index}'] = np.stack(masks)
        arrays[f'classes_{index}'] = np.array(classes)
        cv2.imwrite(str(folder / f'images/train/{index}.png'), image[..., ::-1])
        lines = [polygon_label(*pair) for pair in zip(masks, classes, strict=True)]
        (folder / f'labels/train/{index}.txt').write_text('\n'.join(lines))
    np.savez(folder / 'scenes.npz', **arrays)
    names = ', '.join(f'{number}: {name}' for number, name in enumerate(CLASSES))
    description = folder / 'data.yaml'
    description.write_text(
        f'path: {folder}\ntrain: images/train\nval: images/train\nnames: {{{names}}}\n'
    )
    return description


def polygon_label(mask: np.ndarray, number: int) -> str:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = (max(contours, key=len)[:, 0] + 0.5) / (WIDTH, HEIGHT)
    return f'{number} ' + ' '.join(f'{value:.6f}' for value in points.ravel())


def stand_in_for_torchvision() -> None:
    """Gives ultralytics' trainer the one function it wants of a torchvision that cannot load."""
    from ultralytics.utils.nms import TorchNMS

    torchvision, ops = types.ModuleType('torchvision'), types.ModuleType('torchvision.ops')
    for module in (torchvision, ops):
        module.__spec__ = ModuleSpec(module.__name__, None)
        sys.modules[module.__name__] = module
    ops.nms = TorchNMS.nms
    torchvision.ops = ops


def learn_batch_norms_fast(trainer: object) -> None:
    """ultralytics averages over hundreds of steps; here are sixty."""
    for layer in trainer.model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 0.1


def main(folder: Path) -> None:
    description = write_dataset(folder)
    stand_in_for_torchvision()
    from ultralytics import YOLO

    yolo = YOLO('yolo11n-seg.yaml')
    yolo.add_callback('on_train_start', learn_batch_norms_fast)
    yolo.train(
        data=str(description), imgsz=WIDTH, rect=True, batch=4, nbs=4, epochs=36,
        optimizer='AdamW', lr0=2e-3, cos_lr=True, warmup_epochs=2, seed=0, pretrained=False,
        mosaic=0, close_mosaic=0, hsv_h=0, hsv_s=0, hsv_v=0, translate=0, scale=0, fliplr=0,
        erasing=0, val=False, plots=False, amp=False, workers=0, device='cpu',
        project=str(folder), name='run',
    )  # fmt: skip
    shutil.copy(folder / 'run/weights/last.pt', folder / 'weights.pt')


if __name__ == '__main__':
    main(Path(sys.argv[1]).resolve())
