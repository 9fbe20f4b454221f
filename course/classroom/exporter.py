"""How nbgrader reads submissions: any file becomes a notebook of the assignment."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter

from course.classroom.prepare import prepare, unread
from course.classroom.reading import Unreadable, read_file
from course.classroom.release import read_release


class SubmissionExporter(NotebookExporter):
    """Reads what is below ``submitted/`` by `prepare`, everything else as it is."""

    def from_filename(self, filename, resources=None, **kw):
        """Export a file; nbgrader's converters call this."""
        path = Path(filename).absolute()
        folder = self.parent.coursedir
        submitted = Path(folder.root) / folder.submitted_directory
        if submitted not in path.parents or ".cache" in path.parts:
            return super().from_filename(filename, resources, **kw)
        release = read_release(Path(folder.root), path.parent.name)
        try:
            notebook = prepare(read_file(path), release)
        except Unreadable as error:
            notebook = unread(str(error), release)
        return self.from_notebook_node(nbformat.from_dict(notebook), resources, **kw)
