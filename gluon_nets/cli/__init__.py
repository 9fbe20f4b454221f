"""The command line: ``gluon-nets``.

Results go to stdout, progress to stderr. Exit code 0: done; 1: it did not hold (a file
that cannot be used, a run that diverged or was stopped); 2: wrong usage.
"""

from __future__ import annotations

import click

from gluon_nets import __version__
from gluon_nets.cli.errors import Commands
from gluon_nets.cli.exporting import export, predict
from gluon_nets.cli.machine import data, doctor
from gluon_nets.cli.networks import benchmark, list_command, summary
from gluon_nets.cli.study_results import study
from gluon_nets.cli.training import evaluate, train

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="gluon-nets")
def main() -> None:
    """Convolutional networks, and the designing of them, in MXNet Gluon.

    \b
    A first run (under two minutes on two cores):
      gluon-nets train regnetx32 --data sample --resize 32 --epochs 8
    What is wrong with this machine, if anything:
      gluon-nets doctor
    An error is one line; GLUON_NETS_TRACEBACK=1 shows where it came from.
    """


COMMANDS = (
    list_command,
    summary,
    train,
    evaluate,
    export,
    predict,
    study,
    benchmark,
    data,
    doctor,
)
for command in COMMANDS:
    main.add_command(command)
