"""Loading and warming up the predictor while the node goes on telling what it does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
import time
from typing import TypeAlias

from mt_depth_ros.pipeline.build import ModelIdentity, PredictorConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.pipeline.warm_up import warm_up, WarmUp

LOADING, WARMING_UP = 'loading', 'warming up'

PredictorBuilder: TypeAlias = Callable[[PredictorConfig], tuple[DepthPredictor, ModelIdentity]]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedPredictor:
    """A predictor that is ready for its first frame.

    Attributes:
        predictor: with its weights loaded.
        identity: what exactly answers.
        load_s: seconds that loading took.
        warm_up: how the first predictions went.
    """

    predictor: DepthPredictor
    identity: ModelIdentity
    load_s: float
    warm_up: WarmUp


class PredictorLoading:
    """Builds a predictor in a thread of its own; the caller waits and gets to speak meanwhile.

    Attributes:
        phase: :data:`LOADING`, then :data:`WARMING_UP`.

    Args:
        build: makes the predictor, its weights verified.
        config: what to build.
        camera_size: (height, width) to warm up for.
    """

    def __init__(
        self, build: PredictorBuilder, config: PredictorConfig, camera_size: tuple[int, int]
    ) -> None:
        self.phase = LOADING
        self._build = build
        self._config = config
        self._camera_size = camera_size

    def run(self, meanwhile: Callable[[], None], period_s: float) -> LoadedPredictor:
        """Builds and warms up.

        Args:
            meanwhile: called in the caller's thread, at once and then every period.
            period_s: time between two calls, seconds.

        Raises:
            Exception: whatever building or the first prediction raises.
        """
        with ThreadPoolExecutor(1, thread_name_prefix='predictor_loading') as thread:
            future = thread.submit(self._load)
            while True:
                meanwhile()
                if wait([future], period_s).done:
                    return future.result()

    def _load(self) -> LoadedPredictor:
        start_s = time.perf_counter()
        predictor, identity = self._build(self._config)
        load_s = time.perf_counter() - start_s
        self.phase = WARMING_UP
        return LoadedPredictor(
            predictor=predictor,
            identity=identity,
            load_s=load_s,
            warm_up=warm_up(predictor, self._camera_size),
        )
