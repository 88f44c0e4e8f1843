"""We call public addresses, and no others unless the configuration names them."""

import json
import os
import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.egress import (
    EgressRefused,
    GuardedResolver,
    guard,
    literal,
    networks,
    refusal,
)

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


# Names


async def test_a_name_of_which_one_address_is_allowed_by_name_is_called_there_only():
    """`localhost` is 127.0.0.1 and ::1 to many; who allows the first does not mean the other."""
    found = await GuardedResolver(networks(["127.0.0.1"])).resolve("localhost", 80)

    assert {one["host"] for one in found} == {"127.0.0.1"}


async def test_a_name_that_leads_to_what_is_not_public_is_refused_with_the_mend():
    with pytest.raises(
        EgressRefused, match=r"^localhost leads to 127\.0\.0\.1, a loopback address"
    ):
        await GuardedResolver(()).resolve("localhost", 80)


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f.1", "0177.0.0.1", "2130706433", "127.0.0.1.", "127.0.0.1"]
)
def test_each_spelling_of_an_address_is_read(host):
    assert literal(host) == ip_address("127.0.0.1")


@pytest.mark.parametrize("host", ["example.org", "127.example.org", "1.2.3.4.5", "x1", ""])
def test_a_name_is_no_address(host):
    assert literal(host) is None


# In a network of its own


def alone(*words: str) -> dict[str, dict]:
    """Try everything where a guard with a hole in it reaches nobody's network."""
    apart = ["unshare", "--net", "--mount", "--map-root-user"]
    try:
        subprocess.run([*apart, "ip", "link"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs network namespaces and ip: `unshare --net --mount` is not permitted")
    done = subprocess.run(
        [*apart, sys.executable, ROOT / "tests/alone.py", *words],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def guarded() -> dict[str, dict]:
    return alone()


@pytest.fixture(scope="module")
def unguarded() -> dict[str, dict]:
    return alone("open")


# Of each of these some peer's guard was once without an answer.
LITERAL = [
    "loopback",
    "short",
    "hexadecimal",
    "decimal",
    "octal",
    "zero",
    "circled digits",
    "with a dot",
    "six",
    "mapped",
    "mapped in hexadecimal",
    "private",
    "metadata",
    "carrier NAT",
    "NAT64",
    "6to4",
    "name of loopback",
    "name of both",
]
REFUSED = [
    *LITERAL,
    "userinfo",
    "redirect to loopback",
    "redirect to a name of loopback",
    "redirect to a file",
    "redirect to data",
    "redirect by proxy to a file",
    "redirect by proxy to data",
    "redirect by proxy to loopback",
    "redirect by proxy to a name of loopback",
    "proxy on loopback",
    "SOCKS on loopback",
    "proxy named on loopback",
    "proxy to intranet",
    "proxy to metadata.google.internal",
    "proxy to printer.local",
    "link of an entry",
    "older",
    "robots",
    "rebinding",
]


@pytest.mark.netns
@pytest.mark.parametrize("how", ["direct", "http", "socks"])
@pytest.mark.parametrize("case", LITERAL)
def test_no_spelling_of_a_forbidden_address_is_called(guarded, how, case):
    end = guarded["ends"][f"{how}: {case}"]

    assert (end["called"], end["proxied"]) == (0, 0)
    assert end["error"].startswith(("egress: ", "address: "))  # some the client itself refuses


@pytest.mark.netns
@pytest.mark.parametrize("case", [one for one in REFUSED if one not in LITERAL])
def test_nothing_leads_to_a_forbidden_address(guarded, case):
    end = guarded["ends"][case]

    assert end["called"] == 0
    assert "egress: " in end["error"] or end["error"].startswith("http 302: ")


@pytest.mark.netns
def test_what_is_public_is_called(guarded):
    for case in ("public", "a source with older pages", "rebinding, at first"):
        assert guarded["ends"][case]["error"] is None


@pytest.mark.netns
def test_nothing_inside_was_called_at_all(guarded, unguarded):
    assert guarded["called"] == 0
    assert unguarded["called"] > 0


@pytest.mark.netns
def test_without_the_guard_they_are_called(unguarded):
    """The tests above must be able to fail."""
    silent = {
        case for case, end in unguarded["ends"].items() if not end["called"] and not end["proxied"]
    }
    odd = ("short", "decimal", "octal", "zero", "with a dot")
    by_the_client = {f"{how}: {one}" for how in ("direct", "socks") for one in odd}
    by_scrapy = {"redirect to a file", "redirect to data"}
    public = {"public", "a source with older pages", "rebinding, at first"}
    nowhere = {one for one in REFUSED if one.startswith("proxy to ")}

    assert silent == by_the_client | by_scrapy | public | nowhere
