"""Steps of nbgrader's autograde: a sandbox, a verification, one write to the gradebook.

A test cell's score is that of the submission's answers as data; what the cell printed
is thrown away.
"""

from __future__ import annotations

from pathlib import Path

from nbformat import from_dict
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor
from traitlets import Any, Bool

from course.classroom.examine import (
    UNREAD,
    executed,
    request_of,
    verified,
    was_collected,
)
from course.classroom.folder import open_folder
from course.classroom.outputs import harmless, of_report
from course.classroom.prepare import OURS, note_of
from course.grading.evaluate import HELD, MISSED
from course.grading.messages import FILES

TRUSTED = "Executed without a sandbox: --trust-submissions."
NO_RESPONSE = "No response."
CUT_SHORT = ("timeout", "killed")  # of the sandbox's statuses


class SandboxExecute(NbGraderPreprocessor):
    """Execute in a sandbox, in the place of nbgrader's Execute."""

    trust = Bool(False, help="Execute without a sandbox.").tag(config=True)
    settings = Any(None, help="As they were read at the start.").tag(config=True)

    def preprocess(self, nb, resources):
        """Put the outputs of the execution into the cells."""
        # nbgrader's converters work in the course folder
        folder = open_folder(Path.cwd())
        name = resources["nbgrader"]["assignment"]
        request = request_of(folder, name, nb, self.trust, self.settings)
        unreadable = note_of(nb).unreadable
        if unreadable:
            done = {"status": UNREAD, "reason": unreadable, "answers": None}
        else:
            done = executed(request)
        _put_outputs(nb, done.get("notebook"))
        resources[OURS] = {"request": request, "execution": done}
        return nb, resources


def _put_outputs(nb, notebook) -> None:
    found = notebook.get("cells", []) if isinstance(notebook, dict) else []
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    for cell, done in zip(cells, found):
        cell.outputs = harmless(done.get("outputs"))
        count = done.get("execution_count")
        cell.execution_count = count if isinstance(count, int) else None


class TrustedVerify(NbGraderPreprocessor):
    """Give the test cells the outputs that the answers deserve."""

    def preprocess(self, nb, resources):
        """Evaluate the answers, and write down what came out."""
        ours = resources[OURS]
        request, done = ours["request"], ours["execution"]
        report, failures = verified(request, done)
        remarks = [*note_of(nb).remarks]
        if done["status"] != "done":
            remarks.append(done["reason"])
        remarks += [FILES["training"].format(reason=reason) for reason in failures]
        for cell in nb.cells:
            if is_test(cell):
                cell.outputs = of_report(report_for(cell, report), remarks)
                cell.execution_count = None
        trusted = request.trust and done["status"] != UNREAD
        ours.update(report=report, trusted=trusted, remarks=remarks)
        nb.metadata[OURS].update(
            from_dict(
                {
                    "key": request.key,
                    "seed": request.seed,
                    "status": done["status"],
                    "collected": was_collected(done),
                    "remarks": remarks,
                    "trusted": trusted,
                    "seconds": done.get("seconds", 0.0),
                    "report": report.to_data(),
                }
            )
        )
        return nb, resources


def is_test(cell) -> bool:
    """Whether a cell's score is ours to give."""
    is_ours = utils.is_grade(cell) and not utils.is_solution(cell)
    return cell.cell_type == "code" and is_ours


def report_for(cell, report):
    """The rows of a test cell.

    Raises
    ------
    ValueError
        Where the rubric has changed since the release.
    """
    data = cell.metadata["nbgrader"]
    part = report.of_part(data["grade_id"].partition("-")[2])
    if part.out_of != data["points"]:
        raise ValueError(
            f"{data['grade_id']} has {data['points']:g} points, the rubric of "
            f"{report.exercise} {part.out_of}: release it again"
        )
    return part


class SaveGrades(AssignLatePenalties):
    """Write scores, comments and penalty of a submission in one transaction."""

    def preprocess(self, nb, resources):
        """Write what the cells' outputs say, as nbgrader reads them."""
        where, ours = resources["nbgrader"], resources[OURS]
        self.student_id = where["student"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(
                where["notebook"], where["assignment"], where["student"]
            )
            self._save_grades(nb, notebook, ours)
            _save_comments(nb, notebook, ours)
            gradebook.db.flush()
            gradebook.db.refresh(notebook)  # its score is a sum in the database
            self._save_penalty(notebook)
            gradebook.db.commit()
        return nb, resources

    def _save_grades(self, nb, notebook, ours) -> None:
        grades = {grade.name: grade for grade in notebook.grades}
        for cell in filter(utils.is_grade, nb.cells):
            grade = grades[cell.metadata["nbgrader"]["grade_id"]]
            grade.auto_score, _ = utils.determine_grade(cell, self.log)
            grade.needs_manual_grade = (
                grade.manual_score is not None
                or grade.auto_score is None
                or (is_test(cell) and _is_open(cell, ours))
            )

    def _save_penalty(self, notebook) -> None:
        notebook.late_submission_penalty = None
        late = notebook.assignment.total_seconds_late
        if late > 0:
            self.init_plugin()
            penalty = self.plugin_inst.late_submission_penalty(
                self.student_id, notebook.score, late
            )
            if penalty is not None:
                penalty = self._check_late_penalty(notebook, penalty)
            notebook.late_submission_penalty = penalty


def _is_open(cell, ours) -> bool:
    """Whether a row could not be decided, so that a human has to look.

    What was cut short may miss rows because the machine was busy; and where there are
    no answers at all, nobody knows whether they were right.
    """
    done = ours["execution"]
    ran = done["status"] != UNREAD
    cut_short = done["status"] in CUT_SHORT or (ran and not was_collected(done))
    decided = (HELD,) if cut_short else (HELD, MISSED)
    rows = report_for(cell, ours["report"]).rows
    return any(row.state not in decided for row in rows)


def _save_comments(nb, notebook, ours) -> None:
    comments = {comment.name: comment for comment in notebook.comments}
    # what holds for the whole submission stands at its first answer
    general = [*ours["remarks"], *([TRUSTED] if ours["trusted"] else [])]
    for cell in filter(utils.is_solution, nb.cells):
        data = cell.metadata["nbgrader"]
        untouched = data.get("checksum") == utils.compute_checksum(cell)
        texts = [*([NO_RESPONSE] if untouched else []), *general]
        comments[data["grade_id"]].auto_comment = "\n\n".join(texts) or None
        general = []
    if general and comments:  # none of those cells is left in the submission
        comments[min(comments)].auto_comment = "\n\n".join(general)
