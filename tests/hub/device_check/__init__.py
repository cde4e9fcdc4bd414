"""Tests of the device bench."""
