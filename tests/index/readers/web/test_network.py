import socket
from threading import Event

import pytest

from index.errors import ContentError
from index.readers.web.network import Deadline, Network, UnavailableError, is_public

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]

NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",  # carrier-grade NAT
    "100.127.255.254",
    "127.0.0.1",
    "169.254.169.254",  # where clouds keep credentials
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::a9fe:a9fe",
    "::ffff:0:7f00:1",  # IPv4-translated
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::5db8:d70e",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",  # Teredo
    "2001:0:a9fe:a9fe::1",
    "2001:db8::1",
    "2002:7f00:1::1",  # 6to4
    "2002:5db8:d70e::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # where a cloud keeps credentials
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_what_anybody_can_reach_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_local_or_hides_another_address_is_not(address: str) -> None:
    assert not is_public(address)


class Recorded:
    """A connect that goes nowhere and keeps where it would have gone."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, address: tuple[str, int], _seconds: float) -> socket.socket:
        self.asked.append(address[0])
        raise ConnectionRefusedError("refused")


def opened(network: Network, *, private: bool = False, seconds: float = 1) -> socket.socket:
    deadline = Deadline.after(seconds)
    return network.open("faq.test", 80, private=private, deadline=deadline, where="here")


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    connect = Recorded()
    for addresses in ([*PUBLIC, "10.0.0.1"], ["10.0.0.1", *PUBLIC], ["127.0.0.1"]):
        with pytest.raises(
            ContentError, match=r"here: 1\d+\.0\.0\.1 is not a public address\. Add"
        ):
            opened(Network(lambda *_, found=addresses: found, connect))
    assert connect.asked == []


def test_the_connection_goes_to_the_addresses_that_were_judged_and_to_no_other() -> None:
    answers = iter([PUBLIC[:2], ["127.0.0.1"]])  # the second answer would be private
    connect = Recorded()
    with pytest.raises(ConnectionRefusedError):
        opened(Network(lambda *_: next(answers), connect))
    assert connect.asked == PUBLIC[:2]
    assert next(answers) == ["127.0.0.1"]  # nobody asked again


def test_of_many_addresses_a_few_are_tried() -> None:
    connect = Recorded()
    with pytest.raises(ConnectionRefusedError):
        opened(Network(lambda *_: [f"10.0.0.{n}" for n in range(50)], connect), private=True)
    assert connect.asked == ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_an_unknown_host_is_one_clear_line(error: Exception) -> None:
    def resolve(*_: object) -> list[str]:
        raise error

    with pytest.raises(UnavailableError, match=r"here: the host “faq\.test” is not known\. Check"):
        opened(Network(resolve))


def test_a_resolver_that_does_not_answer_is_left_behind() -> None:
    answered = Event()

    def resolve(*_: object) -> list[str]:
        answered.wait(20)
        return []

    with pytest.raises(TimeoutError):
        opened(Network(resolve), seconds=0.05)
    answered.set()
