"""Tests of national_sync."""
