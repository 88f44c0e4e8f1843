"""Whose certificates are trusted: the system's, and for the site of a source also its own."""

import ssl

from scrapy.settings import BaseSettings
from scrapy.utils.ssl import _make_ssl_context

from monitor.collect.sites import same_site
from monitor.collect.ways import Via
from monitor.config.authorities import NoSuchAuthority, pem


class Trust:
    """The TLS contexts of a crawler; each verifies, whatever it trusts."""

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings
        self._system = _make_ssl_context(settings)
        self._with: dict[str, ssl.SSLContext] = {}

    def context(self, via: Via, host: str) -> ssl.SSLContext:
        """Return the context for a host; raises NoSuchAuthority.

        What a source trusts besides the system's authorities counts for its own site only: a
        redirect to another one must not be vouched for by them.
        """
        if via.ca is None or not same_site(host, via.home):
            return self._system
        if via.ca not in self._with:
            context = _make_ssl_context(self._settings)
            try:
                context.load_verify_locations(cadata=pem(via.ca))
            except ssl.SSLError as error:
                raise NoSuchAuthority(f"`ca: {via.ca}` holds no PEM certificate") from error
            self._with[via.ca] = context
        return self._with[via.ca]
