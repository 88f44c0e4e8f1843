"""`monitor sources`: which sources there are, and how they fare."""

import typer

from monitor.cli.sources import importing, listing, opml, probing, status

sources = typer.Typer(help="The sources and how they fare.", no_args_is_help=True)
sources.command("list")(listing.list_)
sources.command("status")(status.status)
sources.command("probe")(probing.probe_)
sources.command("export")(opml.export)
sources.command("import")(importing.import_)
