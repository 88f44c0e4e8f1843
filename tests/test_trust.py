"""A source may name one more certificate authority: for its own site, and for nothing else."""

import hashlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from authority import Authority
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from desk import poll, source
from scrapy.settings import Settings
from web import HOSTS, Web

from monitor.collect.trust import Trust
from monitor.collect.ways import Via
from monitor.config.authorities import SHIPPED, pem
from monitor.config.sources import AUTHORITIES
from monitor.errors import Cause
from monitor.model import Outcome

ROOT = "D26D2D0231B7C39F92CC738512BA54103519E4405D68B5BD703E9788CA8ECF31"
SUB = "2155785036C900DBB5F1BB2A1569C80C55595BD6BF94867A29BBDDBC7D88A3F2"


@dataclass(frozen=True)
class Secure:
    web: Web
    ca: str


@pytest.fixture
async def secure(tmp_path) -> AsyncIterator[Secure]:
    """A web that speaks TLS on all its hosts, vouched for by nobody but this authority."""
    authority = Authority(tmp_path)
    web = Web(tls=authority.server(*HOSTS))
    await web.start()
    web.say("/feed", "lines\n1|Первая")
    yield Secure(web, str(authority.file))
    await web.stop()


async def test_a_source_is_read_whose_authority_it_names(secure, memory, crawl):
    hub = await crawl()

    await poll(hub, source(secure.web.url("/feed"), ca=secure.ca))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error


async def test_its_robots_and_its_redirects_within_the_site_are_trusted_too(secure, memory, crawl):
    secure.web.say("/old", status=301, headers={"Location": "/feed"})
    hub = await crawl(ROBOTSTXT_OBEY=True)

    await poll(hub, source(secure.web.url("/old"), ca=secure.ca))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert secure.web.times("/robots.txt") == 1


async def test_a_redirect_to_another_site_is_not_vouched_for(secure, memory, crawl):
    elsewhere = secure.web.url("/feed", HOSTS[1])
    secure.web.say("/old", status=302, headers={"Location": elsewhere})
    hub = await crawl()

    await poll(hub, source(secure.web.url("/old"), ca=secure.ca))

    assert memory.last.cause is Cause.TLS
    assert memory.last.error.startswith(f"tls: the certificate of {HOSTS[1]}:")
    assert secure.web.times("/feed") == 0


async def test_another_source_of_the_same_host_does_not_borrow_the_connection(
    secure, memory, crawl
):
    hub = await crawl()
    await poll(hub, source(secure.web.url("/feed"), "one", ca=secure.ca))

    await poll(hub, source(secure.web.url("/feed"), "two"))

    assert memory.last.cause is Cause.TLS
    assert secure.web.times("/feed") == 1


async def test_a_certificate_for_another_host_is_refused_whoever_signed_it(tmp_path, memory, crawl):
    authority = Authority(tmp_path)
    web = Web(tls=authority.server("example.org"))
    await web.start()
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), ca=str(authority.file)))

    await web.stop()
    assert memory.last.cause is Cause.TLS
    assert web.asked == []


@pytest.mark.parametrize(
    ("ca", "why"),
    [
        ("/nowhere/authority.pem", "cannot be read (No such file or directory)"),
        ("rusian-trusted-root", "name a file of PEM certificates, or russian-trusted-root"),
    ],
)
async def test_an_authority_that_cannot_be_read_is_named(secure, memory, crawl, ca, why):
    hub = await crawl()

    await poll(hub, source(secure.web.url("/feed"), ca=ca))

    assert memory.last.cause is Cause.TLS
    assert memory.last.error.startswith(f"tls: `ca: {ca}` ")
    assert why in memory.last.error


async def test_a_file_without_a_certificate_is_named(secure, memory, crawl, tmp_path):
    (tmp_path / "empty.pem").write_text("hello")
    hub = await crawl()

    await poll(hub, source(secure.web.url("/feed"), ca=str(tmp_path / "empty.pem")))

    assert memory.last.error.endswith("holds no PEM certificate")


def test_a_further_authority_takes_nothing_from_the_system_and_verifies(tmp_path):
    trust = Trust(Settings({"DOWNLOAD_VERIFY_CERTIFICATES": True}))
    via = Via(ca=str(Authority(tmp_path).file), home="example.org")

    usual, more = trust.context(via, "example.com"), trust.context(via, "www.example.org")

    assert (more.verify_mode, more.check_hostname) == (ssl.CERT_REQUIRED, True)
    system = usual.get_ca_certs(binary_form=True)
    assert len(more.get_ca_certs(binary_form=True)) == len(system) + 1
    assert set(system) <= set(more.get_ca_certs(binary_form=True))


def test_a_neighbour_under_a_domain_that_gives_names_away_is_not_vouched_for(tmp_path):
    trust = Trust(Settings({"DOWNLOAD_VERIFY_CERTIFICATES": True}))
    via = Via(ca=str(Authority(tmp_path).file), home="one.spb.ru")

    system = trust.context(Via(), "one.spb.ru")

    assert trust.context(via, "two.spb.ru") is system
    assert trust.context(via, "www.one.spb.ru") is not system


def test_the_russian_root_that_comes_with_the_program_is_that_one():
    certificates = x509.load_pem_x509_certificates(pem("russian-trusted-root").encode())
    der = [one.public_bytes(serialization.Encoding.DER) for one in certificates]

    assert [hashlib.sha256(one).hexdigest().upper() for one in der] == [ROOT, SUB]
    root, sub = certificates
    assert {one.stem for one in SHIPPED.glob("*.pem")} == AUTHORITIES
    root.verify_directly_issued_by(root)
    sub.verify_directly_issued_by(root)
