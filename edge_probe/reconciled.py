"""What a comparison came to, as people read it: a tree of days and their data codes, and a summary in both languages."""

from __future__ import annotations

from itertools import groupby

from rich.text import Text
from rich.tree import Tree

from edge_probe.reconciling import Reconciled, amount, kind_of
from edge_probe.spool_comparing import Difference
from graph.model.data_code import DataCode

DAYS_SHOWN = 40  # of a tree: the first ones say enough
_WORDS = {
    "platform-holds-more": "more there than the probe ever had, left 对端多出，未动",
    "platform-holds-newer": "told newer there, left 对端较新，保留",
    "platform-takes-not-all": "not taken there 对端未收",
}


def tree_of(done: Reconciled) -> Tree:
    """Where spool and platform differed: days and their data codes, with what each end held."""
    root = Tree(Text(done.uplink))
    if done.days is None:
        root.add(Text("nothing is kept of days that are over 尚无整日数据", "yellow"))
    elif not done.found:
        root.add(Text("both ends agree 两端一致", "green"))
    for number, (day, some) in enumerate(groupby(done.found, key=lambda each: each.day)):
        if number == DAYS_SHOWN:
            root.add("…")
            break
        branch = root.add(day.isoformat())
        for each in some:
            branch.add(_leaf(each))
    return root


def _leaf(each: Difference) -> Text:
    here, there = (f"{end.readings} readings, Σ {amount(end)}" for end in (each.here, each.there))
    return Text(f"{DataCode(each.data_code)}: here {here}; there {there}")


def summary_of(done: Reconciled, *, dry_run: bool) -> Text:
    """How much was compared, what was done about it, what is left."""
    if done.days is None:
        return Text("")
    first, last = done.days
    lines = [f"compared 已比对 {first} – {last}: {len(done.found)} days of data codes differed 存在差异"]
    if done.rows:
        lines.append(f"{done.rows} readings handed over once more 已重新报送")
    if dry_run and done.left:
        lines.append("nothing was sent or written 仅比对，未作处理")
    elif done.left:
        kinds = [kind_of(each) for each in done.left]
        lines += [f"{kinds.count(kind)} {word}" for kind, word in _WORDS.items() if kind in kinds]
        lines.append(f"{len(done.left)} differ still 仍不一致")
    elif done.found:
        lines.append("both ends agree now 两端已一致")
    return Text("\n".join(lines))
