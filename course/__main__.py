"""``python -m course`` is ``gluon-course``."""

from course.cli import main

main(prog_name="gluon-course")
