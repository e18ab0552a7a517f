"""Open ports, as interfaces change, and the messages about them."""

from __future__ import annotations

import errno

from tests.adapters.net.socketworld import BARE, EM1, EM2, World, reply

NOT_RUNNING = "the interface em1 is not running"
NO_ADDRESS = "failed to open socket: the interface em1 has no usable IPv4 addresses configured"


def test_a_good_start_says_what_is_listened_on() -> None:
    world = World(EM1, EM2)
    world.open("em1")
    assert world.open_ports.listening == ("em1",)
    assert world.log.lines == [
        ("DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", "using socket type raw"),
        ("DHCPSRV_CFGMGR_ADD_IFACE", "listening on interface em1"),
    ]


def test_each_kind_of_entry_has_its_line() -> None:
    world = World(EM1, EM2)
    world.open("em1/10.0.0.1", "*")
    assert world.log.lines[1:] == [
        ("DHCPSRV_CFGMGR_USE_ADDRESS", "listening on address 10.0.0.1, on interface em1"),
        ("DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE", "enabling listening on all interfaces"),
    ]
    assert sorted(world.open_ports.listening) == ["em1", "em2"]


def test_a_deaf_start_is_said_in_keas_order_and_words() -> None:
    world = World(BARE)
    world.open("em1")
    assert world.log.lines[2:] == [
        ("DHCPSRV_OPEN_SOCKET_FAIL", NO_ADDRESS),
        (
            "DHCP4_OPEN_SOCKETS_FAILED",
            "maximum number of open service sockets attempts: 0, has been exhausted without success",
        ),
        ("DHCPSRV_NO_SOCKETS_OPEN", "no interface configured to listen to DHCP traffic"),
    ]
    assert world.open_ports.listening == ()
    assert list(world.sockets.complaints) == ["em1"]


def test_no_entry_is_no_failure_but_said() -> None:
    world = World(EM1)
    world.open()
    assert world.log.identifiers() == ["DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", "DHCPSRV_NO_SOCKETS_OPEN"]


def test_attempts_are_repeated_as_configured() -> None:
    world = World(BARE, EM2)
    retries = {"service_sockets_max_retries": 2, "service_sockets_retry_wait_time": 500}
    world.open("em1", "em2", **retries)
    for _ in range(3):
        world.clock.advance(0.5)
    assert world.log.identifiers()[3:] == ["DHCPSRV_OPEN_SOCKET_FAIL"] * 3 + ["DHCP4_OPEN_SOCKETS_FAILED"]
    assert world.open_ports.listening == ("em2",)


def test_an_attempt_that_succeeds_ends_them_quietly() -> None:
    world = World(BARE)
    world.open("em1", service_sockets_max_retries=5, service_sockets_retry_wait_time=500)
    world.have(EM1)
    world.clock.advance(0.5)
    assert world.open_ports.listening == ("em1",)
    assert "DHCP4_OPEN_SOCKETS_FAILED" not in world.log.identifiers()


def test_a_server_that_requires_all_gives_up_after_the_last_attempt() -> None:
    world = World(BARE, EM2)
    world.open("em1", "em2", service_sockets_require_all=True, service_sockets_max_retries=1)
    assert world.happened == ["open em2"]
    world.clock.advance(5)
    assert world.happened == ["open em2", "give up"]


def test_an_address_that_comes_later_is_opened_then() -> None:
    world = World(BARE)
    world.open("em1")
    world.wait()
    assert world.log.lines == []  # nothing new, nothing said
    world.have(EM1)
    world.wait()
    assert world.open_ports.listening == ("em1",)
    assert world.log.lines == [("DHCPSRV_INTERFACE_OPENED", "interface em1 can be used now, listening on 10.0.0.1")]


def test_an_interface_that_does_not_exist_yet_is_waited_for() -> None:
    world = World()
    world.open("em1")
    assert world.log.texts("DHCPSRV_OPEN_SOCKET_FAIL") == [
        "failed to open socket: interface 'em1' doesn't exist in the system"
    ]
    world.have(EM1)
    world.wait()
    assert world.open_ports.listening == ("em1",)


def test_without_detection_only_interfaces_of_the_start_are_used() -> None:
    world = World(EM1)
    world.open("em1", "em2", re_detect=False)
    world.have(EM1, EM2)
    world.wait()
    assert world.open_ports.listening == ("em1",)
    world.open("*", re_detect=False)
    assert world.open_ports.listening == ("em1",)
    world.sockets.redetect()
    assert world.open_ports.listening == ("em1", "em2")


def test_the_bound_of_waiting_packets_is_that_of_the_configuration() -> None:
    world = World(EM1, EM2)
    world.open("em1", packet_bound=7)
    world.open("em1", "em2", packet_bound=9)
    assert [port.most for port in world.ports] == [9, 9]


