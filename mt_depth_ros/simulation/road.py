"""The road: its course, its cross-section, and the height of the ground everywhere beside it.

Places are given as (station, offset): metres along the centre line and metres to its left.
World axes: x forward at the start of the drive, y left, z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from mt_depth_ros.core.arrays import Matrix

STATION_STEP_M = 1.0
BEHIND_M = 130.0
AHEAD_M = 420.0
GROUND_REACH_M = 150.0


class District(str, Enum):
    """What kind of neighbourhood the road runs through."""

    URBAN = 'urban'
    RESIDENTIAL = 'residential'
    COUNTRY = 'country'


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossSection:
    """The widths that make up the street, metres.

    Attributes:
        lanes_each_way: 1 or 2.
        lane_m: width of a lane.
        parking_m: width of the parking strip on either side; 0 for none.
        pavement_m: width of the pavement on either side; 0 for none.
        kerb_m: height of the kerb.
        bank_left_m, bank_right_m: how high the ground rises (or falls) 12 m off the pavement.
    """

    lanes_each_way: int
    lane_m: float
    parking_m: float
    pavement_m: float
    kerb_m: float
    bank_left_m: float
    bank_right_m: float

    @property
    def traffic_half_m(self) -> float:
        """From the centre line to the edge of the outer lane."""
        return self.lanes_each_way * self.lane_m

    @property
    def road_half_m(self) -> float:
        """From the centre line to the kerb."""
        return self.traffic_half_m + self.parking_m

    @property
    def street_half_m(self) -> float:
        """From the centre line to the outer edge of the pavement."""
        return self.road_half_m + 0.15 + self.pavement_m


@dataclass(frozen=True, kw_only=True, slots=True)
class Junction:
    """A street that meets ours at a right angle.

    Attributes:
        station_m: where its centre line meets ours.
        half_width_m: half its width.
        on_left, on_right: the sides it leaves on.
    """

    station_m: float
    half_width_m: float
    on_left: bool
    on_right: bool

    def covers(self, station_m: float, offset_m: float, margin_m: float = 0.0) -> bool:
        """Whether a place lies on the side street, grown by a margin."""
        side = (self.on_left and offset_m > 0) or (self.on_right and offset_m < 0)
        return side and abs(station_m - self.station_m) < self.half_width_m + margin_m


class Road:
    """A curved, rising and falling street; answers where things stand.

    Args:
        rng: source of randomness.
        length_m: how far the drive goes; the road reaches on at both ends.
        district: the neighbourhood.
    """

    def __init__(self, rng: np.random.Generator, length_m: float, district: District) -> None:
        self.length_m = length_m
        self.district = district
        self.section = _draw_section(rng, district)
        self.stations_m = np.arange(-BEHIND_M, length_m + AHEAD_M, STATION_STEP_M)
        self._heading = _draw_heading(rng, self.stations_m)
        self._centre = np.stack(
            [
                np.cumsum(np.cos(self._heading)) * STATION_STEP_M,
                np.cumsum(np.sin(self._heading)) * STATION_STEP_M,
                _draw_elevation(rng, self.stations_m),
            ],
            axis=1,
        )
        self._centre -= self._interpolate(self._centre, np.array([0.0]))
        self._hills = _smooth(rng.standard_normal((len(self.stations_m), 2)), 18.0)
        self.junctions = _draw_junctions(rng, self.stations_m, district)

    def _interpolate(self, values: Matrix, station_m: Matrix) -> Matrix:
        position = (station_m - self.stations_m[0]) / STATION_STEP_M
        position = np.clip(position, 0, len(self.stations_m) - 1.001)
        first = position.astype(np.int64)
        share = position - first
        if values.ndim == 2:
            share = share[..., None]
        return np.asarray(values[first] * (1 - share) + values[first + 1] * share)

    def heading_rad(self, station_m: Matrix | float) -> Matrix:
        """Direction of travel, radians to the left of +x."""
        return self._interpolate(self._heading, np.asarray(station_m, dtype=np.float64))

    def slope(self, station_m: Matrix | float) -> Matrix:
        """Rise of the centre line per metre."""
        station = np.asarray(station_m, dtype=np.float64)
        ahead = self._interpolate(self._centre[:, 2], station + 1.5)
        return np.asarray(ahead - self._interpolate(self._centre[:, 2], station - 1.5)) / 3.0

    def height_above_centre_line_m(self, station_m: Matrix, offset_m: Matrix) -> Matrix:
        """How much higher than the centre line the ground is.

        Args:
            station_m: (...) stations.
            offset_m: (...) offsets, metres to the left.
        """
        section = self.section
        beside = np.abs(offset_m)
        on_pavement = beside > section.road_half_m + 0.1
        kerb = np.where(on_pavement, section.kerb_m, -0.015 * beside)
        out = np.maximum(beside - section.street_half_m, 0.0)
        bank = np.where(offset_m > 0, section.bank_left_m, section.bank_right_m)
        hills = self._interpolate(self._hills, station_m)
        hill = np.where(offset_m > 0, hills[..., 0], hills[..., 1])
        ramp = np.clip(out / 12.0, 0.0, 1.0)
        far = np.clip((out - 8.0) / 100.0, 0.0, 1.0)
        rise = bank * ramp**2 * (3 - 2 * ramp) * (1 + 0.25 * hill) + far * (3.0 + 5.0 * hill)
        for junction in self.junctions:
            away = np.abs(station_m - junction.station_m) - junction.half_width_m
            on_side = (junction.on_left & (offset_m > 0)) | (junction.on_right & (offset_m < 0))
            levelled = np.clip(away / 0.5, 0.0, 1.0)
            kerb = np.where(on_side & on_pavement, kerb * levelled, kerb)
            rise = np.where(on_side, rise * np.clip(away / 14.0, 0.0, 1.0), rise)
        return np.asarray(kerb + rise)

    def ground_height_m(self, station_m: Matrix, offset_m: Matrix) -> Matrix:
        """World z of the ground."""
        centre = self._interpolate(self._centre[:, 2], station_m)
        return np.asarray(centre + self.height_above_centre_line_m(station_m, offset_m))

    def places(self, station_m: Matrix, offset_m: Matrix, above_m: Matrix | float = 0.0) -> Matrix:
        """World positions of places above the ground.

        Args:
            station_m: (...) stations.
            offset_m: (...) metres to the left of the centre line.
            above_m: metres above the ground.

        Returns:
            (..., 3) metres.
        """
        station_m, offset_m = np.broadcast_arrays(
            np.asarray(station_m, dtype=np.float64), np.asarray(offset_m, dtype=np.float64)
        )
        flat = station_m.ravel()
        centre = self._interpolate(self._centre, flat).reshape(*station_m.shape, 3)
        heading = self._interpolate(self._heading, flat).reshape(station_m.shape)
        height = self.ground_height_m(flat, offset_m.ravel()).reshape(station_m.shape) + above_m
        return np.stack(
            [
                centre[..., 0] - np.sin(heading) * offset_m,
                centre[..., 1] + np.cos(heading) * offset_m,
                height,
            ],
            axis=-1,
        )

    def place(self, station_m: float, offset_m: float, above_m: float = 0.0) -> Matrix:
        """World position of one place, (3,) metres."""
        return np.asarray(self.places(np.array([station_m]), np.array([offset_m]), above_m)[0])

    def is_junction(self, station_m: float, offset_m: float, margin_m: float = 0.0) -> bool:
        """Whether a place lies on a side street, grown by a margin."""
        return any(j.covers(station_m, offset_m, margin_m) for j in self.junctions)


def _smooth(values: Matrix, width: float) -> Matrix:
    """Gaussian smoothing along the first axis that keeps unit deviation for white noise."""
    reach = int(3 * width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    kernel /= np.sqrt(np.sum(kernel**2))
    columns = [np.convolve(np.pad(c, reach, mode='wrap'), kernel, 'valid') for c in values.T]
    return np.stack(columns, axis=1)


def _draw_section(rng: np.random.Generator, district: District) -> CrossSection:
    urban, country = district is District.URBAN, district is District.COUNTRY
    return CrossSection(
        lanes_each_way=2 if rng.random() < (0.35 if urban else 0.3 if country else 0.0) else 1,
        lane_m=rng.uniform(2.9, 3.6),
        parking_m=0.0 if country or rng.random() < 0.3 else rng.uniform(2.0, 2.3),
        pavement_m=0.0 if country else rng.uniform(1.5, 4.5 if urban else 2.5),
        kerb_m=rng.uniform(0.0, 0.05) if country else rng.uniform(0.06, 0.16),
        bank_left_m=rng.uniform(-1.5, 6.0) if country else rng.uniform(-0.2, 0.8),
        bank_right_m=rng.uniform(-1.5, 6.0) if country else rng.uniform(-0.2, 0.8),
    )


def _draw_heading(rng: np.random.Generator, stations_m: Matrix) -> Matrix:
    """Straights and bends; the heading is drawn back so that the road never meets itself."""
    curvature = np.zeros(len(stations_m))
    start, heading = 0, 0.0
    while start < len(stations_m):
        run = int(rng.uniform(25, 90))
        bend = 0.0 if rng.random() < 0.4 else rng.uniform(0.002, 0.012) * rng.choice([-1, 1])
        if abs(heading + bend * run) > 0.9:
            bend = -np.sign(heading) * abs(bend)
        curvature[start : start + run] = bend
        heading += bend * run
        start += run
    curvature = np.convolve(np.pad(curvature, 15, mode='edge'), np.ones(31) / 31, 'valid')
    course = np.cumsum(curvature) * STATION_STEP_M
    return np.asarray(course - np.interp(0.0, stations_m, course))


def _draw_elevation(rng: np.random.Generator, stations_m: Matrix) -> Matrix:
    slope = 0.012 * _smooth(rng.standard_normal((len(stations_m), 1)), 45.0)[:, 0]
    return np.cumsum(slope) * STATION_STEP_M


def _draw_junctions(
    rng: np.random.Generator, stations_m: Matrix, district: District
) -> tuple[Junction, ...]:
    spacing = 220.0 if district is District.COUNTRY else 90.0
    junctions, station = [], stations_m[0] + rng.uniform(60, 60 + spacing)
    while station < stations_m[-1] - 60:
        side = rng.integers(0, 3)
        junctions.append(
            Junction(
                station_m=float(station),
                half_width_m=float(rng.uniform(2.8, 4.5)),
                on_left=bool(side != 0),
                on_right=bool(side != 1),
            )
        )
        station += rng.uniform(0.7, 1.6) * spacing
    return tuple(junctions)
