//! Random requests, with what happens on their way.

use proptest::prelude::*;
use proptest::sample::Index;
use testkit::Fault;

/// A place among the things of a kind: mostly among those that are there, otherwise among those that are gone and one
/// that never was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) is_there: bool,
    pub(super) index: Index,
}

#[derive(Debug, Clone)]
pub(super) enum Request {
    CreatePortal {
        token: Option<u32>,
    },
    DeletePortal {
        portal: Place,
        token: Option<u32>,
    },
    CreateProject {
        portal: Place,
        token: Option<u32>,
    },
    DeleteProject {
        project: Place,
        token: Option<u32>,
    },
    Create {
        resource: Place,
        user: u8,
        token: Option<u32>,
    },
    Update {
        policy: Place,
        resource: Place,
        user: u8,
        token: Option<u32>,
    },
    Delete {
        policy: Place,
        token: Option<u32>,
    },
    Tag {
        policy: Place,
        key: u8,
    },
    Untag {
        policy: Place,
        key: u8,
    },
    /// One that was sent before, with its token.
    Again(Index),
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Seconds since the step before.
    pub(super) wait: i64,
    pub(super) request: Request,
    pub(super) faults: Vec<Option<Fault>>,
}

fn requests() -> impl Strategy<Value = Request> {
    let token = || proptest::option::weighted(0.8, 0..6_u32);
    let place = || {
        let place = (proptest::bool::weighted(0.85), any::<Index>());
        place.prop_map(|(is_there, index)| Place { is_there, index })
    };
    prop_oneof![
        2 => token().prop_map(|token| Request::CreatePortal { token }),
        1 => (place(), token()).prop_map(|(portal, token)| Request::DeletePortal { portal, token }),
        3 => (place(), token()).prop_map(|(portal, token)| Request::CreateProject { portal, token }),
        1 => (place(), token()).prop_map(|(project, token)| Request::DeleteProject { project, token }),
        8 => (place(), 0..3_u8, token())
            .prop_map(|(resource, user, token)| Request::Create { resource, user, token }),
        7 => (place(), place(), 0..3_u8, token())
            .prop_map(|(policy, resource, user, token)| Request::Update { policy, resource, user, token }),
        4 => (place(), token()).prop_map(|(policy, token)| Request::Delete { policy, token }),
        1 => (place(), 0..3_u8).prop_map(|(policy, key)| Request::Tag { policy, key }),
        1 => (place(), 0..3_u8).prop_map(|(policy, key)| Request::Untag { policy, key }),
        9 => any::<Index>().prop_map(Request::Again),
    ]
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop_oneof![
        Just(Fault::LoseRequest),
        Just(Fault::LoseReply),
        Just(Fault::Throttle),
        Just(Fault::Conflict),
        Just(Fault::Break),
        Just(Fault::TellFirst),
    ];
    let faults = prop_oneof![
        3 => Just(Vec::new()),
        2 => proptest::collection::vec(proptest::option::weighted(0.6, fault.clone()), 1..6),
        // This many failures make a call give up.
        1 => fault.prop_map(|fault| vec![Some(fault); 40]),
    ];
    let wait = prop_oneof![4 => 0..10_i64, 1 => 20_000..90_000_i64];
    let step = (wait, requests(), faults).prop_map(|(wait, request, faults)| Step {
        wait,
        request,
        faults,
    });
    proptest::collection::vec(step, 20..50)
}
