"""Laws of region codes and of the tree of divisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import numdb

from graph.errors import InvalidInput, MalformedCode, NotFound
from graph.model.region import CORPS, PROVINCES, DivisionTree, Region, RegionCode, RegionLevel
from tests.graph.model.values import digits

TREE = DivisionTree()
TABLE = [
    RegionCode(province + rest)
    for _, province, _, _, divisions in numdb.get("cn/loc").prefixes
    for _, rest, _, _, _ in divisions
]
codes = st.sampled_from(TABLE)
invented = Region(RegionCode("910000"), "云梦省", "梦", "Dreamland")


def test_the_order_names_31_provinces_and_the_corps() -> None:
    assert len(PROVINCES) == 32
    assert len([code for code in PROVINCES if code.digits[:2] != CORPS]) == 31
    assert PROVINCES[RegionCode(CORPS + "0000")].name == "新疆生产建设兵团"


def test_provinces_stand_in_code_order_each_with_names_and_its_own_tile() -> None:
    provinces = TREE.provinces()
    assert [p.code for p in provinces] == sorted(PROVINCES)
    assert all(p.name and p.short_name and p.english and p.tile for p in provinces)
    for column in ("name", "short_name", "english", "tile"):
        assert len({getattr(p, column) for p in provinces}) == len(provinces)


def test_no_province_of_the_order_is_simulated() -> None:
    assert not any(code.is_simulated for code in PROVINCES)


@given(st.integers(90, 99))
def test_provinces_90_to_99_are_simulated_and_stand_in_no_table(number: int) -> None:
    code = RegionCode(f"{number}0000")
    assert code.is_simulated
    assert code not in TREE
    assert not any(known.digits.startswith(str(number)) for known in TABLE)


@given(digits(6))
def test_six_digits_are_a_code_unless_their_province_is_00(text: str) -> None:
    if not text.startswith("00"):
        assert str(RegionCode(text)) == text
        return
    with pytest.raises(MalformedCode, match="00 is no province"):
        RegionCode(text)


@pytest.mark.parametrize("text", ["", "11", "11010", "1101011", "11010x", "１１０１０１", "110101\n"])
def test_another_form_than_six_digits_is_refused(text: str) -> None:
    with pytest.raises(MalformedCode, match="expected six digits"):
        RegionCode(text)


@given(codes)
def test_climbing_parents_ends_at_the_province(code: RegionCode) -> None:
    line = [code]
    while (above := line[-1].parent) is not None:
        line.append(above)
    assert line == [step for step in (code, code.city, code.province) if step is not None][-len(line) :]
    assert line[-1] == code.province


def test_each_level_stands_below_the_one_above() -> None:
    county = RegionCode("330106")
    assert (county.level, county.parent) == (RegionLevel.COUNTY, RegionCode("330100"))
    assert (RegionCode("330100").level, RegionCode("330100").parent) == (
        RegionLevel.CITY,
        RegionCode("330000"),
    )
    assert (RegionCode("330000").level, RegionCode("330000").parent) == (RegionLevel.PROVINCE, None)


def test_a_county_of_hainans_first_years_stood_right_below_the_province() -> None:
    qionghai = RegionCode("460002")
    assert (qionghai.level, qionghai.city) == (RegionLevel.COUNTY, None)
    assert qionghai.parent == RegionCode("460000")
    assert (TREE[qionghai].name, TREE[qionghai].abolished) == ("琼海市", 2002)


@given(codes)
def test_a_parent_holds_its_child_and_no_child_its_parent(code: RegionCode) -> None:
    assert code.holds(code)
    if code.parent is not None:
        assert code.parent.holds(code)
        assert not code.holds(code.parent)


@given(codes, codes)
def test_holding_is_being_on_the_line_to_the_province(one: RegionCode, other: RegionCode) -> None:
    assert one.holds(other) == (one in {other, other.city, other.province})


@given(codes, codes)
def test_what_a_division_holds_its_parent_holds_too(one: RegionCode, other: RegionCode) -> None:
    near = other if one.holds(other) else one
    assert one.holds(near)
    assert one.parent is None or one.parent.holds(near)


def test_every_city_and_county_of_the_table_is_in_the_tree_with_its_province_and_city() -> None:
    below = [code for code in TABLE if code.level is not RegionLevel.PROVINCE]
    assert len(below) > 6000
    for code in below:
        assert code in TREE
        assert TREE[code].name
        assert code.province in PROVINCES
        assert code.city is None or code.city in TREE


def test_every_division_of_today_is_reached_from_its_province() -> None:
    reached = set()
    to_visit = [province.code for province in TREE.provinces()]
    while to_visit:
        code = to_visit.pop()
        reached.add(code)
        to_visit.extend(child.code for child in TREE.children(code))
    assert {code for code in TABLE if code in TREE and TREE[code].abolished is None} <= reached


def test_only_the_three_provinces_the_order_leaves_out_stand_in_the_table_but_not_in_the_tree() -> None:
    assert [str(code) for code in TABLE if code not in TREE] == ["710000", "810000", "820000"]


def test_abolished_counties_keep_their_name_and_year_but_are_nobodys_child() -> None:
    chongwen = TREE[RegionCode("110103")]
    assert (chongwen.name, chongwen.abolished) == ("崇文区", 2010)
    assert chongwen not in TREE.children(RegionCode("110100"))


def test_a_renamed_division_goes_by_its_name_of_today() -> None:
    assert (TREE[RegionCode("130502")].name, TREE[RegionCode("130502")].abolished) == ("襄都区", None)


def test_children_stand_in_code_order_right_below() -> None:
    children = TREE.children(RegionCode("330000"))
    assert [child.code for child in children] == sorted(child.code for child in children)
    assert {child.code.parent for child in children} == {RegionCode("330000")}
    assert "杭州市" in {child.name for child in children}


def test_an_unknown_division_is_not_found_by_name() -> None:
    with pytest.raises(NotFound, match="987654"):
        TREE[RegionCode("987654")]
    assert RegionCode("987654") not in TREE


def test_a_deployment_adds_its_own_divisions() -> None:
    city = Region(RegionCode("910100"), "云中市", "云中市", "Cloud City")
    tree = DivisionTree([invented, city])
    assert invented in tree.provinces()
    assert tree.children(invented.code) == (city,)
    assert invented.code not in TREE


def test_the_corps_number_is_a_setting() -> None:
    tree = DivisionTree(corps="68")
    assert tree[RegionCode("680000")].english == "XPCC"
    assert RegionCode(CORPS + "0000") not in tree
    assert len(tree.provinces()) == 32


@pytest.mark.parametrize(
    ("corps", "kind"),
    [("11", InvalidInput), ("90", InvalidInput), ("6x", MalformedCode), ("6600", MalformedCode)],
)
def test_the_corps_number_cannot_be_another_provinces_or_malformed(
    corps: str, kind: type[InvalidInput]
) -> None:
    with pytest.raises(kind):
        DivisionTree(corps=corps)
