//! External principals are those that only the policies of resources name, because no imported document describes
//! them.

use super::Builder;
use super::signature::PrincipalFacts;
use crate::aws::data::{
    Boundary, Extent, Grantee, Provider, ResourcePolicyId, ServiceControl, Source, SourceKind,
};
use crate::row::rrn;
use iam::context::Context;
use iam::matching::{Principal, PrincipalEntry, PrincipalIdentity};
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The name of a service that no policy names
const ANY_SERVICE: &str = "*.amazonaws.com";

/// Says what is known of an external principal
struct ExternalPrincipal {
    principal: Principal,
    extent: Extent,
    context: Context,
    /// Says whether the principal has identity policies, which no document holds
    has_identity_side: bool,
    source: Source,
}

impl Builder<'_> {
    /// Makes a source of every principal that policies of resources name and that is not loaded.
    pub(super) fn external_principals(&mut self) {
        let mut named: BTreeMap<Grantee, BTreeSet<ResourcePolicyId>> = BTreeMap::new();
        for (entry, mut policies) in self.grantees.rest() {
            if let PrincipalEntry::Account(account) = &entry {
                // A policy that names its own account leaves the decision to identity policies: the rows of the
                // principals there show it.
                policies.retain(|&number| !self.is_owner(account, number));
            }
            named.insert(Grantee::Principal(entry), policies);
        }
        for (grantee, policies) in self.grantees.rest_of_limited() {
            for member in self.members(grantee) {
                let mut policies = policies.clone();
                if let Grantee::Principal(PrincipalEntry::Account(account)) = &member
                    && self.resource_policies.is_loaded(account)
                {
                    // The rows of the account's principals show what they have within the account.
                    policies.retain(|&number| !self.is_owner(account, number));
                }
                named.entry(member).or_default().extend(policies);
            }
        }
        for (grantee, mut policies) in named {
            // Each row is in the shard of the account that grants it.
            policies.retain(|&number| {
                let owner = self.resource_policies.get(number).map(|policy| &*policy.account);
                owner.is_some_and(|owner| self.known.owns(owner))
            });
            if policies.is_empty() {
                continue;
            }
            if let Some(external) = self.grantee(&grantee) {
                self.external_source(external, &policies);
            }
        }
    }

    fn is_owner(&self, account: &str, number: ResourcePolicyId) -> bool {
        let policy = self.resource_policies.get(number);
        policy.is_some_and(|policy| *policy.account == *account)
    }

    /// Returns the accounts of the organization, when it is known; otherwise the grantee itself.
    fn members(&self, grantee: Grantee) -> Vec<Grantee> {
        let known = self
            .organization
            .filter(|known| matches!(&grantee, Grantee::Organization(id) if known.id.as_deref() == Some(id)));
        let Some(known) = known else {
            return vec![grantee];
        };
        let accounts = known.accounts.iter();
        let accounts = accounts.map(|account| PrincipalEntry::Account(account.id.as_str().into()));
        accounts.map(Grantee::Principal).collect()
    }

    fn grantee(&self, grantee: &Grantee) -> Option<ExternalPrincipal> {
        let limited = |context: Context, has_identity_side, source| ExternalPrincipal {
            extent: Extent::Limited(grantee.clone()),
            context,
            has_identity_side,
            ..ExternalPrincipal::alone(PrincipalIdentity::Anonymous, source)
        };
        Some(match grantee {
            Grantee::Principal(entry) => self.external_principal(entry)?,
            Grantee::Organization(id) => {
                let context = Context::open()
                    .with("aws:PrincipalIsAWSService", ["false"])
                    .with("aws:PrincipalOrgID", [&**id]);
                limited(context, true, source(SourceKind::Organization, id, id, ""))
            }
            Grantee::Services => {
                let any = ExternalPrincipal::service(ANY_SERVICE);
                ExternalPrincipal {
                    extent: Extent::Limited(Grantee::Services),
                    context: any.context.with_unknown("aws:PrincipalServiceName"),
                    ..any
                }
            }
            Grantee::Network => limited(Context::open(), false, source(SourceKind::Network, "*", "*", "")),
        })
    }

    fn external_source(&mut self, external: ExternalPrincipal, policies: &BTreeSet<ResourcePolicyId>) {
        // A provider belongs to an account, but its users have no policies there.
        let account = if external.has_identity_side {
            external.source.account.to_string()
        } else {
            String::new()
        };
        let is_loaded_account =
            external.extent == Extent::Account && self.resource_policies.is_loaded(&account);
        let facts = PrincipalFacts {
            number: self.next_principal(),
            service_control: if external.has_identity_side {
                self.service_control(&external.principal, &account)
            } else {
                ServiceControl::Exempt
            },
            principal: external.principal,
            extent: external.extent,
            account,
            context: Arc::new(external.context),
            identity: Vec::new(),
            boundary: Boundary::None,
            // The identity side of a loaded account is known: it is in the rows of its principals.
            incomplete: external.has_identity_side && !is_loaded_account,
            named: BTreeSet::new(),
        };
        let mut known = self.known_limits(&facts);
        let mut source = external.source;
        for &number in policies {
            let table = self.resource_table(&facts, &mut known, number);
            let attachment = self.resource_attachment(number, table);
            source.attachments.extend(attachment);
        }
        self.sources.push(source);
    }

    fn external_principal(&self, entry: &PrincipalEntry) -> Option<ExternalPrincipal> {
        Some(match entry {
            PrincipalEntry::Everyone => ExternalPrincipal {
                extent: Extent::Public,
                // Everybody stands for any caller, so that nothing is known of the caller.
                context: Context::open(),
                ..ExternalPrincipal::alone(
                    PrincipalIdentity::Anonymous,
                    source(SourceKind::Public, "*", "*", ""),
                )
            },
            PrincipalEntry::Account(account) => self.account(account),
            PrincipalEntry::User(arn) => self.user_or_role(SourceKind::User, arn)?,
            PrincipalEntry::Role(arn) => self.user_or_role(SourceKind::Role, arn)?,
            PrincipalEntry::RoleSession {
                account,
                role,
                session,
            } => self.session(account, role, session),
            PrincipalEntry::FederatedUser { account, name } => {
                let id = format!("arn:{}:sts::{account}:federated-user/{name}", self.partition);
                let principal = Principal::parse(&id).ok()?;
                let own = source(SourceKind::FederatedUser, &id, name, account);
                self.of_account(principal, own)
            }
            PrincipalEntry::UniqueId(id) => ExternalPrincipal::deleted(id),
            PrincipalEntry::Service(name) => ExternalPrincipal::service(name),
            PrincipalEntry::Federated(provider) => self.federated(provider),
            PrincipalEntry::CanonicalUser(id) => ExternalPrincipal::alone(
                PrincipalIdentity::CanonicalUser { id: id.clone() },
                Source {
                    service: "s3".into(),
                    ..source(SourceKind::CanonicalUser, id, id, "")
                },
            ),
            PrincipalEntry::Nobody(_) => return None,
        })
    }

    /// Makes a principal with identity policies in an account.
    fn of_account(&self, principal: Principal, source: Source) -> ExternalPrincipal {
        let mut context = Context::of_principal(&principal);
        self.add_organization(&mut context, &source.account);
        ExternalPrincipal {
            principal,
            extent: Extent::Principal,
            context,
            has_identity_side: true,
            source,
        }
    }

    fn account(&self, account: &str) -> ExternalPrincipal {
        let root = PrincipalIdentity::Root {
            partition: self.partition.as_str().into(),
            account: account.into(),
        };
        let id = format!("arn:{}:iam::{account}:root", self.partition);
        let mut context = Context::of_account(account);
        self.add_organization(&mut context, account);
        ExternalPrincipal {
            extent: Extent::Account,
            context,
            ..self.of_account(root.into(), source(SourceKind::Account, &id, account, account))
        }
    }

    fn user_or_role(&self, kind: SourceKind, arn: &str) -> Option<ExternalPrincipal> {
        let principal = Principal::parse(arn).ok()?;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let own = source(kind, arn, name, principal.account()?);
        Some(self.of_account(principal, own))
    }

    fn session(&self, account: &str, role: &str, session: &str) -> ExternalPrincipal {
        let partition = &self.partition;
        let id = format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}");
        let principal = Principal::session(&format!("arn:{partition}:iam::{account}:role/{role}"), session);
        let own = source(
            SourceKind::RoleSession,
            &id,
            &format!("{role}/{session}"),
            account,
        );
        let external = self.of_account(principal, own);
        ExternalPrincipal {
            // The path of the role is not known, so that its ARN is not known either.
            context: external.context.with_unknown("aws:PrincipalArn"),
            ..external
        }
    }

    fn federated(&self, provider: &str) -> ExternalPrincipal {
        let mut fields = provider.splitn(6, ':').skip(4);
        let (account, resource) = (fields.next().unwrap_or_default(), fields.next());
        let (kind, name, domain) = match resource.and_then(|resource| resource.split_once('/')) {
            Some(("saml-provider", name)) => (SourceKind::SamlProvider, name, self.issuer(provider)),
            Some(("oidc-provider", url)) => (SourceKind::OidcProvider, url, Some(host(url).to_owned())),
            Some(_) | None => (SourceKind::WebIdentity, provider, Some(host(provider).to_owned())),
        };
        let identity = PrincipalIdentity::Federated {
            provider: provider.into(),
        };
        let own = Source {
            provider: Some(Provider::new(domain.as_deref(), name)),
            ..source(kind, provider, name, account)
        };
        ExternalPrincipal::alone(identity, own)
    }

    /// Returns the host of the issuer that trust policies require in the assertions of a SAML provider, if they agree.
    fn issuer(&self, provider: &str) -> Option<String> {
        let issuers = self.issuers.get(provider)?;
        let mut hosts: BTreeSet<&str> = issuers.iter().map(|issuer| host(issuer)).collect();
        if hosts.len() == 1 {
            hosts.pop_first().map(str::to_owned)
        } else {
            None
        }
    }
}

