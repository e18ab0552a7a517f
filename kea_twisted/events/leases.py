"""Leases: given, refused, given back, reclaimed; and their file."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

# --- leases ---------------------------------------------------------------------------------------------------
DHCP4_DISCOVER = Event(
    "DHCP4_DISCOVER", DEBUG, "leases", "{}: server is processing DHCPDISCOVER with hint={}", "", debuglevel=50
)
DHCP4_REQUEST = Event(
    "DHCP4_REQUEST", DEBUG, "leases", "{}: server is processing DHCPREQUEST with hint={}", "", debuglevel=50
)
DHCP4_INIT_REBOOT = Event(
    "DHCP4_INIT_REBOOT",
    INFO,
    "leases",
    "{}: client is in INIT-REBOOT state and requests address {}",
    "a client came back and remembers its address",
)
DHCP4_LEASE_OFFER = Event(
    "DHCP4_LEASE_OFFER", INFO, "leases", "{}: lease {} will be offered", "nothing is stored yet", plain=True
)
DHCP4_LEASE_ALLOC = Event(
    "DHCP4_LEASE_ALLOC",
    INFO,
    "leases",
    "{}: lease {} has been allocated for {} seconds",
    "the client holds it now",
    plain=True,
)
DHCP4_LEASE_REUSE = Event(
    "DHCP4_LEASE_REUSE",
    INFO,
    "leases",
    "{}: lease {} has been reused for {} seconds",
    "asked again soon (cache-threshold, cache-max-age): confirmed as it was, nothing is written",
    plain=True,
)
DHCP4_RELEASE = Event("DHCP4_RELEASE", INFO, "leases", "{}: address {} was released properly.", "the client gave it up")
DHCP4_RELEASE_EXPIRED = Event(
    "DHCP4_RELEASE_EXPIRED",
    INFO,
    "leases",
    "{}: address {} expired on release.",
    "kept for a while, so that the client may get it again",
)
DHCP4_RELEASE_DELETED = Event(
    "DHCP4_RELEASE_DELETED", INFO, "leases", "{}: address {} was deleted on release.", "it can be given to any client"
)
DHCP4_RELEASE_FAIL_NO_LEASE = Event(
    "DHCP4_RELEASE_FAIL_NO_LEASE",
    DEBUG,
    "leases",
    "{}: client is trying to release non-existing lease {}",
    "",
    debuglevel=50,
)
DHCP4_RELEASE_FAIL_WRONG_CLIENT = Event(
    "DHCP4_RELEASE_FAIL_WRONG_CLIENT",
    DEBUG,
    "leases",
    "{}: client is trying to release the lease {} which belongs to a different client",
    "",
    debuglevel=50,
)
DHCP4_RELEASE_FAIL_NOT_ASSIGNED = Event(
    "DHCP4_RELEASE_FAIL_NOT_ASSIGNED",
    DEBUG,
    "leases",
    "{}: client is trying to release the lease {} which is in the {} state",
    "",
    debuglevel=50,
)
DHCP4_DECLINE_LEASE = Event(
    "DHCP4_DECLINE_LEASE",
    INFO,
    "leases",
    "Received DHCPDECLINE for addr {} from client {}. The lease will be unavailable for {} seconds.",
    "the client found another host using the address",
)
DHCP4_SERVER_INITIATED_DECLINE = Event(
    "DHCP4_SERVER_INITIATED_DECLINE",
    INFO,
    "leases",
    "{}: Lease for addr {} has been found to be already in use. The lease will be unavailable for {} seconds.",
    "a probe before the offer was answered",
)
DHCP4_DECLINE_LEASE_NOT_FOUND = Event(
    "DHCP4_DECLINE_LEASE_NOT_FOUND",
    WARN,
    "dhcp4",
    "Received DHCPDECLINE for addr {} from client {}, but no such lease found.",
    "ignored",
)
DHCP4_DECLINE_LEASE_MISMATCH = Event(
    "DHCP4_DECLINE_LEASE_MISMATCH",
    WARN,
    "dhcp4",
    "Received DHCPDECLINE for addr {} from client {}, but the data doesn't match: received hwaddr: {}, lease hwaddr: {}"
    ", received client-id: {}, lease client-id: {}",
    "ignored: the lease is another client's",
)
ALLOC_ENGINE_V4_ALLOC_FAIL = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL",
    WARN,
    "alloc-engine",
    "{}: failed to allocate an IPv4 address after {} attempt(s)",
    "every address of the pools is taken",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET",
    WARN,
    "alloc-engine",
    "{}: failed to allocate an IPv4 lease in the subnet {}, subnet-id {}, shared network {}",
    "where it failed",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK",
    WARN,
    "alloc-engine",
    "{}: failed to allocate an IPv4 address in the shared network {}: {} subnets have no available addresses,"
    " {} subnets have no matching pools",
    "where it failed",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS",
    WARN,
    "alloc-engine",
    "{}: no pools were available for the address allocation",
    "the subnet has no pool",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES",
    WARN,
    "alloc-engine",
    "{}: Failed to allocate an IPv4 address for client with classes: {}",
    "whom it failed for",
)
ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT = Event(
    "ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT",
    WARN,
    "alloc-engine",
    "{}: conflicting reservation for address {} with existing lease {}",
    "the address reserved for this client is leased to another one; it is offered a different one until that ends",
)
ALLOC_ENGINE_V4_DECLINED_RECOVERED = Event(
    "ALLOC_ENGINE_V4_DECLINED_RECOVERED",
    INFO,
    "alloc-engine",
    "IPv4 address {} was recovered after {} seconds of probation-period",
    "a declined address can be given out again",
)
ALLOC_ENGINE_LEASE_RECLAIMED = Event(
    "ALLOC_ENGINE_LEASE_RECLAIMED", DEBUG, "alloc-engine", "successfully reclaimed lease {}", "", debuglevel=40
)
ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW = Event(
    "ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW",
    WARN,
    "alloc-engine",
    "expired leases still exist after {} reclamations",
    "more leases expire than max-reclaim-leases lets go",
)
ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE = Event(
    "ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE",
    DEBUG,
    "alloc-engine",
    "reclaimed {} leases",
    "",
    debuglevel=40,
)
ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE = Event(
    "ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE",
    DEBUG,
    "alloc-engine",
    "successfully deleted {} expired-reclaimed leases",
    "",
    debuglevel=40,
)
DHCP4_LEASE_SAVE_FAILED = Event(
    "DHCP4_LEASE_SAVE_FAILED",
    ERROR,
    "leases",
    "{} changes could not be written to the lease file: {}",
    "no ACK leaves until the lease file can be written again",
)

# --- lease file -----------------------------------------------------------------------------------------------
DHCPSRV_MEMFILE_DB = Event(
    "DHCPSRV_MEMFILE_DB", INFO, "dhcpsrv", "opening memory file lease database: {}", "once per configuration"
)
DHCPSRV_MEMFILE_NO_STORAGE = Event(
    "DHCPSRV_MEMFILE_NO_STORAGE",
    WARN,
    "dhcpsrv",
    "running in non-persistent mode, leases will be lost after restart",
    "persist is false",
)
DHCPSRV_MEMFILE_FAILED_TO_OPEN = Event(
    "DHCPSRV_MEMFILE_FAILED_TO_OPEN", ERROR, "dhcpsrv", "Could not open lease file: {}", "the server does not start"
)
DHCPSRV_MEMFILE_LEASE_FILE_LOAD = Event(
    "DHCPSRV_MEMFILE_LEASE_FILE_LOAD", INFO, "dhcpsrv", "loading leases from file {}", "one of up to three files"
)
DHCPSRV_MEMFILE_LEASE_FILE_RESTORED = Event(
    "DHCPSRV_MEMFILE_LEASE_FILE_RESTORED",
    WARN,
    "dhcpsrv",
    "lease file {} was {} while it was in use: all leases, {} of them, have been written to it again",
    "by another program; checked every ten seconds, at a reload and before a cleanup",
)
DHCPSRV_MEMFILE_LEASE_FILE_NOT_RESTORED = Event(
    "DHCPSRV_MEMFILE_LEASE_FILE_NOT_RESTORED",
    ERROR,
    "dhcpsrv",
    "lease file {} was {} while it was in use, and cannot be written again: {}",
    "tried again every ten seconds; after a restart the leases would be lost",
)
DHCPSRV_LEASE_SANITY_FAIL = Event(
    "DHCPSRV_LEASE_SANITY_FAIL",
    WARN,
    "dhcpsrv",
    "The lease {} with subnet-id {} failed subnet-id checks ({}).",
    "sanity-checks says that it stays as it is",
)
DHCPSRV_LEASE_SANITY_FAIL_DISCARD = Event(
    "DHCPSRV_LEASE_SANITY_FAIL_DISCARD",
    INFO,
    "dhcpsrv",
    "The lease {} with subnet-id {} failed subnet-id checks ({}) and was dropped.",
    "as sanity-checks says",
)
DHCPSRV_LEASE_SANITY_FIXED = Event(
    "DHCPSRV_LEASE_SANITY_FIXED",
    INFO,
    "dhcpsrv",
    "The lease {} with subnet-id {} failed subnet-id checks, but was corrected to subnet-id {}.",
    "as sanity-checks says",
)
DHCPSRV_LEASE4_EXTENDED_INFO_SANITY_FAIL = Event(
    "DHCPSRV_LEASE4_EXTENDED_INFO_SANITY_FAIL",
    ERROR,
    "dhcpsrv",
    "extended info for lease {} failed checks ({})",
    "the stored options of its relay are forgotten",
)
DHCPSRV_LEASE4_EXTENDED_INFO_UPGRADED = Event(
    "DHCPSRV_LEASE4_EXTENDED_INFO_UPGRADED",
    DEBUG,
    "dhcpsrv",
    "extended info for lease {} was upgraded",
    "the stored options of its relay had the form of an older Kea",
    debuglevel=40,
)
DHCPSRV_MEMFILE_BEGIN_EXTRACT_EXTENDED_INFO4 = Event(
    "DHCPSRV_MEMFILE_BEGIN_EXTRACT_EXTENDED_INFO4",
    DEBUG,
    "dhcpsrv",
    "extract extended info with {} sanity check level",
    "stored options of relays are looked at",
    debuglevel=40,
)
DHCPSRV_MEMFILE_EXTRACT_EXTENDED_INFO4 = Event(
    "DHCPSRV_MEMFILE_EXTRACT_EXTENDED_INFO4",
    INFO,
    "dhcpsrv",
    "extracting extended info saw {} leases, extended info sanity checks modified {} / updated {} leases "
    "and {} leases have relay or remote id",
    "stored options of relays were looked at",
)
DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR = Event(
    "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR",
    ERROR,
    "dhcpsrv",
    "discarding row {}, error: {}",
    "this row is lost and no other; the last row of a file may have been cut off when a server was killed",
)
DHCPSRV_MEMFILE_NEEDS_UPGRADING = Event(
    "DHCPSRV_MEMFILE_NEEDS_UPGRADING",
    WARN,
    "dhcpsrv",
    "version of lease file: {} schema is earlier than version {}",
    "it is converted at once",
)
DHCPSRV_MEMFILE_NEEDS_DOWNGRADING = Event(
    "DHCPSRV_MEMFILE_NEEDS_DOWNGRADING",
    WARN,
    "dhcpsrv",
    "version of lease file: {} schema is later than version {}",
    "columns that are not known here are dropped",
)
DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES = Event(
    "DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES",
    WARN,
    "dhcpsrv",
    "running LFC now to convert lease files to the current schema: {}",
    "files of another version of Kea",
)
DHCPSRV_MEMFILE_LFC_SETUP = Event(
    "DHCPSRV_MEMFILE_LFC_SETUP", INFO, "dhcpsrv", "setting up the Lease File Cleanup interval to {} sec", ""
)
DHCPSRV_MEMFILE_LFC_START = Event(
    "DHCPSRV_MEMFILE_LFC_START", INFO, "dhcpsrv", "starting Lease File Cleanup", "every lfc-interval"
)
DHCPSRV_MEMFILE_LFC_EXECUTE = Event(
    "DHCPSRV_MEMFILE_LFC_EXECUTE", INFO, "dhcpsrv", "executing Lease File Cleanup using: {}", "the command line"
)
DHCPSRV_MEMFILE_LFC_WAIT = Event(
    "DHCPSRV_MEMFILE_LFC_WAIT",
    INFO,
    "dhcpsrv",
    "waiting for the lease file cleanup of process {} to end",
    "an earlier server was killed while its files were cleaned; Kea would not start",
)
DHCPSRV_MEMFILE_LFC_SPAWN_FAIL = Event(
    "DHCPSRV_MEMFILE_LFC_SPAWN_FAIL",
    ERROR,
    "dhcpsrv",
    "lease file cleanup failed to run because its process couldn't be spawned: {}",
    "tried again after lfc-interval",
)
DHCPSRV_MEMFILE_LFC_FAIL = Event(
    "DHCPSRV_MEMFILE_LFC_FAIL",
    ERROR,
    "dhcpsrv",
    "lease file cleanup failed: {}",
    "no lease is lost, the files only grow; tried again after lfc-interval",
)
DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL = Event(
    "DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL",
    ERROR,
    "dhcpsrv",
    "failed to rename the current lease file {} to {}, reason: {}",
    "leases go on being written to the current file; tried again after lfc-interval",
)
