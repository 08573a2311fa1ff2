"""What a new operation needs of its family: where its rules, table and description are, and how its errors look."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    rules: str | None  # the pure crate of the subject, if there is one
    table: str  # the module of `shared/store`
    store: str  # its type
    errors: str  # the module of `shared/api`
    arms: tuple[tuple[str, str], ...]  # in its file: what is there once, and what a new error makes of it
    heading: str  # of its table in `docs/errors.md`
    row: str  # of the new error there
    snapshot: str | None = None  # a snapshot that holds the same table


POLICIES = Family(
    rules="ncloud", table="policies", store="Policies", errors="policies",
    arms=(("        }\n    }\n\n    fn unexpected(", """\
            Self::NotWritten => gateway(501, "501", "Not Implemented"),
        }
    }

    fn unexpected("""),),
    heading="## Policies",
    row='| 501 | `{"error":{"errorCode":"501","message":"Not Implemented"}}` |',
)

ACCESS_POLICIES = Family(
    rules=None, table="access_policies", store="AccessPolicies", errors="access_policies",
    arms=(("        };\n        let reply = Reply::status(status, &members)", """\
            Self::NotWritten => {
                let message = "The operation is not written yet";
                (501, "NotImplementedException", Members::message(message))
            }
        };
        let reply = Reply::status(status, &members)"""),),
    heading="## Access policies",
    row='| 501 | `x-amzn-errortype: NotImplementedException` | `{"message":"The operation is not written yet"}` |',
)

POLICY_GENERATION = Family(
    rules="trail", table="policy_generations", store="PolicyGenerations", errors="policy_generation",
    arms=(("        };\n        let reply = Reply::status(status, &members)", """\
            Self::NotWritten => {
                members.message = "The operation is not written yet";
                (501, "NotImplementedException")
            }
        };
        let reply = Reply::status(status, &members)"""),),
    heading="## Policy generation",
    row=ACCESS_POLICIES.row,
    snapshot="shared/api/src/policy_generation/snapshots/api__policy_generation__tests__every_error_has_its_status_headers_and_body.snap",
)

PRISMA_ROW = ('| 501 | `[{"i18nKey":"not_implemented","severity":"error","subject":null}]` '
              '| `{"error":{"code":"not_implemented","message":"the operation is not written yet","target":null,"details":[]}}` |')

PERMISSIONS = Family(
    rules="permissions", table="permissions", store="Permissions", errors="permissions",
    arms=(
        ("            Self::TooLarge => 413,\n",
         "            Self::TooLarge => 413,\n            Self::NotWritten => 501,\n"),
        ('            Self::TooLarge => "request_too_large",\n',
         '            Self::TooLarge => "request_too_large",\n            Self::NotWritten => "not_implemented",\n'),
        ("            | Self::TooLarge\n",
         "            | Self::TooLarge\n            | Self::NotWritten\n"),
    ),
    heading="## Permission search",
    row=PRISMA_ROW,
)

ACCESS_KEYS = Family(
    rules=None, table="access_keys", store="AccessKeys", errors="access_keys",
    arms=(
        ('            Self::Unavailable { source: _ } => (503, "service_unavailable"),\n',
         '            Self::Unavailable { source: _ } => (503, "service_unavailable"),\n'
         '            Self::NotWritten => (501, "not_implemented"),\n'),
    ),
    heading="## Access keys and logins",
    row=PRISMA_ROW,
)

# By the folder of the handlers. Inventories share the table and the errors of permission search.
FAMILIES = {
    "policies": POLICIES,
    "access_policies": ACCESS_POLICIES,
    "policy_generation": POLICY_GENERATION,
    "permissions": PERMISSIONS,
    "access_keys": ACCESS_KEYS,
}