impl ExternalPrincipal {
    /// Makes a principal without identity policies, which has only what the resource grants.
    fn alone(identity: PrincipalIdentity, source: Source) -> Self {
        let principal = Principal::from(identity);
        Self {
            context: Context::of_principal(&principal),
            principal,
            extent: Extent::Principal,
            has_identity_side: false,
            source,
        }
    }

    fn service(name: &str) -> Self {
        let mut labels = name.split('.');
        let (service, second) = (labels.next().unwrap_or_default(), labels.next());
        // In `states.eu-west-2.amazonaws.com`, the label with two hyphens is the region; other labels never have two.
        let region = second.filter(|label| label.matches('-').count() >= 2);
        let region = region.unwrap_or_default();
        let own = Source {
            service: service.into(),
            region: region.into(),
            rrn: rrn("other", region, "", name).into(),
            ..source(SourceKind::Service, name, name, "")
        };
        Self::alone(PrincipalIdentity::Service { name: name.into() }, own)
    }

    /// Makes a principal of a unique id that no loaded principal has: it was deleted, or belongs to another account.
    fn deleted(id: &str) -> Self {
        let (kind, identity) = if id.starts_with("AROA") {
            let role = PrincipalIdentity::Role {
                arn: id.into(),
                session: None,
            };
            (SourceKind::Role, role)
        } else {
            (SourceKind::User, PrincipalIdentity::User { arn: id.into() })
        };
        Self {
            principal: Principal::from(identity).with_id(id),
            extent: Extent::Principal,
            context: Context::open().with("aws:PrincipalIsAWSService", ["false"]),
            has_identity_side: true,
            source: source(kind, id, id, ""),
        }
    }
}

/// Returns the host of a URL with or without scheme.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or(rest)
}

fn source(kind: SourceKind, id: &str, name: &str, account: &str) -> Source {
    let of_kind = if kind == SourceKind::User {
        "iamUser"
    } else if kind == SourceKind::Role {
        "iamRole"
    } else {
        "other"
    };
    Source {
        id: id.into(),
        name: name.into(),
        kind,
        account: account.into(),
        region: Box::default(),
        service: "iam".into(),
        rrn: rrn(of_kind, "", account, id).into(),
        provider: None,
        own_class: None,
        boundary: None,
        attachments: Vec::new(),
        own: None,
        tags: Vec::new(),
        usage: None,
        credentials: None,
        compute: None,
    }
}
