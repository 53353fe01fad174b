from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from mt_depth_ros.simulation.road import District, Road


@pytest.fixture(scope='module')
def road() -> Road:
    return Road(np.random.default_rng(4), 100.0, District.URBAN)


def test_the_drive_starts_at_the_origin_heading_along_x(road) -> None:
    assert road.place(0.0, 0.0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert float(road.heading_rad(0.0)) == pytest.approx(0.0, abs=1e-9)


def test_a_positive_offset_lies_to_the_left(road) -> None:
    assert road.place(0.0, 3.0)[:2] == pytest.approx([0.0, 3.0], abs=1e-6)


def test_a_metre_of_road_is_a_metre_long(road) -> None:
    stations = np.arange(0.0, 100.0)
    places = road.places(stations, np.zeros_like(stations))
    steps = np.linalg.norm(np.diff(places[:, :2], axis=0), axis=1)
    assert steps == pytest.approx(1.0, abs=1e-3)


def test_the_pavement_stands_a_kerb_above_the_gutter(road) -> None:
    section = road.section
    clear = next(s for s in np.arange(0.0, 100.0) if not road.is_junction(s, 5.0, 20.0))
    on_road, on_pavement = road.height_above_centre_line_m(
        np.array([clear, clear]), np.array([section.road_half_m, section.road_half_m + 0.15])
    )
    # The road falls by 1.5 % towards the kerb.
    assert on_road == pytest.approx(-0.015 * section.road_half_m)
    assert on_pavement == pytest.approx(section.kerb_m)


def test_kerbs_are_lowered_where_a_side_street_leaves(road) -> None:
    junction = road.junctions[0]
    side = 1.0 if junction.on_left else -1.0
    offset = side * (road.section.road_half_m + 0.5)
    height = road.height_above_centre_line_m(np.array([junction.station_m]), np.array([offset]))
    assert height[0] == pytest.approx(0.0)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), district=st.sampled_from(list(District)))
def test_no_road_turns_back_on_itself(seed, district) -> None:
    road = Road(np.random.default_rng(seed), 150.0, district)
    headings = road.heading_rad(road.stations_m)
    assert np.ptp(headings) < np.pi
