"""Certificate authorities that a source may name besides those of the system."""

from pathlib import Path

from monitor.config.include import BUILTIN
from monitor.errors import MonitorError

#: Those that come with the program, each a file of PEM by its name.
SHIPPED = BUILTIN / "ca"


class NoSuchAuthority(MonitorError):
    """A source names a certificate authority that cannot be read."""


def pem(ca: str) -> str:
    """Return the certificates; raises NoSuchAuthority."""
    file = Path(ca) if "/" in ca else SHIPPED / f"{ca}.pem"  # a file has its whole path
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(one.stem for one in SHIPPED.glob("*.pem")))
        raise NoSuchAuthority(
            f"`ca: {ca}` cannot be read ({_reason(error)}): name a file of PEM certificates, or"
            f" {known}"
        ) from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is not PEM"
