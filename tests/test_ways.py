"""A source that does not answer here is asked by proxy, and the proxy's password stays ours."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from authority import Authority
from desk import poll, source
from proxying import HttpProxy, SocksProxy
from web import HOSTS, Web

from monitor.collect.proxies import Proxy, settings_of
from monitor.collect.ways import Way, detour
from monitor.config.routing import Route
from monitor.config.schema import Config
from monitor.errors import Cause, MonitorError, Trouble
from monitor.model import Outcome

SECRET = "open-sesame"
HIDDEN, ELSEWHERE = "hidden.example", "elsewhere.example"  # only the proxy knows these names
KINDS = pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])

Start = Callable[..., Awaitable[HttpProxy | SocksProxy]]


@pytest.fixture
async def proxy() -> AsyncIterator[Start]:
    """Start proxies; all are stopped in the end."""
    made = []

    async def start(kind: type, **how: object) -> HttpProxy | SocksProxy:
        one = kind(hosts={HIDDEN: HOSTS[0], ELSEWHERE: HOSTS[1]}, **how)
        await one.start()
        made.append(one)
        return one

    yield start
    for one in made:
        await one.stop()


@pytest.fixture
async def secure(tmp_path) -> AsyncIterator[tuple[Web, str]]:
    """A web that speaks TLS, under two of its names, and who vouches for it."""
    authority = Authority(tmp_path)
    web = Web(tls=authority.server(HOSTS[0], HIDDEN))
    await web.start()
    yield web, str(authority.file)
    await web.stop()


def known(proxy: HttpProxy | SocksProxy, credentials: str | None = None) -> dict[str, Proxy]:
    user, _, password = (credentials or "").partition(":")
    opened = {"user": user, "password": password} if credentials else {}
    return {"moscow": Proxy(name="moscow", url=proxy.url, **opened)}


def by_proxy(url: str, **more: object):
    return source(url, **{"via": ["proxy:moscow"], **more})


# What goes by it


@KINDS
async def test_everything_that_a_source_is_asked_goes_by_its_proxy(proxy, web, memory, crawl, kind):
    web.say("/robots.txt", "User-agent: *\nAllow: /\n")
    web.say("/feed", status=302, headers={"Location": web.url("/moved", ELSEWHERE)})
    web.say("/moved", "lines\n1|Первая")
    moscow = await proxy(kind)
    hub = await crawl(PROXIES=known(moscow), ROBOTSTXT_OBEY=True)

    await poll(hub, by_proxy(web.url("/feed", HIDDEN)))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert web.times("/robots.txt") == 2
    assert set(moscow.asked) == {f"{HIDDEN}:{web.port}", f"{ELSEWHERE}:{web.port}"}


@KINDS
async def test_the_pages_of_entries_and_what_was_missed_go_by_it_too(
    proxy, web, memory, crawl, kind
):
    web.say("/feed", "lines\n1|Первая|2022-09-10T11:30+00:00")
    web.say("/feed?page=2", "lines\n2|Вторая|2022-09-10T11:40+00:00")
    for number in (1, 2, 9):
        web.say(f"/article/{number}", "article\nВесь текст новости.")
    moscow = await proxy(kind)
    hub = await crawl(PROXIES=known(moscow))
    older = web.url("/feed", HIDDEN) + "?page={page}"
    one = by_proxy(web.url("/feed", HIDDEN), article=True, older=older)

    await poll(hub, one)
    web.say("/feed", "lines\n9|Девятая|2022-09-10T11:50+00:00")
    await poll(hub, one)

    assert web.times("/feed?page=2") == 1
    assert {text.text for text in memory.archived.values()} == {"Весь текст новости."}
    assert len(memory.archived) == 3


@KINDS
async def test_a_site_behind_tls_is_reached_through_a_tunnel(kind, proxy, secure, memory, crawl):
    web, ca = secure
    web.say("/feed", "lines\n1|Первая")
    moscow = await proxy(kind)
    hub = await crawl(PROXIES=known(moscow))

    await poll(hub, by_proxy(web.url("/feed", HIDDEN), ca=ca))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert moscow.asked == [f"{HIDDEN}:{web.port}"]


@KINDS
async def test_a_proxy_is_no_reason_to_trust_a_certificate(kind, proxy, secure, memory, crawl):
    web, _ = secure
    moscow = await proxy(kind)
    hub = await crawl(PROXIES=known(moscow))

    await poll(hub, by_proxy(web.url("/feed", HIDDEN)))

    assert memory.last.cause is Cause.TLS
    assert "is not trusted" in memory.last.error
    assert web.asked == []


@KINDS
async def test_a_name_that_our_dns_hides_is_left_to_the_proxy(kind, proxy, web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    moscow = await proxy(kind)
    hub = await crawl(PROXIES=known(moscow))

    await poll(hub, by_proxy(web.url("/feed", HIDDEN)))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert moscow.asked == [f"{HIDDEN}:{web.port}"]


async def test_the_environment_redirects_nothing(proxy, web, memory, crawl, monkeypatch):
    web.say("/feed", "lines\n1|Первая")
    other = await proxy(HttpProxy)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, other.url)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.WHOLE
    assert other.asked == []


async def test_what_robots_says_here_is_not_what_it_says_by_proxy(proxy, web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    moscow = await proxy(HttpProxy)
    hub = await crawl(PROXIES=known(moscow), ROBOTSTXT_OBEY=True)

    await poll(hub, by_proxy(web.url("/feed", HIDDEN), via=["direct", "proxy:moscow"]))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error


@pytest.mark.parametrize("tls", [False, True])
async def test_a_proxy_may_speak_tls_itself(web, tmp_path, memory, crawl, monkeypatch, tls):  # noqa: PLR0917 - fixtures
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # as if the system trusted it
    there = Web(tls=authority.server(HOSTS[0])) if tls else web
    if tls:
        await there.start()
    there.say("/feed", "lines\n1|Первая")
    moscow = HttpProxy(credentials=f"desk:{SECRET}")
    await moscow.start(tls=authority.server("127.0.0.1"))
    url = moscow.url.replace("http:", "https:")
    opened = Proxy(name="moscow", url=url, user="desk", password=SECRET)
    hub = await crawl(PROXIES={"moscow": opened})

    await poll(hub, by_proxy(there.url("/feed")))

    await moscow.stop()
    if tls:
        await there.stop()
    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert moscow.asked == [f"{HOSTS[0]}:{there.port}"]


async def test_a_proxy_that_speaks_tls_is_not_trusted_by_the_authority_of_a_source(
    web, tmp_path, memory, crawl
):
    authority = Authority(tmp_path)
    moscow = {"moscow": Proxy(name="moscow", url="https://127.0.0.1:9")}
    hub = await crawl(PROXIES=moscow)

    await poll(hub, by_proxy(web.url("/feed"), ca=str(authority.file)))

    assert memory.last.error == (
        "proxy: moscow is an https proxy; `ca:` goes with http and socks5 only"
    )


# Passwords


@KINDS
async def test_a_proxy_with_a_password_is_opened_with_it(kind, proxy, web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    moscow = await proxy(kind, credentials=f"desk:{SECRET}")
    hub = await crawl(PROXIES=known(moscow, f"desk:{SECRET}"))

    await poll(hub, by_proxy(web.url("/feed")))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert "Proxy-Authorization" not in web.asked[0].headers


@KINDS
async def test_a_tunnel_with_a_password_is_opened_with_it(kind, proxy, secure, memory, crawl):
    web, ca = secure
    web.say("/feed", "lines\n1|Первая")
    moscow = await proxy(kind, credentials=f"desk:{SECRET}")
    hub = await crawl(PROXIES=known(moscow, f"desk:{SECRET}"))

    await poll(hub, by_proxy(web.url("/feed"), ca=ca))

    assert memory.last.outcome is Outcome.WHOLE, memory.last.error
    assert "Proxy-Authorization" not in web.asked[0].headers


@KINDS
@pytest.mark.parametrize("tls", [False, True])
async def test_a_password_is_told_to_nobody_not_even_when_it_is_wrong(  # noqa: PLR0917 - fixtures
    proxy, web, secure, memory, crawl, caplog, kind, tls
):
    caplog.set_level(logging.DEBUG)
    moscow = await proxy(kind, credentials="desk:another")
    hub = await crawl(PROXIES=known(moscow, f"desk:{SECRET}"))
    there = secure[0] if tls else web

    await poll(hub, by_proxy(there.url("/feed")))

    assert memory.last.outcome is Outcome.FAILED
    assert memory.last.cause is Cause.CONNECTION
    assert "proxy" in memory.last.error
    assert moscow.refused == 1
    if kind is HttpProxy and tls:
        assert memory.last.error.endswith("wants a name and a password: MONITOR_PROXY_MOSCOW=…")
    told = caplog.text + repr(memory.settled) + repr(known(moscow, f"desk:{SECRET}"))
    header = Proxy(name="x", url="", user="desk", password=SECRET).authorization
    assert SECRET not in told
    assert next(iter(header.values())).split()[1] not in told


def config(*names: str) -> Config:
    proxies = {name: {"url": "http://proxy.example:3128"} for name in names}
    return Config(version=1, route=Route(receiver="here"), proxies=proxies)


def test_the_environment_opens_each_proxy_by_its_name():
    environ = {"MONITOR_PROXY_MOSCOW_2": f"desk:{SECRET}:x"}

    proxies = settings_of(config("moscow-2", "kyiv"), environ)["PROXIES"]

    assert (proxies["moscow-2"].user, proxies["moscow-2"].password) == ("desk", f"{SECRET}:x")
    assert proxies["kyiv"].user is None


def test_what_is_no_name_and_password_is_refused_without_repeating_it():
    with pytest.raises(MonitorError) as refused:
        settings_of(config("moscow"), {"MONITOR_PROXY_MOSCOW": SECRET})

    assert str(refused.value) == "MONITOR_PROXY_MOSCOW: write user:password"


def test_a_password_that_socks_cannot_carry_is_refused():
    proxies = {"moscow": {"url": "socks5://proxy.example"}}
    said = Config(version=1, route=Route(receiver="here"), proxies=proxies)

    with pytest.raises(MonitorError, match=r"MONITOR_PROXY_MOSCOW: .* Latin letters") as refused:
        settings_of(said, {"MONITOR_PROXY_MOSCOW": "desk:пароль"})

    assert "пароль" not in str(refused.value)


# What is wrong with it


@KINDS
async def test_a_proxy_that_is_not_there_is_named(kind, proxy, web, memory, crawl):
    moscow = await proxy(kind)
    await moscow.stop()
    hub = await crawl(PROXIES=known(moscow))

    await poll(hub, by_proxy(web.url("/feed")))

    assert memory.last.cause is Cause.CONNECTION
    assert memory.last.error.startswith("proxy: moscow ")


async def test_a_proxy_that_nobody_described_is_named(web, memory, crawl):
    hub = await crawl()

    await poll(hub, by_proxy(web.url("/feed")))

    assert memory.last.error == "proxy: there is no `moscow` under `proxies:` in config.yaml"
    assert web.asked == []


async def test_a_proxy_whose_name_has_no_address_is_named(web, memory, crawl):
    nowhere = {"moscow": Proxy(name="moscow", url="http://proxy.invalid:3128")}
    hub = await crawl(PROXIES=nowhere)

    await poll(hub, by_proxy(web.url("/feed")))

    assert memory.last.error == (
        "proxy: moscow cannot be found: no address is known for proxy.invalid"
    )


@KINDS
async def test_a_proxy_at_an_address_that_is_not_allowed_is_not_called(
    kind, proxy, web, memory, crawl
):
    moscow = await proxy(kind)
    hub = await crawl(PROXIES=known(moscow), EGRESS_ALLOW=[HOSTS[1]])

    await poll(hub, by_proxy(web.url("/feed", HOSTS[1])))

    assert memory.last.cause is Cause.EGRESS
    assert memory.last.error.startswith("egress: 127.0.0.1 is a loopback address")
    assert moscow.asked == []


# Blocked here


async def test_a_source_that_answers_by_proxy_only_is_geo_blocked(proxy, web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    moscow = await proxy(HttpProxy)
    hub = await crawl(PROXIES=known(moscow))

    await poll(hub, source(web.url("/feed", HIDDEN), via=["direct", "proxy:moscow"]))

    assert memory.last.outcome is Outcome.WHOLE
    assert memory.last.way.startswith("proxy:moscow ")
    assert memory.last.detour.startswith(
        "geo-blocked: it answers by proxy moscow, but not here: dns: no address is known"
    )


def way(url: str, proxy: str | None = None, key: str | None = "key") -> Way:
    return Way(source=source(url), proxy=proxy, key=key)


SITE = "http://example.org/feed"


@pytest.mark.parametrize(
    "cause", [Cause.DNS, Cause.TIMEOUT, Cause.CONNECTION, Cause.TLS, Cause.WALL, Cause.GEO_BLOCKED]
)
def test_what_a_proxy_mends_is_a_block_of_this_country(cause):
    failed = [(way(SITE), Trouble(cause=cause, text="words"))]

    said = detour(way(SITE, "moscow"), failed, None)

    assert said == "geo-blocked: it answers by proxy moscow, but not here: words"


@pytest.mark.parametrize("cause", [Cause.GONE, Cause.NOT_A_FEED, Cause.SERVER, Cause.ROBOTS])
def test_a_fault_of_the_site_itself_is_none(cause):
    failed = [(way(SITE), Trouble(cause=cause, text="words"))]

    assert detour(way(SITE, "moscow"), failed, None) == "words"


def test_another_address_proves_no_block():
    failed = [(way(SITE), Trouble(cause=Cause.DNS, text="words"))]

    assert detour(way("http://example.com/", "moscow"), failed, None) == "words"
    assert detour(way("http://example.com/"), failed, None) == "words"


def test_a_detour_is_remembered_while_it_lasts():
    assert detour(way(SITE, "moscow"), [], "words") == "words"
    assert detour(way(SITE, key=None), [], "words") is None
