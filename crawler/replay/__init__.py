"""Replays: a recorded night served over real HTTP on loopback (DESIGN "Recording")."""
