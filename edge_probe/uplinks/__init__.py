"""Platforms a probe hands its readings to: one file each."""
