"""Findings are written as a person would write them: comments, order and everything else of the file stay."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from edge_probe.reads_in_file import replace_text, with_reads
from graph.errors import ConfigurationError

FOUND = {"registers_max": 60, "pause_ms": 20, "illegal": [{"function": 4, "address": 16, "count": 8}]}
TWO = """# our plant
[probe]                # what it is
unit = "x"

[[devices]]
name = "main"          # the main incomer
host = "192.0.2.17"

# what it counts
[[devices.points]]
quantity = "import_energy"

[[devices]]
host = "192.0.2.18"
name = "second"

[[devices.points]]
quantity = "import_energy"

[[uplinks]]            # one
name = "province"
"""


def test_a_table_is_added_behind_the_devices_own_settings_and_nothing_else_changes() -> None:
    new = with_reads(TWO, "main", FOUND)
    own = """host = "192.0.2.17"

# found on the device by `nengshu probe tune`
[devices.reads]
registers_max = 60
pause_ms = 20
illegal = [
  { function = 4, address = 0x0010, count = 8 },
]

# what it counts
"""
    assert new == TWO.replace('host = "192.0.2.17"\n\n# what it counts\n', own)


def test_the_device_is_found_by_its_name_wherever_that_stands() -> None:
    first, second = tomllib.loads(with_reads(TWO, "second", FOUND))["devices"]
    assert "reads" not in first
    assert second["reads"] == FOUND


def test_values_that_stand_there_are_changed_where_they_stand_and_keep_their_comments() -> None:
    tuned = TWO.replace(
        "# what it counts\n",
        """[devices.reads]
# found in spring
pause_ms = 5   # enough?
illegal = [ # two
  { function = 4, address = 1, count = 1 },
  { function = 4, address = 9, count = 1 },
]
gap_max = 9    # mine

# what it counts
""",
    )
    new = with_reads(tuned, "main", FOUND)
    assert (
        """[devices.reads]
# found in spring
pause_ms = 20   # enough?
illegal = [ # two
  { function = 4, address = 0x0010, count = 8 },
]
gap_max = 9    # mine
registers_max = 60

# what it counts
"""
        in new
    )
    assert with_reads(new, "main", FOUND) == new


@pytest.mark.parametrize("text", [TWO.replace("\n", "\r\n"), "\ufeff" + TWO, TWO.rstrip("\n")])
def test_line_ends_and_the_mark_at_the_beginning_stay(text: str) -> None:
    new = with_reads(text, "main", FOUND)
    added = {line for line in new.splitlines(keepends=True) if line not in text.splitlines(keepends=True)}
    assert "".join(line for line in new.splitlines(keepends=True) if line not in added).startswith(text[:40])
    assert ("\r\n" in new) == ("\r\n" in text)
    assert new.count("\n") - new.count("\r\n") == (0 if "\r\n" in text else new.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        'devices = [{ name = "main" }]',
        '[[devices]]\nname = "main"\nreads = { pause_ms = 3 }',
        '[[devices]]\nname = "main"\nnote = """\n[[devices]]\n"""',
        '[[devices]]\nname = "other"',
        "devices = 3",
        "no toml",
    ],
)
def test_what_is_written_in_another_way_is_left_and_the_lines_are_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write in by hand: \[devices.reads\]; registers_max = 60"):
        with_reads(text, "main", FOUND)


def test_a_text_takes_a_files_place_with_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "probe.toml"
    file.write_text("old", "utf-8")
    file.chmod(0o640)
    (tmp_path / "link.toml").symlink_to(file)
    replace_text(tmp_path / "link.toml", "new\r\n")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new\r\n", 0o640)
    assert (tmp_path / "link.toml").is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.toml", "probe.toml"]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        replace_text(tmp_path / "gone" / "probe.toml", "new")
