"""We call public addresses, and no others unless the configuration names them."""

import json
import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.egress import EgressRefused, guard, networks, refusal

ROOT = Path(__file__).parents[1]


def judged(address: str, *allow: str) -> str | None:
    return refusal(ip_address(address), networks(allow))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.3.1",
        "198.20.0.1",
        "223.255.255.255",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_a_public_address_may_be_called(address):
    assert judged(address) is None


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("0.0.0.0", "an address of this host"),
        ("10.1.2.3", "a private address"),
        ("100.64.0.1", "an address behind a provider's NAT"),
        ("127.0.0.1", "a loopback address"),
        ("127.255.255.254", "a loopback address"),
        ("169.254.169.254", "a link-local address"),
        ("172.16.0.1", "a private address"),
        ("172.31.255.255", "a private address"),
        ("192.0.0.8", "a reserved address"),
        ("192.0.2.1", "an address for documentation"),
        ("192.168.1.1", "a private address"),
        ("198.18.0.1", "an address for benchmarks"),
        ("224.0.0.1", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("255.255.255.255", "a reserved address"),
        ("::", "an address of this host"),
        ("::1", "a loopback address"),
        ("::127.0.0.1", "a reserved address"),
        ("fc00::1", "a private address"),
        ("fd12:3456::1", "a private address"),
        ("fe80::1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fec0::1", "a private address"),
        ("ff02::1", "a multicast address"),
        ("2001:db8::1", "an address for documentation"),
        ("2001:10::1", "a reserved address"),
        ("100::1", "a reserved address"),
        ("64:ff9b:1::1", "a reserved address"),
        ("4000::1", "a reserved address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("::ffff:169.254.169.254", "a link-local address"),
        ("64:ff9b::10.0.0.1", "a private address"),
        ("2002:7f00:1::", "a loopback address"),
        ("2002:c0a8:101::1", "a private address"),
        ("2001:0:808:808::80ff:fffe", "a loopback address"),
    ],
)
def test_an_address_that_is_not_public_may_not_be_called(address, name):
    assert judged(address) == name


@pytest.mark.parametrize(
    ("address", "allow"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("::1", "::1"),
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
        ("2002:7f00:1::", "2002::/16"),
    ],
)
def test_an_address_that_the_configuration_names_may_be_called(address, allow):
    assert judged(address, "192.168.0.0/24", allow) is None


def test_what_is_allowed_allows_nothing_else():
    assert judged("127.1.0.1", "127.0.0.0/16", "::/0") == "a loopback address"


@given(st.ip_addresses(v=4))
def test_a_v4_address_is_judged_alike_in_each_of_its_spellings(address: IPv4Address):
    mapped = IPv6Address(f"::ffff:{address}")
    translated = IPv6Address(int(IPv6Address("64:ff9b::")) + int(address))
    six_to_four = IPv6Address((0x2002 << 112) + (int(address) << 80))

    verdicts = {refusal(one, ()) for one in (address, mapped, translated, six_to_four)}

    assert len(verdicts) == 1


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_may_be_called(address: IPv4Address | IPv6Address):
    reachable = refusal(address, ()) is None

    assert not reachable or not (
        address.is_loopback or address.is_link_local or address.is_multicast
    )


def test_the_refusal_names_the_address_and_the_mend():
    with pytest.raises(EgressRefused, match=r"10\.0\.0\.7 is a private address.*\[10\.0\.0\.7\]"):
        guard(())((2, 1, 6, "", ("10.0.0.7", 80)))


# In a network of its own, that holds nothing but a loopback: a guard with a hole in it reaches
# nobody's network from here.

SCRIPT = """
import asyncio, fcntl, json, random, socket, struct, sys

def loopback_up():
    with socket.socket() as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", 0x41))

loopback_up()
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
from datetime import UTC, datetime, timedelta
from desk import QUICK, LinesReader, MemoryDesk, poll, source
from web import Web
from monitor.collect.crawl import Crawl

HOSTS = ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0",
         "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.2"]

async def main(allow):
    web, desk = Web(), MemoryDesk()
    await web.start(("127.0.0.1", "127.0.0.2", "::1"))
    web.say("/feed", "lines")
    settings = QUICK | {"EGRESS_ALLOW": allow, "ROBOTSTXT_OBEY": True}
    hub = Crawl(desk, LinesReader(), lambda: datetime.now(UTC), random.Random(1), settings)
    await hub.start()
    await poll(hub, *(source(f"http://{host}:{web.port}/feed", f"s{n}")
                      for n, host in enumerate(HOSTS)))
    await hub.stop(timedelta(seconds=30))
    await web.stop()
    return {"connections": len(web.asked), "ends": {one.source: one.error for one in desk.settled}}

print(json.dumps([asyncio.run(main([])), asyncio.run(main(["127.0.0.0/8", "::1"]))]))
"""


@pytest.mark.netns
def test_no_spelling_of_a_forbidden_address_is_called_even_for_its_robots():
    alone = ["unshare", "--net", "--map-root-user"]
    try:
        subprocess.run([*alone, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs network namespaces: `unshare --net` is not permitted here")

    done = subprocess.run(
        [*alone, sys.executable, "-c", SCRIPT, str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    guarded, allowed = json.loads(done.stdout)
    assert guarded["connections"] == 0
    assert len(guarded["ends"]) == 11
    refused = ("egress: ", "address: ")  # the client itself refuses 127.1 and its like
    assert all(end.startswith(refused) for end in guarded["ends"].values())
    assert allowed["connections"] > 0, "the test must be able to fail"
