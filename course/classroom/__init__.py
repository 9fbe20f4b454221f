"""A class: exercises handed out, submissions graded, the gradebook; by nbgrader."""
