"""Exports: any question of readings or of the balance, as a file that is written while it is asked."""
