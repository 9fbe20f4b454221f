"""Grading by what was built, not by what a submission says of itself."""
