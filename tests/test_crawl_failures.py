"""Whatever goes wrong with a fetch is named, and the source is asked again, later."""

import asyncio
import gzip
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from desk import poll, source
from web import HOSTS, Web

from monitor.errors import Cause
from monitor.model import Outcome

# Failures, each with its cause


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (403, "http 403: the site refuses us"),
        (404, "http 404: there is nothing at this address"),
        (410, "http 410: the site says that this is gone for good"),
        (429, "http 429: the site says that we ask too often"),
        (500, "http 500: the site has a fault of its own"),
        (503, "http 503: the site has a fault of its own"),
    ],
)
async def test_a_refusal_is_named_and_leaves_all_as_it_was(web, memory, crawl, status, cause):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n9|Не страница", status=status, etag='"e"')

    await poll(hub, source(web.url("/feed")))

    assert (memory.last.outcome, memory.last.status) == (Outcome.FAILED, status)
    assert memory.last.error == cause
    assert memory.states["ria"].etag == '"a"'
    assert memory.states["ria"].failures == 1
    assert len(memory.offered) == 1


async def test_what_is_not_a_feed_fails_with_the_parsers_words(web, memory, crawl):
    web.say("/feed", "<html>Технические работы</html>")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.FAILED
    assert memory.last.error == "page: this is not a page of lines"


async def test_a_host_that_does_not_exist_is_named(memory, crawl):
    hub = await crawl()

    await poll(hub, source("http://nowhere.invalid/feed"))

    assert memory.last.error == "dns: no address is known for nowhere.invalid:80"


async def test_a_closed_port_is_named(web, memory, crawl):
    hub = await crawl()
    url = web.url("/feed")
    await web.stop()

    await poll(hub, source(url))

    assert memory.last.error.startswith(f"refused: {HOSTS[0]}:{web.port} does not take connections")


async def test_a_page_that_does_not_come_in_time_is_named(web, memory, crawl):
    web.say("/feed", "lines", hold=asyncio.Event())
    hub = await crawl(DOWNLOAD_TIMEOUT=0.2)

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error.startswith("timeout: ")


async def test_a_page_that_is_cut_off_is_not_read(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая", announce=4000)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.FAILED
    assert memory.last.error.startswith("truncated: ")
    assert memory.archived == {}


async def test_a_connection_that_ends_without_a_word_is_named(web, memory, crawl):
    web.say("/feed", hang_up=True)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error.startswith("connection: ")


@pytest.mark.parametrize(
    "how",
    [
        {"body": b"lines\n" * 40_000},
        {"body": b"lines\n", "announce": 1 << 40},
        {"body": b"lines\n" * 1000, "endless": True},
        {"body": gzip.compress(b"\0" * 3_000_000), "headers": {"Content-Encoding": "gzip"}},
    ],
    ids=["sent", "announced", "endless", "packed"],
)
async def test_a_page_that_is_too_large_is_refused(web, memory, crawl, how):
    web.say("/feed", **how)
    hub = await crawl(DOWNLOAD_MAXSIZE=100_000)

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.FAILED
    assert memory.last.error.startswith("too large: ")


async def test_a_page_that_cannot_be_unpacked_is_named(web, memory, crawl):
    web.say("/feed", b"\x1f\x8b nonsense", headers={"Content-Encoding": "gzip"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error.startswith("page: ")


async def test_a_kind_of_spider_that_does_not_exist_is_named(web, memory, crawl):
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), spider="fead"))

    assert memory.last.error.startswith("spider: there is no `fead`; there are: duma, feed, ")
    assert web.asked == []


