"""Whether what the node published over DDS is what it should be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from mt_depth_ros.cli.live_run import LiveRun
from mt_depth_ros.core.types import DepthPrediction
from mt_depth_ros.evaluation.camera_replay import ReplayedFrame

_ENCODINGS = {
    'depth': '32FC1',
    'uncertainty': '32FC1',
    'confidence': '32FC1',
    'mask': 'mono8',
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes:
        what: in a few words.
        passed: whether it holds.
        detail: the figures.
    """

    what: str
    passed: bool
    detail: str


@dataclass(kw_only=True, slots=True)
class LiveComparison:
    """Holds each live output against the offline replay of the same recording.

    Attributes:
        run: the live run.
        compared: stamps whose live depth was compared.
        differing: of those, stamps whose depth differs in any bit.
        wrong_headers: outputs without the image's stamp and frame, or of another size.
        replayed: stamps the replay answered.
        answered_share: of all live pixels, those with an answer.
    """

    run: LiveRun
    compared: list[int] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)
    wrong_headers: list[str] = field(default_factory=list)
    replayed: set[int] = field(default_factory=set)
    answered_share: list[float] = field(default_factory=list)

    def compare(self, replayed: ReplayedFrame) -> DepthPrediction | None:
        """Compares one frame.

        Returns:
            The live prediction of this frame, or None where the node published none.
        """
        prediction = replayed.prediction
        self.replayed.add(prediction.stamp_ns)
        messages = {
            name: by_stamp[prediction.stamp_ns]
            for name, by_stamp in self.run.outputs.items()
            if prediction.stamp_ns in by_stamp
        }
        if not set(_ENCODINGS) <= set(messages):
            return None
        size = prediction.depth_m.shape
        for name, recorded in messages.items():
            if recorded.frame_id != prediction.frame_id:
                self.wrong_headers.append(f'{name}: frame {recorded.frame_id!r}')
        for name, encoding in _ENCODINGS.items():
            message = messages[name].message
            if (message.height, message.width) != size or message.encoding != encoding:
                self.wrong_headers.append(
                    f'{name}: {message.width}x{message.height} {message.encoding}'
                )
                return None
        depth_m = messages['depth'].pixels
        self.compared.append(prediction.stamp_ns)
        if depth_m.tobytes() != prediction.depth_m.tobytes():
            self.differing.append(prediction.stamp_ns)
        self.answered_share.append(float(np.isfinite(depth_m).mean()))
        return replace(
            prediction,
            depth_m=depth_m,
            uncertainty_m=messages['uncertainty'].pixels,
            confidence=messages['confidence'].pixels,
            mask=messages['mask'].pixels > 0,
        )

    def _why_fewer(self) -> str:
        """What the node says became of the other images."""
        dropped = [
            f'{key.removeprefix("dropped: ")} {value}'
            for name, status in self.run.diagnostics.items()
            if name.endswith(': frames')
            for key, value in status.items()
            if key.startswith('dropped: ')
        ]
        return f' (dropped: {", ".join(dropped)})' if dropped else ''

    def checks(self) -> list[Check]:
        """The verdicts; call after every frame was compared."""
        published = set(self.run.outputs.get('depth', {}))
        equal = len(self.compared) - len(self.differing)
        clouds = self.run.outputs.get('cloud', {})
        return [
            Check(
                what='the node ended cleanly',
                passed=self.run.node_exit_code == 0,
                detail=f'exit code {self.run.node_exit_code}',
            ),
            Check(
                what='depth came out over DDS',
                passed=bool(published),
                detail=f'{len(published)} of {self.run.images_sent} images{self._why_fewer()}',
            ),
            Check(
                what='coloured clouds came out over DDS',
                passed=bool(clouds),
                detail=f'{len(clouds)} clouds',
            ),
            Check(
                what="every output carries the image's stamp, frame and size",
                passed=not self.wrong_headers and published <= self.replayed,
                detail='; '.join(self.wrong_headers[:3]) or f'{len(published)} frames',
            ),
            Check(
                what='live depth equals the offline replay, bit for bit',
                passed=bool(self.compared) and not self.differing,
                detail=f'{equal} of {len(self.compared)} stamps',
            ),
        ]
