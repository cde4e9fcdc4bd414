"""Laws of the house itself: sizes, names, arrows, locks."""
