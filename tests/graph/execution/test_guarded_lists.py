"""What lists cost the guard beside their rows."""

from __future__ import annotations

from tests.graph.execution.test_guard import _cost


def test_what_makes_a_list_below_rows_dearer_costs_more() -> None:
    """A total and a cursor are a statement each, and a filter's values are bound anew for every parent."""
    lists = (
        "query ($c: String, $f: UnitFilter) { regions(first: 100) { nodes { units(first: 1%s) { %s } } } }"
    )
    plain = _cost(lists % ("", "nodes { name }"))
    for said, selected in (("", "nodes { name } totalCount"), (", after: $c", "nodes { name }")):
        assert _cost(lists % (said, selected)) >= plain + 100 * 200
    codes = {"creditCode": ["x"] * 1_000}
    filtered = lists % (", filter: $f", "nodes { name }")
    assert _cost(filtered, f=codes) >= plain + 100 * 500
    default = filtered.replace("UnitFilter", 'UnitFilter = {creditCode: ["x", "y", "z", "w"]}')
    assert _cost(default) == plain + 100 * 2


def test_a_total_costs_once_however_many_rows_a_page_has() -> None:
    costs = [_cost(f"{{ units(first: {rows}) {{ nodes {{ name }} totalCount }} }}") for rows in (1, 1_000)]
    assert costs[1] - costs[0] < 3_000
