"""Update messages: their records, their signatures, the responses that count."""

from __future__ import annotations

from dataclasses import replace

import dns.message
import dns.tsig
import dns.update
import pytest
from dns.rdtypes.ANY.TSIG import TSIG

from kea_twisted.ddns import messages
from kea_twisted.ddns.messages import InvalidResponse, render, response_code
from kea_twisted.ddns.parse import ALGORITHMS
from kea_twisted.ddns.request import CHECK_EXISTS_WITH_DHCID, NO_CHECK_WITHOUT_DHCID, REMOVE, NameChange
from kea_twisted.ddns.settings import TsigKey
from kea_twisted.ddns.signing import cut, dnspython_key
from kea_twisted.ddns.steps import FORWARD, REVERSE
from kea_twisted.ddns.transaction import Update
from tests.ddnsbuilders import KEY, domain, request

NOW = 1_800_000_000


def records(asked: NameChange, step: int = 0, *, reverse: bool = False) -> list[str]:
    """The prerequisites, then the updates, as text."""
    plan = (REVERSE if reverse else FORWARD)[asked.change_type, asked.mode]
    zone = domain("2.0.192.in-addr.arpa." if reverse else "example.com.")
    name = "1.2.0.192.in-addr.arpa." if reverse else asked.fqdn
    sent = render(Update(plan[step], name, zone, zone.servers[0]), asked, 7, NOW)
    message = dns.message.from_wire(sent.wire)
    assert isinstance(message, dns.update.UpdateMessage) and message.id == 7
    assert str(message.zone[0].name) == zone.name
    texts = (str(each).replace(name, "@") for each in (*message.prerequisite, *message.update))
    return [text.replace("@ 0 ", "@ ").replace("MU FR", "MUFR") for text in texts]


DATA = "DHCID AAEBAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_the_records_of_additions() -> None:
    assert records(request()) == ["@ NONE ANY", "@ 1200 IN A 192.0.2.1", f"@ 1200 IN {DATA}"]
    assert records(request(), 1) == ["@ ANY ANY", f"@ IN {DATA}", "@ ANY A", "@ 1200 IN A 192.0.2.1"]
    exists = records(request(mode=CHECK_EXISTS_WITH_DHCID), 1)
    assert exists == ["@ ANY DHCID", "@ ANY A", "@ ANY DHCID", "@ 1200 IN A 192.0.2.1", f"@ 1200 IN {DATA}"]
    bare = records(request(mode=NO_CHECK_WITHOUT_DHCID, address="2001:db8::1"))
    assert bare == ["@ ANY AAAA", "@ 1200 IN AAAA 2001:db8::1"]
    assert records(request(), reverse=True) == [
        "@ ANY PTR", "@ ANY DHCID", "@ 1200 IN PTR h.example.com.", f"@ 1200 IN {DATA}",
    ]  # fmt: skip


def test_a_name_has_the_capital_letters_of_its_zone() -> None:
    assert records(request(fqdn="H.EXAMPLE.com."))[0] == "H.example.com. NONE ANY"


def test_the_records_of_removals() -> None:
    asked = request(change_type=REMOVE)
    assert records(asked) == [f"@ IN {DATA}", "@ NONE A 192.0.2.1"]
    assert records(asked, 1) == [f"@ IN {DATA}", "@ NONE A", "@ NONE AAAA", "@ ANY ANY"]
    assert records(asked, reverse=True) == ["@ IN PTR h.example.com.", "@ ANY ANY"]


def keys() -> list[TsigKey]:
    """Every algorithm, whole and cut as far as it may be."""
    return [replace(KEY, algorithm=name, digest_bits=bits) for name, least in ALGORITHMS.items() for bits in (0, least)]


def sent_and_response(key: TsigKey | None, code: int = 0, **other: object) -> tuple[object, bytes]:
    """An update, and the response of a server that has another key where ``secret`` is given."""
    zone = domain("example.com.", key=key)
    sent = render(Update(FORWARD[0, "check-with-dhcid"][0], "h.example.com.", zone, zone.servers[0]), request(), 7, NOW)
    answer = dns.update.UpdateMessage("example.com.", id=7)
    answer.flags |= 0x8000
    answer.set_rcode(code)
    wire = answer.to_wire()
    if key is not None:
        theirs = replace(key, **other)  # type: ignore[arg-type]
        signed = dnspython_key(theirs)
        template = TSIG(255, 250, signed.algorithm, 0, 300, b"", 7, 0, b"")
        made, _ = dns.tsig.sign(wire, signed, template, NOW, sent.mac)  # type: ignore[no-untyped-call]
        data = made.replace(mac=cut(made.mac, theirs)).to_wire()
        head = signed.name.to_wire() + bytes.fromhex("00fa00ff00000000")
        wire = wire[:10] + b"\0\1" + wire[12:] + head + len(data).to_bytes(2, "big") + data
    return sent, wire


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    """dnspython looks at the clock itself."""
    monkeypatch.setattr("time.time", lambda: float(NOW))


