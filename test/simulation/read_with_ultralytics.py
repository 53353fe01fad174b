"""Reads a segmentation dataset with ultralytics' own loader, as its training does.

Run as ``python read_with_ultralytics.py DATA_YAML``, in a process of its own: ultralytics changes
global state. Prints the class and the number of corners of every label as JSON.
"""

from __future__ import annotations

import json
import sys

import torch  # noqa: F401 -- before ultralytics, see process_isolation

from mt_depth_ros.segmentation.process_isolation import ultralytics_isolated


def main(data_yaml: str) -> None:
    with ultralytics_isolated():
        from ultralytics.data.dataset import YOLODataset
        from ultralytics.data.utils import check_det_dataset

        data = check_det_dataset(data_yaml, autodownload=False)
        found: dict[str, object] = {'names': list(data['names'].values())}
        for split in ('train', 'val'):
            dataset = YOLODataset(
                img_path=data[split], data=data, task='segment', augment=False, imgsz=320
            )
            (label,) = dataset.labels
            corners = [len(polygon) for polygon in label['segments']]
            found[split] = [
                [int(number), count]
                for number, count in zip(label['cls'].ravel(), corners, strict=True)
            ]
            assert dataset[0]['masks'].any()
    print(json.dumps(found))


if __name__ == '__main__':
    main(sys.argv[1])
