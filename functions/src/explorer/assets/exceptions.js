// What the exception codes of a row mean. docs/permission-search.md has the same sentences; a test compares them.

export const EXCEPTIONS = {
  LIMITED_BY_DENY_STATEMENT: "An explicit Deny removes a part of the row.",
  CLOUD_EVENT_NOT_SUPPORTED: "The action leaves no usable event, so that its last use is not tracked.",
  AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED: "The policies of the organization are not known.",
  LIMITED_BY_PERMISSIONS_BOUNDARY: "The permissions boundary removes a part of the row.",
  LIMITED_BY_SERVICE_CONTROL_POLICY: "A service control policy removes a part of the row.",
  LIMITED_BY_RESOURCE_CONTROL_POLICY: "A resource control policy removes a part of the row.",
  LIMITED_BY_SESSION_POLICY: "A session policy removes a part of the row.",
  LIMITED_BY_CONDITION: "The grant, or what remains of it, holds only under a condition.",
  CONDITION_NOT_EVALUATED: "A condition is not evaluated; the row is kept.",
  POLICY_NOT_AVAILABLE: "A policy that takes part is not known; the row may be wider than the truth.",
  LIMITED_BY_NOT_RESOURCE: "The grant names its resources by what they are not.",
  LIMITED_BY_NOT_PRINCIPAL: "The grant names its principals by what they are not.",
  LIMITED_BY_IDENTITY_POLICY: "The access needs an identity-based policy of the source too, and that allows only a part.",
  LIMITED_BY_RESOURCE_POLICY: "The access needs the policy of the resource too, and that allows only a part.",
};
