"""Tests of how the schema executes."""
