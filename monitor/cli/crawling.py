"""`monitor crawl`: spiders by hand. Nothing is archived, nobody is alerted."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err
from monitor.config.load import load
from monitor.config.schema import Source
from monitor.errors import MonitorError


def crawl(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="ids of sources")],
    config: ConfigPath = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option("-O", "--output", help="write there instead of to standard output"),
    ] = None,
) -> None:
    """Fetch sources once and print every entry as a JSON line, in the shape that `match` reads."""
    known = {source.id: source for source in load(config).config.sources}
    missing = [name for name in sources if name not in known]
    if missing:
        raise MonitorError(
            f"{config} has no source {', '.join(missing)}; `monitor sources list` shows them all"
        )
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        lines: list[str] = []
        for name in sources:
            found = _crawled(known[name], config, Path(folder) / f"{name}.jsonl")
            if found is None:
                failed.append(name)
            else:
                lines += found
    if output is None:
        sys.stdout.writelines(lines)
    else:
        output.write_text("".join(lines), encoding="utf-8")
    if failed:
        err.print(f"nothing could be read from: {', '.join(failed)}", style="red")
        raise typer.Exit(1)


def _crawled(source: Source, config: Path, file: Path) -> list[str] | None:
    """Return a source's entries as lines; None where it could not be read (the log says why)."""
    # Scrapy's own command line, in a process of its own: exactly what `scrapy crawl` does.
    command = [sys.executable, "-m", "scrapy", "crawl", source.spider]
    command += ["-a", f"source={source.id}", "-O", f"{file}:jsonlines"]
    environment = {**os.environ, "MONITOR_CONFIG": str(config.resolve())}
    environment.setdefault("SCRAPY_SETTINGS_MODULE", "spiders.settings")
    status = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
    if status or not file.exists():
        return None
    return file.read_text(encoding="utf-8").splitlines(keepends=True)
