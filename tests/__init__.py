"""Tests read as sentences; tests of a package stand in the folder of its name."""