def test_an_interface_that_goes_is_closed_and_opened_when_it_returns_as_another() -> None:
    world = World(EM1)
    world.open("em1")
    world.have()
    world.wait()
    assert world.log.identifiers() == ["DHCPSRV_INTERFACE_LOST", "DHCPSRV_OPEN_SOCKET_FAIL"]
    world.have(EM1._replace(ifindex=9))
    world.wait()
    assert world.happened == ["open em1", "close em1", "open em1"]


def test_an_interface_replaced_between_two_looks_is_opened_anew() -> None:
    world = World(EM1)
    world.open("em1")
    world.have(EM1._replace(ifindex=9))
    world.wait()
    assert world.happened == ["open em1", "close em1", "open em1"]


def test_an_address_that_changes_opens_the_port_anew() -> None:
    world = World(EM1)
    world.open("em1")
    world.have(EM1._replace(addresses=(0x0A000002,)))
    world.wait()
    assert world.happened == ["open em1", "close em1", "open em1"]
    assert world.ports[-1].nic.addresses == (0x0A000002,)


def test_a_pulled_cable_or_a_lost_address_closes_nothing() -> None:
    world = World(EM1)
    world.open("em1")
    said = []
    for nic in (EM1._replace(running=False), BARE, EM1):
        world.have(nic)
        world.wait()
        said += world.log.lines
    assert world.happened == ["open em1"]
    assert said == [
        ("DHCPSRV_INTERFACE_DEAF", f"nothing can be heard on interface em1: {NOT_RUNNING}"),
        ("DHCPSRV_INTERFACE_HEARS", "interface em1 can be heard on again"),
    ]


def test_who_hears_nothing_anywhere_is_deaf() -> None:
    """One interface that hears is enough; each change is told."""
    world = World(EM1, EM2)
    told: list[str] = []
    world.sockets.subscribe(lambda: told.append(world.sockets.deaf))
    world.open("em1", "em2")
    world.have(EM1._replace(running=False), EM2)
    world.wait()
    assert told == ["", ""]
    assert world.sockets.complaints == {"em1": NOT_RUNNING}
    world.have(EM1._replace(running=False))  # the other one is deleted
    world.wait()
    gone = "interface 'em2' doesn't exist in the system"
    assert NOT_RUNNING in told[-1] and gone in told[-1]
    world.have(EM1)
    world.wait()
    assert told[-1] == ""


def test_the_addresses_of_deaf_interfaces_are_those_that_they_had() -> None:
    world = World(EM1, EM2)
    world.open("em1", "em2")
    assert not world.open_ports.deaf_addresses()
    gone: dict[str, int] = {"em1": EM1.addresses[0], "em2": EM2.addresses[0]}
    for nics, deaf in (
        ((EM1._replace(running=False), EM2), {"em1"}),  # no carrier
        ((EM1, EM2._replace(addresses=())), {"em2"}),
        ((EM1,), {"em2"}),  # deleted
        ((EM1._replace(up=False),), {"em1", "em2"}),
        ((EM1, EM2), set()),
    ):
        world.have(*nics)
        world.wait()
        assert world.open_ports.deaf_addresses() == {gone[name] for name in deaf}


def test_an_interface_that_is_down_from_the_start_has_the_addresses_that_are_configured_on_it() -> None:
    world = World(EM1, EM2._replace(up=False))
    world.open("em1", "em2")
    assert world.open_ports.deaf_addresses() == set(EM2.addresses)


def test_a_server_without_any_socket_is_deaf() -> None:
    world = World(EM1)
    assert world.sockets.deaf == "no interface is listened on"
    world.open("em9")
    assert "interface 'em9' doesn't exist in the system" in world.sockets.deaf


def test_a_notice_of_the_kernel_is_not_waited_for_twice() -> None:
    """While the attempts of the start go on, they are not cut short."""
    world = World(BARE)
    world.open("em1", service_sockets_max_retries=1, service_sockets_retry_wait_time=500)
    world.have(EM1)
    world.sockets.links_changed()
    assert world.open_ports.listening == ()
    world.clock.advance(0.5)
    assert world.open_ports.listening == ("em1",)
    world.have(EM1._replace(running=False))
    world.sockets.links_changed()
    assert world.sockets.deaf


def test_a_datagram_leaves_from_the_socket_of_its_source() -> None:
    routes = {0x0A000005: 0x0A000001, 0x0A000105: 0x0A000101, 0x0A000205: 0x0A000201}
    world = World(EM1, EM2, route=routes.get)
    world.open("em1", "em2")
    assert world.open_ports.source_for(0x0A000005) == 0x0A000001
    assert world.open_ports.source_for(0x0A000205) is None  # through an interface that is not listened on
    assert world.open_ports.source_for(1) is None
    world.open_ports.send_datagram(b"data", 0x0A000101, 0x0A000105)
    (sent,) = world.ports[1].sent
    assert (sent.payload, sent.source, sent.destination, sent.port, sent.mac) == (
        b"data", 0x0A000101, 0x0A000105, 67, b"",
    )  # fmt: skip


