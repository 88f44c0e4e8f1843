"""Links as people meant them: whole, without white space and without who counted the click."""

import re
from urllib.parse import urljoin, urlsplit

# Parameters that say how a reader came, never what is read.
_TRACKING = re.compile(
    r"(?:utm_[a-z_]+|at_(?:medium|campaign|custom\d)|[yg]clid|ysclid|fbclid|dclid|gbraid|wbraid"
    r"|msclkid|twclid|igshid|_openstat|mc_cid|mc_eid|oly_anon_id|oly_enc_id|vero_id|mkt_tok)",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[\s\x00-\x1f]+")


def canonical(url: str) -> str:
    """Return a link without white space and tracking parameters; the rest stays as it is."""
    url = _SPACE.sub("", url.strip())
    if "?" not in url and "#" not in url:
        return url
    url, hash_sign, anchor = url.partition("#")
    if _is_tracking(anchor):
        hash_sign = anchor = ""
    path, question, query = url.partition("?")
    kept = [part for part in query.split("&") if not _is_tracking(part.removeprefix("amp;"))]
    query = "&".join(kept)
    return path + (question if query else "") + query + hash_sign + anchor


def absolute(url: str, base: str) -> str:
    """Return the canonical link that `url` is on the page `base`; "" where it is no web link.

    What is returned can be asked for: it has a host, and a port that there may be, if any.
    """
    try:
        joined = urljoin(base, canonical(url)) if url.strip() else ""
        parts = urlsplit(joined)
        askable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return ""
    return joined if askable else ""


def onward(url: str, base: str) -> str | None:
    """Return the link to another page of the same host that `url` is on `base`, or None."""
    link = absolute(url, base)
    same_host = bool(link) and urlsplit(link).hostname == urlsplit(base).hostname
    return link if same_host and link != canonical(base) else None


def _is_tracking(parameter: str) -> bool:
    return _TRACKING.fullmatch(parameter.partition("=")[0]) is not None
