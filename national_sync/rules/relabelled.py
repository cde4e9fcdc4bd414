"""A value that stands elsewhere than its label says, because its link declares so, is stored and marked."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, beijing, sentence

RULE = Rule(
    RuleText(
        "relabelled",
        Outcome.SUSPECT,
        "时间标签已改",
        "the period is another than its label says",
        "ours, field failures 2, 3, 7",
    ),
    finds=lambda rows, _: pc.is_valid(rows["relabelled"]),
    explains=lambda rows, _: sentence(
        "came as ",
        rows["label"],
        ", kept as ",
        beijing(rows["start"]),
        " by ",
        rows["relabelled"],
    ),
)
