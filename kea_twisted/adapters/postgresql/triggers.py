"""Functions that stand in for some of those that Kea's triggers on ``lease4`` call, in this server's sessions alone.

Kea's triggers count leases row by row, and take most of the time of an insert. They call their functions by a name
without a schema: the search path of the session decides which function that is. The schema ``kea_twisted_1_…``, named
after the one in which Kea's functions are, has some of the same names. Kea's schema and all other sessions stay as
they are. Where these functions are in force, the statement that inserts a group counts it (``counted``). Where they
are not, because the role may not make a schema or the schema was removed or emptied, Kea's functions count.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "kea_twisted_1_"
"""The beginning of the schema's name. The number changes with the functions: older servers go on using their own."""

_COUNTER: Final = "lease4_ains_lease4_stat(bigint, bigint)"
_SETTING: Final = "kea_twisted.counter"
"""The session's setting with the number (OID) of Kea's _COUNTER, where another one is to be found before it."""

_STANDS_FOR: Final = {
    "isjsonsupported()": "8955ef6b81ca3ab05e56195cf6d38649",
    "func_lease4_ains()": "b76374caff25f8fe942f81c5f88d15d8",
    "func_lease4_aupd()": "7ee0f3b35487defe2478391937f934cd",
    "func_lease4_adel()": "d8d443e565f36b81519cee4e20040c6d",
    _COUNTER: "00f776b2411d177cb2335b2846a6260e",
    "lease4_ains_lease4_pool_stat(bigint, bigint, bigint)": "2c84ff06411e63e18f7666e96e5f0b5b",
    "lease4_ains_lease4_stat_by_client_class(bigint, text)": "69f6887b4e7447baad3e2dfa6a99a06e",
    "lease4_aupd_lease4_stat_by_client_class(bigint, text, bigint, text)": "2ee6a7725212fb6d51c5fc19bcecdb09",
    "lease4_adel_lease4_stat_by_client_class(bigint, text)": "14fd12dad962db53f13cdb78b5d7fbf9",
}
"""Kea's functions from schema version 17 on, and the MD5 sums of their bodies without comments and repeated spaces."""

_FUNCTIONS: Final = (
    # PostgreSQL has known JSON since 9.4; Kea looks that up for each row, as it asks for a name that it never sets
    "isjsonsupported() RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    f"{_COUNTER} RETURNS void LANGUAGE sql IMMUTABLE AS 'SELECT NULL::void'",
    "lease4_ains_lease4_pool_stat(bigint, bigint, bigint) RETURNS void LANGUAGE sql IMMUTABLE AS 'SELECT NULL::void'",
    # classes are in user contexts: without one there is nothing to count, nor where it stays the same
    "lease4_ains_lease4_stat_by_client_class(bigint, text) RETURNS void LANGUAGE sql AS "
    "'SELECT CASE WHEN $2 <> '''' THEN {home}.lease4_ains_lease4_stat_by_client_class($1, $2) END'",
    "lease4_adel_lease4_stat_by_client_class(bigint, text) RETURNS void LANGUAGE sql AS "
    "'SELECT CASE WHEN $2 <> '''' THEN {home}.lease4_adel_lease4_stat_by_client_class($1, $2) END'",
    "lease4_aupd_lease4_stat_by_client_class(bigint, text, bigint, text) RETURNS void LANGUAGE sql AS "
    "'SELECT CASE WHEN ($1 <> $3 OR $2 IS DISTINCT FROM $4) AND concat($2, $4) <> '''' "
    "THEN {home}.lease4_aupd_lease4_stat_by_client_class($1, $2, $3, $4) END'",
)


