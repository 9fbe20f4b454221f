"""Errors of the command line: one line, and an exit code."""

from __future__ import annotations

import os
import traceback

import click

from gluon_nets.messages import line_of

LESS = (
    "fewer or smaller images need less (--batch-size, --resize, --input, --calibration)"
)


class Commands(click.Group):
    """Commands whose errors are one line, without a traceback."""

    program = "gluon-nets"

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except (ValueError, ArithmeticError, OSError) as error:
            usage = 1 if isinstance(error, OSError) else 2
            self._fail(ctx, error, getattr(error, "exit_code", usage))
        except RuntimeError as error:
            if isinstance(error, (click.exceptions.Exit, click.Abort)):
                raise
            self._fail(ctx, error, 1)
        except KeyboardInterrupt as error:
            self._fail(ctx, error, 1)
        except MemoryError as error:
            detail = f" ({error})" if str(error) else ""
            self._fail(ctx, MemoryError(f"out of memory{detail}: {LESS}"), 1)

    def _fail(self, ctx: click.Context, error: BaseException, code: int) -> None:
        if os.environ.get("GLUON_NETS_TRACEBACK"):
            traceback.print_exc()
        click.echo(f"{self.program}: {line_of(error, 'stopped')}", err=True)
        ctx.exit(code)
