"""Why a fetch failed: its class, and the same in words."""

import gzip
import zlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import ClientConnectorCertificateError, ClientConnectorError, ClientConnectorSSLError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from monitor.collect.barred import barrier
from monitor.collect.egress import EgressRefused
from monitor.collect.proxies import ProxyFailed
from monitor.collect.robots import Forbidden
from monitor.config.authorities import NoSuchAuthority
from monitor.errors import Cause, PageError, Trouble

_STATUS = {
    401: (Cause.LOGIN, "the site wants a name and a password"),
    403: (Cause.WALL, "the site refuses us"),
    407: (
        Cause.CONNECTION,
        "the proxy takes no name and password, or others: MONITOR_PROXY_<NAME>=user:password",
    ),
    404: (Cause.GONE, "there is nothing at this address"),
    410: (Cause.GONE, "the site says that this is gone for good"),
    429: (Cause.TOO_OFTEN, "the site says that we ask too often"),
    451: (Cause.GEO_BLOCKED, "the site may not show this here, for legal reasons"),
}
# From special to general: Forbidden is an IgnoreRequest, a broken gzip and our own refusal are
# OSErrors.
_CAUSES: Sequence[tuple[tuple[type[BaseException], ...], Cause, str]] = (
    ((EgressRefused,), Cause.EGRESS, "egress: {error}"),
    ((ProxyFailed,), Cause.CONNECTION, "proxy: {error}"),
    ((NoSuchAuthority,), Cause.TLS, "tls: {error}"),
    ((Forbidden,), Cause.ROBOTS, "robots: {error}"),
    ((CannotResolveHostError,), Cause.DNS, "dns: no address is known for {host}"),
    ((DownloadTimeoutError,), Cause.TIMEOUT, "timeout: {error}"),
    ((DownloadCancelledError,), Cause.TOO_LARGE, "too large: {error}"),
    (
        (ResponseDataLossError,),
        Cause.TRUNCATED,
        "truncated: {host} ended before the whole page had arrived",
    ),
    ((DownloadFailedError,), Cause.CONNECTION, "connection: {host}: {error}"),
    ((NotSupported, UnsupportedURLSchemeError), Cause.ADDRESS, "address: {error}"),
    (
        (zlib.error, gzip.BadGzipFile, EOFError),
        Cause.UNREADABLE,
        "page: what {host} sent cannot be unpacked ({error})",
    ),
)


def explain_status(status: int, body: bytes = b"") -> Trouble:
    """Return what an HTTP status that brings no page means, and the page that came with it."""
    if (found := barrier(body)) is not None:
        return Trouble(cause=found.cause, text=f"http {status}: {found.text}")
    cause, words = _STATUS.get(status, (Cause.HTTP, "the site does not answer with a page"))
    if status >= 500:
        cause, words = Cause.SERVER, "the site has a fault of its own"
    elif 300 <= status < 400:
        words = "the site points elsewhere, but to nothing that can be followed"
    return Trouble(cause=cause, text=f"http {status}: {words}")


def explain(error: BaseException, url: str) -> Trouble | None:
    """Return why a URL could not be read; None for what the world outside cannot cause."""
    if isinstance(error, PageError):
        return Trouble(cause=error.cause, text=f"page: {error}")
    cause = error.__cause__
    host = urlsplit(url).netloc
    if isinstance(cause, ClientConnectorError):
        host = f"{cause.host}:{cause.port}"  # of the redirect that failed, if there were any
    if isinstance(error, DownloadConnectionRefusedError):
        return _explain_connection(error, host)
    for kinds, known, words in _CAUSES:
        if isinstance(error, kinds):
            return Trouble(cause=known, text=words.format(error=error, host=host))
    return _explain_ignored(str(error)) if isinstance(error, IgnoreRequest) else None


def _explain_connection(error: BaseException, host: str) -> Trouble:
    cause = error.__cause__
    if isinstance(cause, ClientConnectorCertificateError):
        reason = getattr(cause.certificate_error, "verify_message", cause.certificate_error)
        return Trouble(
            cause=Cause.TLS, text=f"tls: the certificate of {host} is not trusted ({reason})"
        )
    if isinstance(cause, ClientConnectorSSLError):
        return Trouble(
            cause=Cause.TLS,
            text=f"tls: {host} and we do not agree on a connection ({cause.os_error})",
        )
    reason = cause.os_error if isinstance(cause, ClientConnectorError) else error
    return Trouble(
        cause=Cause.CONNECTION, text=f"refused: {host} does not take connections ({reason})"
    )


def _explain_ignored(text: str) -> Trouble:
    """Tell apart what Scrapy's own middlewares say only in the text of their IgnoreRequest."""
    if "DOWNLOAD_MAXSIZE" in text:
        return Trouble(cause=Cause.TOO_LARGE, text=f"too large: {text}")
    if "max redirections" in text:
        return Trouble(
            cause=Cause.REDIRECTS,
            text="redirects: the site points elsewhere again and again",
        )
    return Trouble(cause=Cause.ADDRESS, text=f"ignored: {text}")
