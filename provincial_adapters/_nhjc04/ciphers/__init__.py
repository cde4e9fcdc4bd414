"""Ciphers by which devices encrypt each value on its own: one file each, named by a link's quirk `encryption`."""
