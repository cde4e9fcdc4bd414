"""Tests of the authorization server for machines."""
