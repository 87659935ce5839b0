//! The commands of links, each in a world where it does something.

use tenancy::Caller;
use tenancy::command::{
    AcceptAmendment, AcceptLink, AssignLinkUser, CancelLink, DeclineLink, DelegateLink,
    DropAmendment, EndLink, HandOutLinkCode, Minted, NarrowLink, ProposeAmendment, ProposeLink,
    UnassignLinkUser, UndelegateLink, WithdrawLinkCode,
};
use tenancy::id::{LinkCodeId, LinkId, OrganizationId};
use tenancy::organization::link::{Accounts, Delegation, Shares, Terms};
use tenancy::record::CommandId;
use tenancy::role::AccountRole;

use crate::driver::{Runs, one};
use crate::model::Told;
use crate::scenarios::links::{code, handed_out, hash, linked, proposed};
use crate::world::World;

/// What a command of links tells.
trait Tells {
    fn tell(self, told: &mut Told);
}

impl Tells for () {
    fn tell(self, _: &mut Told) {}
}

impl Tells for LinkId {
    fn tell(self, told: &mut Told) {
        told.ids.push(self.to_bytes());
    }
}

impl Tells for Minted<LinkCodeId> {
    fn tell(self, told: &mut Told) {
        told.minted(&self);
    }
}

macro_rules! linking {
    ($($command:ident)*) => {
        /// A command of links.
        #[derive(Clone, Debug)]
        pub(super) enum Linking {
            $($command($command),)*
        }

        $(impl From<$command> for Linking {
            fn from(command: $command) -> Self {
                Self::$command(command)
            }
        })*

        impl Linking {
            pub(super) const fn organization(&self) -> OrganizationId {
                match self {
                    $(Self::$command(it) => it.organization,)*
                }
            }

            pub(super) fn send(
                &self,
                driver: &impl Runs,
                caller: &Caller,
                name: Option<&CommandId>,
            ) -> Result<Told, String> {
                match self {
                    $(Self::$command(it) => {
                        one(driver, caller, it, name, |told, it| it.tell(told))
                    })*
                }
            }
        }
    };
}

linking! {
    AcceptAmendment AcceptLink AssignLinkUser CancelLink DeclineLink DelegateLink DropAmendment
    EndLink HandOutLinkCode NarrowLink ProposeAmendment ProposeLink UnassignLinkUser UndelegateLink
    WithdrawLinkCode
}

/// All that both can share, but that nobody pays.
fn all() -> Terms {
    let delegation = || Delegation::new(AccountRole::Editor, Accounts::All);
    let shares = || Shares::new().dashboards().delegation(delegation());
    Terms::new(shares(), shares())
}

fn less() -> Terms {
    Terms::new(Shares::new().dashboards(), Shares::new())
}

fn paid() -> Terms {
    Terms::new(Shares::new().payment(), Shares::new())
}

/// `spot` is linked with `rival`, and `rival` wants other terms.
fn asked(w: &World) -> LinkId {
    let link = linked(w, all());
    let amend = ProposeAmendment::new(w.rival.organization, link, paid());
    w.done(&w.caller("eve"), &amend);
    link
}

/// The kind of a command, who does it, and how it comes to that.
type Row = (&'static str, fn(&World) -> (Caller, Linking));

pub(super) const ROWS: &[Row] = &[
    ("accept_amendment", |w| {
        let link = asked(w);
        let accept = AcceptAmendment::new(w.spot, link, paid().hash(link, 1));
        (w.caller("ada"), accept.into())
    }),
    ("accept_link", |w| {
        let (link, rival) = (proposed(w, paid()), w.rival.organization);
        let accept = AcceptLink::new(rival, link, hash(w, rival, link));
        (w.caller("eve"), accept.into())
    }),
    ("assign_link_user", |w| {
        let assign = AssignLinkUser::new(w.spot, linked(w, all()), w.user("mia"));
        (w.caller("adam"), assign.into())
    }),
    ("cancel_link", |w| {
        let cancel = CancelLink::new(w.spot, proposed(w, all()));
        (w.caller("adam"), cancel.into())
    }),
    ("decline_link", |w| {
        let decline = DeclineLink::new(w.rival.organization, proposed(w, all()));
        (w.caller("eve"), decline.into())
    }),
    ("delegate_link", |w| {
        let (link, role) = (linked(w, all()), AccountRole::Viewer);
        let delegate = DelegateLink::new(w.spot, link, role, Accounts::chosen([w.lab]));
        (w.caller("adam"), delegate.into())
    }),
    ("drop_amendment", |w| {
        (
            w.caller("adam"),
            DropAmendment::new(w.spot, asked(w)).into(),
        )
    }),
    ("end_link", |w| {
        (
            w.caller("ada"),
            EndLink::new(w.spot, linked(w, paid())).into(),
        )
    }),
    ("hand_out_link_code", |w| {
        (w.caller("adam"), HandOutLinkCode::new(w.spot).into())
    }),
    ("narrow_link", |w| {
        let narrow = NarrowLink::new(w.spot, asked(w), less());
        (w.caller("ada"), narrow.into())
    }),
    ("propose_amendment", |w| {
        let amend = ProposeAmendment::new(w.spot, linked(w, all()), paid());
        (w.caller("ada"), amend.into())
    }),
    ("propose_link", |w| {
        let propose = ProposeLink::new(w.spot, code(w), all());
        (w.caller("ada"), propose.into())
    }),
    ("unassign_link_user", |w| {
        let (link, mia) = (linked(w, all()), w.user("mia"));
        w.done(&w.caller("ada"), &AssignLinkUser::new(w.spot, link, mia));
        let unassign = UnassignLinkUser::new(w.spot, link, mia);
        (w.caller("adam"), unassign.into())
    }),
    ("undelegate_link", |w| {
        let (link, role) = (linked(w, all()), AccountRole::Viewer);
        let delegate = DelegateLink::new(w.spot, link, role, Accounts::All);
        w.done(&w.caller("ada"), &delegate);
        (w.caller("adam"), UndelegateLink::new(w.spot, link).into())
    }),
    ("withdraw_link_code", |w| {
        let (code, _) = handed_out(w, &w.caller("ada"), w.spot);
        (w.caller("adam"), WithdrawLinkCode::new(w.spot, code).into())
    }),
];
