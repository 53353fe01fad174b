"""The ``mt_depth`` command and its subcommands."""

from __future__ import annotations

import sys

import typer

from mt_depth_ros.cli.add_mask import add_mask
from mt_depth_ros.cli.benchmark import benchmark
from mt_depth_ros.cli.check_calibration import check_calibration
from mt_depth_ros.cli.complete import complete
from mt_depth_ros.cli.data import app as data_app
from mt_depth_ros.cli.demo import demo
from mt_depth_ros.cli.doctor import doctor
from mt_depth_ros.cli.evaluate import evaluate
from mt_depth_ros.cli.evaluate_mask import evaluate_mask
from mt_depth_ros.cli.export import export
from mt_depth_ros.cli.models import app as models_app
from mt_depth_ros.cli.node import CONTEXT_SETTINGS, node
from mt_depth_ros.cli.play import play
from mt_depth_ros.cli.replay import replay
from mt_depth_ros.cli.results import results
from mt_depth_ros.cli.simulate import simulate
from mt_depth_ros.cli.soak import soak
from mt_depth_ros.cli.table3 import table3
from mt_depth_ros.cli.train import train
from mt_depth_ros.cli.train_mask import train_mask
from mt_depth_ros.core.errors import MtDepthError

app = typer.Typer(
    name='mt_depth',
    help='Metric depth at every pixel from one camera and a sparse LiDAR.',
    epilog='Start with: mt_depth demo. Any command takes --debug to show tracebacks.',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode='rich',
)
app.command('complete')(complete)
app.command('replay')(replay)
app.command('evaluate')(evaluate)
app.command('play')(play)
app.command('node', context_settings=CONTEXT_SETTINGS)(node)
app.command('demo')(demo)
app.command('check-calibration')(check_calibration)
app.command('simulate')(simulate)
app.command('train')(train)
app.command('train-mask')(train_mask)
app.command('evaluate-mask')(evaluate_mask)
app.command('export')(export)
app.command('results')(results)
app.command('table3')(table3)
app.add_typer(data_app, name='data')
models_app.command('add-mask')(add_mask)
app.add_typer(models_app, name='models')
app.command('doctor')(doctor)
app.command('benchmark')(benchmark)
app.command('soak')(soak)


def main() -> None:
    """Runs the command line; a user's mistake ends in one line on stderr and exit code 1."""
    debug = '--debug' in sys.argv[1:]
    arguments = [argument for argument in sys.argv[1:] if argument != '--debug']
    try:
        app(args=arguments)
    except MtDepthError as error:
        if debug:
            raise
        typer.secho(f'mt_depth: {error}', err=True, fg=typer.colors.RED)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == '__main__':
    main()
