"""`monitor rules`: look at the rules, try them, and see what they would find."""

import typer

from monitor.cli.rules import backtesting, listing, proving, showing, wordforms

rules = typer.Typer(help="Work on rules before they go live.", no_args_is_help=True)
rules.command("list")(listing.list_)
rules.command("test")(proving.try_tests)
rules.command("explain")(showing.explain)
rules.command("forms")(wordforms.forms)
rules.command("backtest")(backtesting.backtest)
