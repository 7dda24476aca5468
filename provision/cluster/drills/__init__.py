"""Drills: a fault caused on purpose, watched, timed, undone, and what it must not break proven."""