def test_a_port_that_broke_is_opened_anew() -> None:
    world = World(EM1)
    world.open("em1")
    world.ports[0].alive = False
    assert world.open_ports.listening == ()
    world.wait()
    assert world.open_ports.listening == ("em1",)


def test_another_server_in_the_way_is_said_once_and_its_end_noticed() -> None:
    world = World(EM1)
    world.refusals["em1"] = OSError(errno.EADDRINUSE, "Address already in use")
    world.open("em1")
    assert world.log.texts("DHCPSRV_OPEN_SOCKET_FAIL") == [
        "failed to open socket: Failed to open socket on interface em1, reason: Address already in use"
    ]
    world.wait()
    assert world.log.lines == []
    world.refusals.clear()
    world.wait()
    assert world.open_ports.listening == ("em1",)


def test_a_missing_privilege_comes_with_a_hint() -> None:
    world = World(EM1)
    world.refusals["em1"] = PermissionError(errno.EPERM, "Operation not permitted")
    world.open("em1")
    assert world.log.texts("DHCPSRV_OPEN_SOCKET_FAIL")[0].endswith(
        "Operation not permitted (raw sockets and ports below 1024 need root or a capability)"
    )


def test_a_reconfiguration_touches_only_what_changed() -> None:
    world = World(EM1, EM2)
    world.open("em1")
    world.open("em1", "em2")
    world.open("em2")
    assert world.happened == ["open em1", "open em2", "close em1"]


def test_another_socket_type_opens_everything_anew() -> None:
    world = World(EM1)
    world.open("em1")
    world.open("em1", dhcp_socket_type="udp")
    assert world.happened == ["open em1", "close em1", "open em1"]
    assert [port.config.dhcp_socket_type for port in world.ports] == ["raw", "udp"]


def test_another_way_out_opens_everything_anew() -> None:
    world = World(EM1)
    world.open("em1", dhcp_socket_type="udp")
    world.open("em1", dhcp_socket_type="udp", outbound_interface="use-routing")
    assert world.happened == ["open em1", "close em1", "open em1"]
    assert world.ports[-1].config.outbound_interface == "use-routing"


def test_addresses_that_are_named_and_the_whole_interface_are_bound_differently() -> None:
    world = World(EM1)
    world.open("em1")
    world.open("em1/10.0.0.1")
    assert [port.nic.named for port in world.ports] == [False, True]


def test_closing_ends_everything() -> None:
    world = World(EM1)
    world.open("em1")
    world.sockets.close()
    assert world.happened == ["open em1", "close em1"]
    assert world.clock.getDelayedCalls() == []


def test_a_reply_leaves_by_its_interface() -> None:
    world = World(EM1, EM2)
    world.open("em1", "em2")
    world.open_ports.send(reply("em2"))
    assert [len(port.sent) for port in world.ports] == [0, 1]


def test_a_reply_that_cannot_leave_is_logged_with_its_client() -> None:
    world = World(EM1)
    world.open("em1")
    world.refusals["send"] = OSError(errno.ENOBUFS, "No buffer space available")
    world.open_ports.send(reply("em1"))
    world.open_ports.send(reply("em7"))
    label = "[hwtype=1 08:00:27:c4:0f:d1], cid=[no info], tid=0x1d4e6eaa: failed to send DHCPv4 packet: "
    assert world.log.texts("DHCP4_PACKET_SEND_FAIL") == [
        label + "No buffer space available",
        label + "no socket is open on interface em7",
    ]


def test_without_descriptors_what_is_open_stays() -> None:
    world = World(EM1, EM2)
    world.open("em1", "em2", service_sockets_require_all=True)
    world.blind = OSError(24, "Too many open files")
    world.wait()
    assert world.log.lines == [
        (
            "DHCPSRV_OPEN_SOCKET_FAIL",
            "failed to open socket: Failed to list the interfaces, reason: Too many open files",
        )
    ]
    world.wait()
    assert world.log.lines == []
    world.open("em1", "em2", service_sockets_require_all=True)
    assert (world.sockets.deaf, world.open_ports.listening) == ("", ("em1", "em2"))
    assert world.happened == ["open em1", "open em2"]
    world.blind = None
    world.wait()
    assert not world.sockets.complaints


def test_a_start_without_descriptors_is_deaf() -> None:
    world = World(EM1)
    world.blind = OSError(24, "Too many open files")
    world.open("em1", service_sockets_require_all=True)
    assert "Too many open files" in world.sockets.deaf
    assert world.happened == ["give up"]