@pytest.mark.parametrize("key", [None, *keys()], ids=str)
def test_the_code_of_a_response(key: TsigKey | None) -> None:
    sent, response = sent_and_response(key, 6)
    assert response_code(response, sent, NOW) == 6  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [each for each in keys() if not each.digest_bits], ids=str)
def test_a_signature_is_what_dnspython_expects(key: TsigKey) -> None:
    sent, _ = sent_and_response(key)
    message = dns.message.from_wire(sent.wire, keyring=dnspython_key(key))  # type: ignore[attr-defined]
    assert message.had_tsig and message.mac == sent.mac  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    ["a.example.com.", "a\\.b\\032c.example.com.", "\\255.example.com.", f"{'x' * 63}." * 3 + "example.com.", "."],
)
def test_any_name_is_written(name: str) -> None:
    asked = request(fqdn=name)
    zone = domain("example.com.")
    sent = render(Update(FORWARD[0, "check-with-dhcid"][0], name, zone, zone.servers[0]), asked, 7, NOW)
    message = dns.message.from_wire(sent.wire)
    assert {str(each.name) for section in message.sections[1:3] for each in section} == {name}


@pytest.mark.parametrize("key", keys(), ids=str)
def test_every_changed_byte_of_a_signed_response_is_noticed(key: TsigKey) -> None:
    sent, response = sent_and_response(key)
    ttl = response.index(b"\0\xfa\0\xff") + 4  # of the signature, which covers all but this and the identifier
    for place in {*range(2, len(response))} - {*range(ttl, ttl + 4)}:
        changed = response[:place] + bytes((response[place] ^ 1,)) + response[place + 1 :]
        try:
            code = response_code(changed, sent, NOW)  # type: ignore[arg-type]
        except InvalidResponse:
            continue
        raise AssertionError(f"byte {place} may be changed, the code is {code}")


@pytest.mark.parametrize("key", [each for each in keys() if each.algorithm != "hmac-md5"], ids=str)
def test_the_usual_response_needs_no_dnspython(key: TsigKey, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, response = sent_and_response(key, 6)
    monkeypatch.setattr("dns.message.from_wire", None)
    assert messages.response_code(response, sent, NOW) == 6  # type: ignore[arg-type]


@pytest.mark.parametrize("key", keys(), ids=str)
def test_a_response_by_another_secret_is_refused(key: TsigKey) -> None:
    sent, response = sent_and_response(key, secret=b"other")
    with pytest.raises(InvalidResponse):
        response_code(response, sent, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [KEY, replace(KEY, digest_bits=128)], ids=str)
def test_what_else_is_refused(key: TsigKey) -> None:
    sent, response = sent_and_response(key)
    for bad in (
        response[:-1],
        response[:40],
        sent_and_response(None)[1],
        b"",
        bytes(12),
        response[:3] + b"\5" + response[4:],
    ):
        with pytest.raises(InvalidResponse):
            response_code(bad, sent, NOW)  # type: ignore[arg-type]
    _, renamed = sent_and_response(key, name="key2")
    with pytest.raises(InvalidResponse):
        response_code(renamed, sent, NOW)  # type: ignore[arg-type]


def test_a_cut_signature_that_is_old_or_too_short_is_refused() -> None:
    key = replace(KEY, digest_bits=128)
    sent, response = sent_and_response(key)
    with pytest.raises(InvalidResponse, match="BADTIME"):
        response_code(response, sent, NOW + 301)  # type: ignore[arg-type]
    _, short = sent_and_response(key, digest_bits=80)
    with pytest.raises(InvalidResponse, match="BADSIG"):
        response_code(short, sent, NOW)  # type: ignore[arg-type]


def test_a_query_is_no_response() -> None:
    sent, response = sent_and_response(None)
    for second_byte in (0x28, 0x80):  # an update that is a request; a response to a query
        with pytest.raises(InvalidResponse):
            response_code(response[:2] + bytes((second_byte,)) + response[3:], sent, NOW)  # type: ignore[arg-type]
