"""A folder with a configuration, and the command line in it."""

from pathlib import Path

from monitor.cli import main

CONFIG = """\
version: 1
store: sqlite:///monitor.db
timezone: Europe/Kyiv
sources:
  - {id: mod, name: Минобороны, country: ru, kind: official, language: ru, url: "https://mod.test/"}
  - {id: off, name: Off, country: ua, kind: state, url: "https://off.test/", enabled: false,
     note: its terms forbid it}
rules:
  - id: reshuffling
    where: {country: ru}
    match: {any: [перегруппировка, отвлекающий манёвр]}
    tests:
      - catches: Войска перегруппированы. Перегруппировка завершена.
route: {receiver: here}
"""


class Terminal:
    """A folder with a configuration, and the command line in it."""

    def __init__(self, folder: Path, capfd) -> None:
        self.folder = folder
        self.capfd = capfd
        self.config(CONFIG)

    def config(self, said: str) -> None:
        (self.folder / "config.yaml").write_text(said, encoding="utf-8")

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit status, standard output, standard error."""
        self.capfd.readouterr()
        try:
            main(arguments)
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = self.capfd.readouterr()
        return status, out, err
