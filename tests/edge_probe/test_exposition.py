"""What Prometheus reads of a probe is what the probe said, whatever meters and platforms are called."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from edge_probe.exposition import Metric, exposition
from edge_probe.standing import standing
from tests.edge_probe.standing_stage import HOSTILE, NOW, configured, filled, noted

labels = st.dictionaries(
    st.from_regex(r"[a-z][a-z_]{0,7}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
values = st.floats(allow_nan=False)


@given(st.lists(st.tuples(labels, values), min_size=1, max_size=5), st.text('abc \\\n"é', max_size=20))
def test_prometheus_reads_back_what_was_written(
    samples: list[tuple[dict[str, str], float]], told: str
) -> None:
    text = "".join(Metric("nengshu_probe_x", told, samples).lines())
    (family,) = text_string_to_metric_families(text)
    assert [(sample.labels, sample.value) for sample in family.samples] == samples
    assert (family.name, family.type) == ("nengshu_probe_x", "gauge")


def test_the_metrics_of_a_probe_tell_meters_platforms_and_the_clock(tmp_path: Path) -> None:
    config = configured(tmp_path)
    spool = filled(config)
    text = exposition(standing(config, spool, noted().now(), NOW))
    spool.close()
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["nengshu_probe_up",] == 1
    assert found["nengshu_probe_clock_offset_seconds", "hub.example"] == -1.5
    assert found["nengshu_probe_looks", HOSTILE] == found["nengshu_probe_looks_failed", HOSTILE] == 36
    assert found["nengshu_probe_looks_failed", "main incomer 总进线"] == 1
    assert found["nengshu_probe_waiting_readings", "province"] == 116 - 90
    assert found["nengshu_probe_uplink_failures", "province"] == 1
    main = ("00-00-0000-023300-11", "kWh", "main incomer 总进线")
    assert found["nengshu_probe_counter", *main] == 123456.789
    assert found["nengshu_probe_point_amiss", *main] == 0
    assert found["nengshu_probe_point_amiss", "01-01-0101-023300-11", HOSTILE, "kWh"] == 1


def test_a_probe_that_does_not_run_is_down_and_tells_no_looks(tmp_path: Path) -> None:
    config = configured(tmp_path)
    spool = filled(config)
    text = exposition(standing(config, spool, None, NOW))
    spool.close()
    assert "nengshu_probe_up 0.0\n" in text
    assert "nengshu_probe_looks{" not in text
