"""Grading by what was built: networks as data, never what a submission says of itself."""
