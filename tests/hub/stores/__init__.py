"""Tests of hub/stores."""
