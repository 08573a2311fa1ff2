"""Rights that functions have and that no test uses, each with the reason why it stays."""

POLICIES, ACCESS_POLICIES = "access-governance-policies", "access-governance-access-policies"
PERMISSIONS = "access-governance-permissions"

OWN_GRANTS = "a page reads the own grants that were pinned with its token, and the policies that a function does not hold any more"
SECRET = "the secret of page tokens is made by whoever needs it first; a snapshot that cannot be read is marked"

UNUSED: dict[tuple[str, str, str], str] = {
    ("CreatePortal", "dynamodb:GetItem", ACCESS_POLICIES): "a refused write under a client token reads the token once more",
    ("GetPermissionsNextPage", "dynamodb:GetItem", POLICIES): OWN_GRANTS,
    ("GetPermissionsNextPage", "dynamodb:Query", POLICIES): OWN_GRANTS,
    ("GetPermissionsNextPage", "dynamodb:Query", f"{POLICIES}/index/ByName"): OWN_GRANTS,
    ("GetPermissionsNextPage", "dynamodb:Query", ACCESS_POLICIES): OWN_GRANTS,
    ("GetPermissionsNextPage", "dynamodb:PutItem", PERMISSIONS): SECRET,
    ("GetPermissionsV4", "dynamodb:GetItem", POLICIES): OWN_GRANTS,
    ("GetPermissionsV4", "dynamodb:PutItem", PERMISSIONS): SECRET,
    ("SimulatePermission", "dynamodb:PutItem", PERMISSIONS): SECRET,
    ("SuggestQuery", "dynamodb:PutItem", PERMISSIONS): SECRET,
    ("GetPolicyGenerationEvidence", "dynamodb:PutItem", PERMISSIONS): SECRET,
}
