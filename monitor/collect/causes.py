"""Why a fetch failed, in words: `class: cause`."""

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

from monitor.collect.egress import EgressRefused
from monitor.collect.robots import Forbidden
from monitor.errors import PageError

_STATUS = {
    401: "the site wants a name and a password",
    403: "the site refuses us",
    404: "there is nothing at this address",
    410: "the site says that this is gone for good",
    429: "the site says that we ask too often",
}
# From special to general: Forbidden is an IgnoreRequest, a broken gzip and our own refusal are
# OSErrors.
_CAUSES: Sequence[tuple[tuple[type[BaseException], ...], str]] = (
    ((PageError,), "page: {error}"),
    ((EgressRefused,), "egress: {error}"),
    ((Forbidden,), "robots: {error}"),
    ((CannotResolveHostError,), "dns: no address is known for {host}"),
    ((DownloadTimeoutError,), "timeout: {error}"),
    ((DownloadCancelledError,), "too large: {error}"),
    ((ResponseDataLossError,), "truncated: {host} ended before the whole page had arrived"),
    ((DownloadFailedError,), "connection: {host}: {error}"),
    ((NotSupported, UnsupportedURLSchemeError), "address: {error}"),
    (
        (zlib.error, gzip.BadGzipFile, EOFError),
        "page: what {host} sent cannot be unpacked ({error})",
    ),
)


def explain_status(status: int) -> str:
    """Return what an HTTP status that brings no page means."""
    if status in _STATUS:
        return f"http {status}: {_STATUS[status]}"
    if status >= 500:
        return f"http {status}: the site has a fault of its own"
    if 300 <= status < 400:
        return f"http {status}: the site points elsewhere, but to nothing that can be followed"
    return f"http {status}: the site does not answer with a page"


def explain(error: BaseException, url: str) -> str | None:
    """Return why a URL could not be read; None for what the world outside cannot cause."""
    cause = error.__cause__
    host = urlsplit(url).netloc
    if isinstance(cause, ClientConnectorError):
        host = f"{cause.host}:{cause.port}"  # of the redirect that failed, if there were any
    if isinstance(error, DownloadConnectionRefusedError):
        return _explain_connection(error, host)
    for kinds, words in _CAUSES:
        if isinstance(error, kinds):
            return words.format(error=error, host=host)
    return _explain_ignored(str(error)) if isinstance(error, IgnoreRequest) else None


def _explain_connection(error: BaseException, host: str) -> str:
    cause = error.__cause__
    if isinstance(cause, ClientConnectorCertificateError):
        reason = getattr(cause.certificate_error, "verify_message", cause.certificate_error)
        return f"tls: the certificate of {host} is not trusted ({reason})"
    if isinstance(cause, ClientConnectorSSLError):
        return f"tls: {host} and we do not agree on a connection ({cause.os_error})"
    reason = cause.os_error if isinstance(cause, ClientConnectorError) else error
    return f"refused: {host} does not take connections ({reason})"


def _explain_ignored(text: str) -> str:
    """Tell apart what Scrapy's own middlewares say only in the text of their IgnoreRequest."""
    if "DOWNLOAD_MAXSIZE" in text:
        return f"too large: {text}"
    if "max redirections" in text:
        return "redirects: the site points elsewhere again and again"
    return f"ignored: {text}"