def _made() -> str:
    """Return the statements that make the schema, for EXECUTE format(…)."""
    lines = ["CREATE SCHEMA %1$I", "GRANT USAGE ON SCHEMA %1$I TO PUBLIC"]
    lines += [f"CREATE FUNCTION %1$I.{function.format(home='%2$I')}" for function in _FUNCTIONS]
    # the owner's default privileges may withhold EXECUTE on new functions from other roles
    return "; ".join([*lines, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %1$I TO PUBLIC"])


_EXPECTED: Final = ", ".join(f"('{signature}', '{md5}')" for signature, md5 in _STANDS_FOR.items())

STAND_IN: Final = f"""
DO $do$
DECLARE
  home CONSTANT name := (SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE c.oid = to_regclass('lease4'));
  ours CONSTANT name := '{PREFIX}' || home;
BEGIN
  IF EXISTS (SELECT FROM (VALUES {_EXPECTED}) AS kea(signature, sum)
             LEFT JOIN pg_proc p ON p.oid = to_regprocedure(quote_ident(home) || '.' || signature)
             WHERE md5(btrim(regexp_replace(regexp_replace(prosrc, '--[^\\n]*', '', 'g'), '\\s+', ' ', 'g')))
               IS DISTINCT FROM sum) THEN
    RETURN;
  END IF;
  -- without Kea's triggers nothing is counted down, so nothing may be counted up
  IF (SELECT count(DISTINCT t.tgfoid) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = to_regclass('lease4') AND t.tgenabled IN ('O', 'A')
        AND p.proname IN ('func_lease4_ains', 'func_lease4_aupd', 'func_lease4_adel')) < 3 THEN
    RETURN;
  END IF;
  IF to_regnamespace(quote_ident(ours)) IS NULL THEN
    BEGIN
      EXECUTE format($made${_made()}$made$, ours, home);
    EXCEPTION WHEN OTHERS THEN NULL;  -- not permitted, or another server makes it just now
    END;
  END IF;
  -- functions of a third role are not called in this role's sessions; an empty schema forbids the stand-ins
  IF (SELECT count(*) = {len(_FUNCTIONS)}
        AND bool_and(p.proowner = n.nspowner AND has_function_privilege(p.oid, 'EXECUTE'))
      FROM pg_namespace n JOIN pg_class c ON c.oid = to_regclass('lease4') JOIN pg_proc p ON p.pronamespace = n.oid
      WHERE n.nspname = ours AND has_schema_privilege(n.oid, 'USAGE')
        AND (n.nspowner = c.relowner OR pg_get_userbyid(n.nspowner) = current_user)) THEN
    PERFORM set_config('search_path', quote_ident(ours) || ', ' || current_setting('search_path'), false),
            set_config('{_SETTING}', to_regprocedure(quote_ident(home) || '.{_COUNTER}')::oid::text, false);
  END IF;
END $do$""".encode()
"""Make the schema if it is missing and may be made, and let the session find its functions before Kea's."""

_IS_IN_FORCE: Final = f"(SELECT to_regprocedure('{_COUNTER}') <> nullif(current_setting('{_SETTING}', true), '')::oid)"
"""True where the triggers call the stand-in. If the schema is removed or its use revoked, both find Kea's function.

The function is not looked up by the name of its schema: that is an error where the role may not use the schema.
"""


def counted(inserted: str) -> str:
    """Return the parts of a WITH that count inserted rows as Kea's triggers would, if those do not.

    ``inserted`` has the columns ``subnet_id``, ``pool_id`` and ``state``.
    """
    # the states that Kea counts; pools behind subnets: Kea locks a row's counters in this order
    return f"""
counted AS (
  INSERT INTO lease4_stat AS s (subnet_id, state, leases)
  SELECT subnet_id, state, count(*) FROM {inserted} WHERE state IN (0, 1) AND {_IS_IN_FORCE}
  GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (subnet_id, state) DO UPDATE SET leases = s.leases + excluded.leases RETURNING 1),
pools_counted AS (
  INSERT INTO lease4_pool_stat AS s (subnet_id, pool_id, state, leases)
  SELECT subnet_id, pool_id, state, count(*) FROM {inserted}
  WHERE state IN (0, 1) AND (SELECT count(*) FROM counted) > 0
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (subnet_id, pool_id, state) DO UPDATE SET leases = s.leases + excluded.leases)"""