async def test_an_address_that_is_not_public_is_refused_with_the_mend(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    hub = await crawl(EGRESS_ALLOW=[])

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error == (
        "egress: 127.0.0.1 is a loopback address; if it is meant, write "
        "`egress: {allow: [127.0.0.1]}` in config.yaml"
    )
    assert web.asked == []


async def test_a_redirect_to_an_address_that_is_not_allowed_is_refused(web, memory, crawl):
    web.say("/feed", status=302, headers={"Location": web.url("/secret", host="127.0.0.2")})
    web.say("/secret", "lines\n1|Тайна")
    hub = await crawl(EGRESS_ALLOW=["127.0.0.1"])

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error.startswith("egress: 127.0.0.2 is a loopback address")
    assert web.times("/secret") == 0


async def test_an_archive_that_cannot_be_asked_fails_only_the_fetch(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    memory.broken = {"state ria"}
    hub = await crawl()

    await poll(hub, source(web.url("/feed")), source(web.url("/feed"), "tass"))

    ends = {fetch.source: fetch for fetch in memory.settled}
    assert ends["ria"].error == "internal: OSError: the disk is gone"
    assert ends["tass"].outcome is Outcome.WHOLE


async def test_a_settle_that_fails_frees_the_source(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    memory.broken = {"settle ria"}
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    assert memory.settled == []
    memory.broken = set()

    await poll(hub, source(web.url("/feed")))

    assert len(memory.settled) == 1
    assert hub.in_flight == frozenset()


# When to ask again


async def test_a_failing_source_is_asked_less_and_less_often(web, memory, crawl, clock):
    web.say("/feed", status=500)
    hub = await crawl()
    pauses = []

    for _ in range(4):
        await poll(hub, source(web.url("/feed"), every="10m"))
        pauses.append((memory.last.next_poll_at - clock.now) / timedelta(minutes=10))

    assert [round(pause) for pause in pauses] == pytest.approx([1, 2, 4, 6], abs=0.7)


async def test_a_site_that_says_when_to_come_again_is_obeyed(web, memory, crawl, clock):
    web.say("/feed", status=429, headers={"Retry-After": "7200"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), every="1m"))

    assert memory.last.next_poll_at == clock.now + timedelta(hours=2)


async def test_a_date_to_come_again_is_obeyed(web, memory, crawl, clock):
    assert clock.now == datetime(2022, 9, 10, 12, tzinfo=UTC)
    web.say("/feed", status=503, headers={"Retry-After": "Sat, 10 Sep 2022 15:30:00 GMT"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), every="1m"))

    assert memory.last.next_poll_at == datetime(2022, 9, 10, 15, 30, tzinfo=UTC)


# Redirects


async def test_a_redirect_is_followed_with_its_validators(web, memory, crawl, caplog):
    caplog.set_level("INFO", logger="monitor")
    web.say("/old", status=301, headers={"Location": web.url("/new")})
    web.say("/new", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/old")))

    await poll(hub, source(web.url("/old")))

    assert (memory.last.outcome, memory.last.status) == (Outcome.UNCHANGED, 304)
    moves = [one.getMessage() for one in caplog.records if "moved for good" in one.getMessage()]
    assert moves == [f"ria has moved for good: change its url to {web.url('/new')}"]


async def test_redirects_without_end_are_named(web, memory, crawl):
    web.say("/feed", status=302, headers={"Location": "/feed"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error == "redirects: the site points elsewhere again and again"
    assert web.times("/feed") == 6


async def test_a_redirect_to_a_file_is_not_followed(web, memory, crawl):
    web.say("/feed", status=302, headers={"Location": "file:///etc/passwd"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error.startswith("http 302: the site points elsewhere")


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:99999/", "http://[bad", "//[bad", "http://site:http/", "http://a..b/"],
)
async def test_a_redirect_to_an_address_that_cannot_be_read_is_the_sites_fault(
    web, memory, crawl, address
):
    web.say("/feed", status=302, headers={"Location": address})
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.cause is Cause.ADDRESS
    assert memory.last.error.startswith(
        f"address: the site points to an address that cannot be read: {address} ("
    )


async def test_a_robots_txt_that_points_to_what_cannot_be_read_is_named(web, memory, crawl):
    web.say("/robots.txt", status=301, headers={"Location": "http://[bad"})
    hub = await crawl(ROBOTSTXT_OBEY=True)

    await poll(hub, source(web.url("/feed")))

    assert memory.last.cause is Cause.ADDRESS


async def test_a_source_whose_host_can_have_no_address_is_named(memory, crawl):
    hub = await crawl()

    await poll(hub, source("http://news..example/feed"))

    assert memory.last.cause is Cause.ADDRESS


async def test_an_address_that_only_stands_beside_a_page_is_not_judged(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая", headers={"Location": "http://[bad"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.WHOLE


# Certificates


@pytest.fixture
def self_made(tmp_path: Path) -> ssl.SSLContext:
    """Make a certificate that nobody but its owner has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.org")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2022, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOSTS[0]))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context


async def test_a_certificate_that_nobody_signed_is_refused(self_made, memory, crawl):
    web = Web(tls=self_made)
    await web.start()
    web.say("/feed", "lines\n1|Подделка")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    await web.stop()
    assert memory.last.error == (
        f"tls: the certificate of {HOSTS[0]}:{web.port} is not trusted (self-signed certificate)"
    )
    assert web.asked == []


async def test_a_server_that_speaks_no_tls_is_named(web, memory, crawl):
    hub = await crawl()

    await poll(hub, source(web.url("/feed").replace("http:", "https:")))

    assert memory.last.error.startswith(f"tls: {HOSTS[0]}:{web.port} and we do not agree")
