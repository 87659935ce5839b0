//! Inviting somebody, and answering an invitation (law U5).

use tenancy::command::{
    AcceptInvitation, AttachUser, Batch, ChangeEmail, ChangeRole, CloseAccount, CloseOrganization,
    CreateUser, DeclineInvitation, InviteUser, IssueToken, LeaveOrganization, LiftSuspension,
    ProveEmail, PurgeOrganization, ReactivateUser, RemoveUser, ResendInvitation,
    RestoreOrganization, RevokeInvitation, SuspendOrganization, SuspendUser,
};
use tenancy::id::{InvitationId, OrganizationId};
use tenancy::organization::invitation::InvitationStatus;
use tenancy::organization::lifecycle::SuspensionReason::Billing as Unpaid;
use tenancy::query::{GetInvitation, InvitationsOf, ListInvitations, ListRecords};
use tenancy::role::AccountRole::{Editor, Viewer as Reader};
use tenancy::role::OrganizationRole::{self, Admin, Billing, Member, Owner, Viewer};
use tenancy::secret::{InvitationSecret, ParsedSecret, SecretKind, mint};
use tenancy::{Caller, Freshness, Settings};

use crate::world::{
    START, World, email, ghost, host, name, person, personal, settings, table, table_with, time,
};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// An invitation, and what its person got.
struct Sent {
    id: InvitationId,
    text: String,
}

impl Sent {
    fn secret(&self) -> InvitationSecret {
        name(&self.text)
    }
}

/// Sets the clock to so many milliseconds after the start.
fn at(w: &World, millis: u64) {
    w.clock
        .set(time(START).saturating_add(core::time::Duration::from_millis(millis)));
}

fn command(w: &World, who: &str, role: OrganizationRole) -> InviteUser {
    InviteUser::new(w.spot, email(who), role)
}

/// Invites somebody, which has to succeed.
#[track_caller]
fn sent(w: &World, by: &Caller, command: &InviteUser) -> Sent {
    let minted = w.done(by, command);
    Sent {
        id: minted.id,
        text: minted.secret.expect("told once").expose().into(),
    }
}

/// Nora, who is nobody's user, is invited by adam.
fn invited(w: &World) -> Sent {
    sent(w, &w.caller("adam"), &command(w, "nora", Member))
}

#[track_caller]
fn again(w: &World, by: &Caller, id: InvitationId) -> Sent {
    let minted = w.done(by, &ResendInvitation::new(w.spot, id));
    assert_eq!(minted.id, id);
    Sent {
        id,
        text: minted.secret.expect("told once").expose().into(),
    }
}

fn nora() -> Caller {
    person("nora")
}

fn accept(w: &World, by: &Caller, sent: &Sent) -> String {
    let command = AcceptInvitation::new(sent.secret(), name("Nora"));
    short(w.run(by, &command))
}

fn decline(w: &World, by: &Caller, id: InvitationId) -> String {
    short(w.run(by, &DeclineInvitation::new(w.spot, id)))
}

fn resend(w: &World, by: &Caller, id: InvitationId) -> String {
    short(w.run(by, &ResendInvitation::new(w.spot, id)))
}

fn revoke(w: &World, by: &Caller, id: InvitationId) -> String {
    short(w.run(by, &RevokeInvitation::new(w.spot, id)))
}

/// Writes `{invitation}` for the id of any.
fn short(text: String) -> String {
    let prefix = format!("{}_", InvitationId::PREFIX);
    let mut parts = text.split(&*prefix);
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |text, part| {
        format!("{text}{{invitation}}{}", &part[26..])
    })
}

/// What became of an invitation by now.
fn status(w: &World, id: InvitationId) -> InvitationStatus {
    let state = w.state(w.spot);
    state.invitation(id).unwrap().status(w.now())
}

/// The user of Nora's address: what it is, and what it is attached to.
fn made(w: &World) -> String {
    let state = w.state(w.spot);
    let user = state.user_by_email(&email("nora")).unwrap();
    let proven = user.proven_email().is_some();
    let on = user.attachments().iter();
    let on = on.map(|it| w.named(&format!("{} of {}", it.role, it.account)));
    let mut on: Vec<_> = on.collect();
    on.sort_unstable();
    format!("{} proven {proven} [{}]", user.role(), on.join(", "))
}

#[test]
fn invite_user() {
    table(&[
        (
            "by an admin",
            |w| w.run(&w.caller("adam"), &command(w, "nora", Member)),
            "invitation.created",
        ),
        (
            "as admin by an admin",
            |w| w.run(&w.caller("adam"), &command(w, "nora", Admin)),
            "invitation.created",
        ),
        (
            "as owner by an admin",
            |w| w.run(&w.caller("adam"), &command(w, "nora", Owner)),
            "role_not_held: role owner cannot be given by a caller who is admin",
        ),
        (
            "as owner by an owner",
            |w| w.run(&w.caller("olga"), &command(w, "nora", Owner)),
            "invitation.created",
        ),
        (
            "as owner by the host",
            |w| w.run(&host(), &command(w, "nora", Owner)),
            "invitation.created",
        ),
        (
            "by a viewer",
            |w| w.run(&w.caller("vera"), &command(w, "nora", Member)),
            "not granted: asks for admin",
        ),
        (
            "by an editor of an account",
            |w| w.run(&w.caller("edda"), &command(w, "nora", Member)),
            "not granted: asks for admin",
        ),
        (
            "a taken address is said to nobody without the right",
            |w| w.run(&w.caller("mia"), &command(w, "max", Member)),
            "not granted: asks for admin",
        ),
        (
            "from another organization",
            |w| w.run(&w.caller("eve"), &command(w, "nora", Member)),
            "not_found: `{spot}` is not found",
        ),
        (
            "by a person whose address is an owner's",
            |w| w.run(&person("ada"), &command(w, "nora", Member)),
            "not_found: `{spot}` is not found",
        ),
        (
            "by a suspended admin",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("adam")));
                w.run(&w.caller("adam"), &command(w, "nora", Member))
            },
            "denied: the user is suspended",
        ),
        (
            "an address of a user",
            |w| w.run(&w.caller("adam"), &command(w, "mia", Member)),
            "email_taken: address `mia@example.com` is taken",
        ),
        (
            "an address of a user in other case",
            |w| {
                let command = InviteUser::new(w.spot, name("MIA@Example.com"), Member);
                w.run(&w.caller("adam"), &command)
            },
            "email_taken: address `MIA@Example.com` is taken",
        ),
        (
            "an address of a user who was suspended",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                w.run(&w.caller("adam"), &command(w, "mia", Member))
            },
            "email_taken: address `mia@example.com` is taken",
        ),
        (
            "an address of a user who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                w.run(&w.caller("adam"), &command(w, "mia", Member))
            },
            "invitation.created",
        ),
        (
            "an address of a user of another organization",
            |w| w.run(&w.caller("adam"), &command(w, "eve", Member)),
            "invitation.created",
        ),
        (
            "an address that is invited",
            |w| {
                invited(w);
                w.run(&w.caller("adam"), &command(w, "nora", Member))
            },
            "already_invited: address `nora@example.com` is invited already",
        ),
        (
            "an address that is invited, in other case",
            |w| {
                invited(w);
                let command = InviteUser::new(w.spot, name("Nora@EXAMPLE.com"), Viewer);
                w.run(&w.caller("ada"), &command)
            },
            "already_invited: address `Nora@EXAMPLE.com` is invited already",
        ),
        (
            "an address that another organization invites",
            |w| {
                let eve = w.caller("eve");
                let there = InviteUser::new(w.rival.organization, email("nora"), Member);
                w.done(&eve, &there);
                w.run(&w.caller("adam"), &command(w, "nora", Member))
            },
            "invitation.created",
        ),
        (
            "an address that was invited and has declined",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                w.run(&w.caller("adam"), &command(w, "nora", Member))
            },
            "invitation.created",
        ),
        (
            "an address whose invitation was taken back",
            |w| {
                let sent = invited(w);
                revoke(w, &w.caller("adam"), sent.id);
                w.run(&w.caller("adam"), &command(w, "nora", Member))
            },
            "invitation.created",
        ),
        (
            "with accounts",
            |w| {
                let command = command(w, "nora", Member)
                    .attach(w.lab, Editor)
                    .attach(w.main, Reader);
                w.run(&w.caller("adam"), &command)
            },
            "invitation.created",
        ),
        (
            "with an account that is not there",
            |w| {
                let command = command(w, "nora", Member).attach(ghost(), Editor);
                w.run(&w.caller("adam"), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "with an account of another organization",
            |w| {
                let command = command(w, "nora", Member).attach(w.rival.account, Editor);
                w.run(&w.caller("adam"), &command)
            },
            "not_found: `{den}` is not found",
        ),
        (
            "with an account that is closing",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                let command = command(w, "nora", Member).attach(w.lab, Editor);
                w.run(&w.caller("adam"), &command)
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "twice in a batch: none is sent",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(command(w, "nora", Member))
                    .and(command(w, "nora", Viewer));
                w.run(&w.caller("adam"), &batch)
            },
            "already_invited: address `nora@example.com` is invited already",
        ),
        (
            "in an organization that is pending",
            |w| {
                let command = InviteUser::new(w.rival.organization, email("nora"), Member);
                w.run(&w.caller("eve"), &command)
            },
            "invitation.created",
        ),
        (
            "in an organization that is suspended",
            |w| {
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                w.run(&w.caller("ada"), &command(w, "nora", Member))
            },
            "denied: the organization is suspended",
        ),
    ]);
}

/// What a token is confined to bounds the role that is offered with it (law U4).
#[test]
fn inviting_with_a_token() {
    const CREATE: &str = "invitation:create";
    table(&[
        (
            "a whole one",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal());
                w.run(&bearer, &command(w, "nora", Admin))
            },
            "invitation.created",
        ),
        (
            "confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                w.run(&bearer, &command(w, "nora", Member).attach(w.lab, Reader))
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "confined to other actions",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name("user:create")]));
                w.run(&bearer, &command(w, "nora", Member))
            },
            "denied: the token is confined to other actions",
        ),
        (
            "confined to this action, a member",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                w.run(&bearer, &command(w, "nora", Member))
            },
            "invitation.created",
        ),
        (
            "confined to this action, more than a member",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                w.run(&bearer, &command(w, "nora", Billing))
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "confined to this action, with an account",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                w.run(&bearer, &command(w, "nora", Member).attach(w.lab, Reader))
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "confined to this action, again what is more than a member",
            |w| {
                let sent = sent(w, &w.caller("adam"), &command(w, "nora", Viewer));
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                resend(w, &bearer, sent.id)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "confined to this action, again what has an account",
            |w| {
                let sent = sent(
                    w,
                    &w.caller("adam"),
                    &command(w, "nora", Member).attach(w.lab, Reader),
                );
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                resend(w, &bearer, sent.id)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "confined to this action, again what it could send",
            |w| {
                let sent = invited(w);
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                resend(w, &bearer, sent.id)
            },
            "invitation.resent",
        ),
        (
            "confined to this action, taking back",
            |w| {
                let sent = invited(w);
                let (_, bearer) = w.bearer("adam", "t", personal().actions([name(CREATE)]));
                revoke(w, &bearer, sent.id)
            },
            "denied: the token is confined to other actions",
        ),
    ]);
}

#[test]
fn accept_invitation() {
    table(&[
        (
            "by the person",
            |w| accept(w, &nora(), &invited(w)),
            "invitation.accepted, user.created",
        ),
        (
            "by the person, whose address is written otherwise",
            |w| {
                let nora = Caller::person(name("NORA@Example.com"));
                accept(w, &nora, &invited(w))
            },
            "invitation.accepted, user.created",
        ),
        (
            "what the user is comes from the invitation",
            |w| {
                let command = command(w, "nora", Billing)
                    .attach(w.lab, Editor)
                    .attach(w.main, Reader);
                let sent = sent(w, &w.caller("adam"), &command);
                format!("{}: {}", accept(w, &nora(), &sent), made(w))
            },
            "invitation.accepted, user.created, user.attached, user.attached: \
            billing proven true [editor of {lab}, viewer of {main}]",
        ),
        (
            "said twice of an account, the last counts",
            |w| {
                let command = command(w, "nora", Member)
                    .attach(w.lab, Editor)
                    .attach(w.lab, Reader);
                let sent = sent(w, &w.caller("adam"), &command);
                format!("{}: {}", accept(w, &nora(), &sent), made(w))
            },
            "invitation.accepted, user.created, user.attached: member proven true [viewer of {lab}]",
        ),
        (
            "as owner: the address is proven, so one owner more is left",
            |w| {
                let sent = sent(w, &w.caller("ada"), &command(w, "nora", Owner));
                accept(w, &nora(), &sent);
                w.run(&w.caller("ada"), &LeaveOrganization::new(w.spot))
            },
            "user.left",
        ),
        (
            "by a user of another organization who has proven the address",
            |w| {
                let eve = w.caller("eve").with_proven(email("nora"));
                accept(w, &eve, &invited(w))
            },
            "invitation.accepted, user.created",
        ),
        (
            "by a user of another organization who has proven none",
            |w| accept(w, &w.caller("eve"), &invited(w)),
            "proof_required: the caller has proven no address",
        ),
        (
            "with a token that the person has issued for itself elsewhere: it proves nothing",
            |w| {
                let sent = sent(w, &w.caller("adam"), &command(w, "eve", Member));
                accept(w, &token_of_eve(w), &sent)
            },
            "proof_required: the caller has proven no address",
        ),
        (
            "by the host: it has proven nothing",
            |w| accept(w, &host(), &invited(w)),
            "proof_required: the caller has proven no address",
        ),
        (
            "by the inviter, who knows the secret",
            |w| accept(w, &w.caller("adam"), &invited(w)),
            "proof_required: the caller has proven no address",
        ),
        (
            "by the inviter, who knows the secret and has proven an address of its own",
            |w| {
                let adam = w.caller("adam").with_proven(email("adam"));
                accept(w, &adam, &invited(w))
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "twice",
            |w| {
                let sent = invited(w);
                accept(w, &nora(), &sent);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is accepted",
        ),
        (
            "once more after the user was removed",
            |w| {
                let sent = invited(w);
                let command = AcceptInvitation::new(sent.secret(), name("Nora"));
                let user = w.done(&nora(), &command);
                w.done(&w.caller("adam"), &RemoveUser::new(w.spot, user));
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is accepted",
        ),
        (
            "after it was declined",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is declined",
        ),
        (
            "after it was taken back",
            |w| {
                let sent = invited(w);
                revoke(w, &w.caller("adam"), sent.id);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is revoked",
        ),
        (
            "after it was sent again, with the new secret",
            |w| {
                let sent = invited(w);
                accept(w, &nora(), &again(w, &w.caller("anna"), sent.id))
            },
            "invitation.accepted, user.created",
        ),
    ]);
}

/// Eve comes with a token of her own organization.
fn token_of_eve(w: &World) -> Caller {
    let command = IssueToken::new(w.rival.organization, w.rival.owner, personal());
    let minted = w.done(&w.caller("eve"), &command);
    w.authenticate(minted.secret.expect("told once").expose())
        .unwrap()
}

/// Makes a secret that names an invitation and was never sent.
fn forged(brand: &str, organization: OrganizationId, id: InvitationId) -> Sent {
    let brand = name(brand);
    let (organization, of) = (organization.to_bytes(), id.to_bytes());
    let minted = mint(&brand, SecretKind::Invitation, organization, of, &[7; 32]);
    let text = minted.secret.expose().into();
    Sent { id, text }
}

/// Whatever does not fit, the answer is that of an invitation that never was: who guesses learns
/// nothing.
#[test]
fn what_does_not_fit_is_not_found() {
    table(&[
        (
            "another secret",
            |w| accept(w, &nora(), &forged("acme", w.spot, invited(w).id)),
            "not_found: `{invitation}` is not found",
        ),
        (
            "the secret of an invitation that is not there",
            |w| accept(w, &nora(), &forged("acme", w.spot, ghost())),
            "not_found: `{invitation}` is not found",
        ),
        (
            "the secret of an organization that is not there",
            |w| accept(w, &nora(), &forged("acme", ghost(), ghost())),
            "not_found: `{invitation}` is not found",
        ),
        (
            "the secret of an invitation under another organization",
            |w| {
                accept(
                    w,
                    &nora(),
                    &forged("acme", w.rival.organization, invited(w).id),
                )
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "a secret of another brand",
            |w| accept(w, &nora(), &forged("spot", w.spot, invited(w).id)),
            "not_found: `{invitation}` is not found",
        ),
        (
            "the secret of another's invitation",
            |w| {
                invited(w);
                let other = sent(w, &w.caller("adam"), &command(w, "zoe", Member));
                accept(w, &nora(), &other)
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "the secret before it was sent again",
            |w| {
                let sent = invited(w);
                again(w, &w.caller("adam"), sent.id);
                accept(w, &nora(), &sent)
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "the right secret and another proven address",
            |w| accept(w, &person("zoe"), &invited(w)),
            "not_found: `{invitation}` is not found",
        ),
        (
            "the right secret and an address that has a tag more",
            |w| accept(w, &person("nora+1"), &invited(w)),
            "not_found: `{invitation}` is not found",
        ),
        (
            "the right secret and the address of an owner",
            |w| accept(w, &person("ada"), &invited(w)),
            "not_found: `{invitation}` is not found",
        ),
        (
            "an invitation that has ended, with another secret",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                accept(w, &nora(), &forged("acme", w.spot, sent.id))
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "one that has ended, with the right secret and another address",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                accept(w, &person("zoe"), &sent)
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "one of a suspended organization, with another secret",
            |w| {
                let sent = invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                accept(w, &nora(), &forged("acme", w.spot, sent.id))
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "declining as somebody else",
            |w| decline(w, &person("zoe"), invited(w).id),
            "not_found: `{invitation}` is not found",
        ),
        (
            "declining what is not there",
            |w| {
                invited(w);
                decline(w, &nora(), ghost())
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "declining under an organization that is not there",
            |w| {
                let command = DeclineInvitation::new(ghost(), invited(w).id);
                short(w.run(&nora(), &command))
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "declining under another organization",
            |w| {
                let command = DeclineInvitation::new(w.rival.organization, invited(w).id);
                short(w.run(&nora(), &command))
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "declining what somebody else has declined",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                decline(w, &person("zoe"), sent.id)
            },
            "not_found: `{invitation}` is not found",
        ),
    ]);
    // Nothing but the secret of an invitation is read as one.
    let w = World::new();
    let (_, token) = w.mint(&w.caller("adam"), "adam", "t", personal());
    let error = token.parse::<InvitationSecret>().unwrap_err();
    assert_eq!(error.to_string(), "expected the secret of an invitation");
    assert!(w.authenticate(&invited(&w).text).is_err());
}

/// Law U5: whoever sent it could send it now, and the organization can take somebody in now.
#[test]
fn an_invitation_is_checked_again_when_it_is_accepted() {
    const ACCEPTED: &str = "invitation.accepted, user.created";
    const INVITER: &str =
        "inviter: whoever sent the invitation may not make anybody member any more";
    fn ada(w: &World) -> Caller {
        w.caller("ada")
    }
    table(&[
        (
            "the inviter was demoted",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("adam"), Viewer));
                accept(w, &nora(), &sent)
            },
            INVITER,
        ),
        (
            "the inviter was demoted, and is what it was again",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("adam"), Viewer));
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("adam"), Admin));
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the inviter was suspended",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("adam")));
                accept(w, &nora(), &sent)
            },
            INVITER,
        ),
        (
            "the inviter was suspended, and is active again",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("adam")));
                w.done(&ada(w), &ReactivateUser::new(w.spot, w.user("adam")));
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the inviter was removed",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("adam")));
                accept(w, &nora(), &sent)
            },
            INVITER,
        ),
        (
            "the inviter has left",
            |w| {
                let sent = invited(w);
                w.done(&w.caller("adam"), &LeaveOrganization::new(w.spot));
                accept(w, &nora(), &sent)
            },
            INVITER,
        ),
        (
            "an owner who is admin by now, of an owner",
            |w| {
                let sent = sent(w, &w.caller("olga"), &command(w, "nora", Owner));
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("olga"), Admin));
                accept(w, &nora(), &sent)
            },
            "inviter: whoever sent the invitation may not make anybody owner any more",
        ),
        (
            "an owner who is admin by now, of an admin",
            |w| {
                let sent = sent(w, &w.caller("olga"), &command(w, "nora", Admin));
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("olga"), Admin));
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the inviter was removed, and somebody else has sent it again",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("adam")));
                accept(w, &nora(), &again(w, &w.caller("anna"), sent.id))
            },
            ACCEPTED,
        ),
        (
            "the inviter was removed, and the host has sent it again",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("adam")));
                accept(w, &nora(), &again(w, &host(), sent.id))
            },
            ACCEPTED,
        ),
        (
            "who sent it last was removed: who sent it first does not count",
            |w| {
                let sent = invited(w);
                let sent = again(w, &w.caller("anna"), sent.id);
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("anna")));
                accept(w, &nora(), &sent)
            },
            INVITER,
        ),
        (
            "what the host sent",
            |w| {
                let sent = sent(w, &host(), &command(w, "nora", Owner));
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the token with which it was sent is gone: the user sent it",
            |w| {
                let (id, bearer) = w.bearer("adam", "t", personal());
                let sent = sent(w, &bearer, &command(w, "nora", Member));
                w.done(
                    &w.caller("adam"),
                    &tenancy::command::RevokeToken::new(w.spot, id),
                );
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the organization is suspended",
            |w| {
                let sent = invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                accept(w, &nora(), &sent)
            },
            "denied: the organization is suspended",
        ),
        (
            "the organization was suspended, and is not any more",
            |w| {
                let sent = invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                w.done(&host(), &LiftSuspension::new(w.spot, Unpaid));
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the organization is closing",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                accept(w, &nora(), &sent)
            },
            "denied: the organization is closing",
        ),
        (
            "the organization was closing, and was restored",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                w.done(&ada(w), &RestoreOrganization::new(w.spot));
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "the organization is closed: there is nothing",
            |w| {
                let sent = invited(w);
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                at(w, 31 * DAY);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                format!(
                    "{}; {}",
                    accept(w, &nora(), &sent),
                    decline(w, &nora(), sent.id)
                )
            },
            "not_found: `{invitation}` is not found; not_found: `{invitation}` is not found",
        ),
        (
            "the organization is pending",
            |w| {
                let there = InviteUser::new(w.rival.organization, email("nora"), Member);
                let sent = sent(w, &w.caller("eve"), &there);
                accept(w, &nora(), &sent)
            },
            ACCEPTED,
        ),
        (
            "an account was closed meanwhile: it is left out",
            |w| {
                let command = command(w, "nora", Member)
                    .attach(w.lab, Editor)
                    .attach(w.vault, Reader);
                let sent = sent(w, &w.caller("adam"), &command);
                w.done(&ada(w), &CloseAccount::new(w.spot, w.lab));
                format!("{}: {}", accept(w, &nora(), &sent), made(w))
            },
            "invitation.accepted, user.created, user.attached: member proven true [viewer of {vault}]",
        ),
        (
            "an account was closed and restored meanwhile: it is not left out",
            |w| {
                let sent = sent(
                    w,
                    &w.caller("adam"),
                    &command(w, "nora", Member).attach(w.lab, Editor),
                );
                w.done(&ada(w), &CloseAccount::new(w.spot, w.lab));
                w.done(
                    &ada(w),
                    &tenancy::command::RestoreAccount::new(w.spot, w.lab),
                );
                format!("{}: {}", accept(w, &nora(), &sent), made(w))
            },
            "invitation.accepted, user.created, user.attached: member proven true [editor of {lab}]",
        ),
        (
            "the address became a user's after the invitation had expired",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                let command = CreateUser::new(w.spot, name("Nora"), email("nora"), Member);
                w.done(&ada(w), &command);
                format!(
                    "{}; {}",
                    accept(w, &nora(), &sent),
                    resend(w, &ada(w), sent.id)
                )
            },
            "invitation_status: the invitation is expired; email_taken: address `nora@example.com` is taken",
        ),
    ]);
}

/// Without accounts a person is attached to the default one, where the rules say so.
#[test]
fn the_default_account_is_that_of_the_moment_of_acceptance() {
    let mut rules = settings();
    rules.rules.first_attachment = Some(Reader);
    table_with(
        rules,
        &[
            (
                "none named",
                |w| format!("{}: {}", accept(w, &nora(), &invited(w)), made(w)),
                "invitation.accepted, user.created, user.attached: member proven true [viewer of {main}]",
            ),
            (
                "none named, and another is the default one by now",
                |w| {
                    let sent = invited(w);
                    let close = CloseAccount::new(w.spot, w.main).successor(w.vault);
                    w.done(&w.caller("ada"), &close);
                    accept(w, &nora(), &sent);
                    made(w)
                },
                "member proven true [viewer of {vault}]",
            ),
            (
                "none named, and none is open",
                |w| {
                    let sent = invited(w);
                    for account in [w.lab, w.vault, w.main] {
                        w.done(&w.caller("ada"), &CloseAccount::new(w.spot, account));
                    }
                    accept(w, &nora(), &sent);
                    made(w)
                },
                "member proven true []",
            ),
            (
                "one named that is closed by now: the default one does not take its place",
                |w| {
                    let sent = sent(
                        w,
                        &w.caller("adam"),
                        &command(w, "nora", Member).attach(w.lab, Editor),
                    );
                    w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                    accept(w, &nora(), &sent);
                    made(w)
                },
                "member proven true []",
            ),
        ],
    );
}

/// Who is invited takes the place of a user. There are 13 users to begin with.
#[test]
fn an_invitation_takes_the_place_of_a_user() {
    let mut few = settings();
    few.limits.users = 14;
    const FULL: &str = "limit: there would be 15 users in the organization, expected at most 14";
    fn create(w: &World, who: &str) -> String {
        let command = CreateUser::new(w.spot, name("N"), email(who), Member);
        w.run(&w.caller("ada"), &command)
    }
    table_with(
        few,
        &[
            (
                "the last place",
                |w| w.run(&w.caller("adam"), &command(w, "nora", Member)),
                "invitation.created",
            ),
            (
                "an invitation more",
                |w| {
                    invited(w);
                    w.run(&w.caller("adam"), &command(w, "zoe", Member))
                },
                FULL,
            ),
            (
                "a user more",
                |w| {
                    invited(w);
                    create(w, "zoe")
                },
                FULL,
            ),
            (
                "its own place is kept for the person",
                |w| accept(w, &nora(), &invited(w)),
                "invitation.accepted, user.created",
            ),
            (
                "once it is accepted it is one user and no more",
                |w| {
                    accept(w, &nora(), &invited(w));
                    create(w, "zoe")
                },
                FULL,
            ),
            (
                "declining gives the place back",
                |w| {
                    decline(w, &nora(), invited(w).id);
                    create(w, "zoe")
                },
                "user.created",
            ),
            (
                "taking it back gives the place back",
                |w| {
                    revoke(w, &w.caller("adam"), invited(w).id);
                    create(w, "zoe")
                },
                "user.created",
            ),
            (
                "a millisecond before it expires the place is its own",
                |w| {
                    invited(w);
                    at(w, 7 * DAY - 1);
                    create(w, "zoe")
                },
                FULL,
            ),
            (
                "when it expires the place is free",
                |w| {
                    invited(w);
                    at(w, 7 * DAY);
                    create(w, "zoe")
                },
                "user.created",
            ),
            (
                "an expired one is not sent again without a place",
                |w| {
                    let sent = invited(w);
                    at(w, 7 * DAY);
                    create(w, "zoe");
                    resend(w, &w.caller("adam"), sent.id)
                },
                FULL,
            ),
            (
                "one that can be answered is sent again without another place",
                |w| {
                    let sent = invited(w);
                    resend(w, &w.caller("adam"), sent.id)
                },
                "invitation.resent",
            ),
            (
                "a removed user's place is free",
                |w| {
                    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("max")));
                    invited(w);
                    create(w, "zoe")
                },
                "user.created",
            ),
        ],
    );
    // Where the host allows less by now, accepting is refused too.
    let mut fewer = settings();
    fewer.limits.users = 12;
    let w = World::new();
    let sent = invited(&w);
    let store = w.registry.store();
    let strict = tenancy::blocking::Registry::new(store, alloc::sync::Arc::clone(&w.clock), fewer);
    let command = AcceptInvitation::new(sent.secret(), name("Nora"));
    let told = strict.run(&nora(), &command).unwrap_err();
    assert_eq!(
        w.told(&told),
        "limit: there would be 14 users in the organization, expected at most 12"
    );
}

#[test]
fn an_invitation_expires() {
    table(&[
        (
            "a millisecond before",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY - 1);
                accept(w, &nora(), &sent)
            },
            "invitation.accepted, user.created",
        ),
        (
            "at the very millisecond",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is expired",
        ),
        (
            "a millisecond after",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY + 1);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is expired",
        ),
        (
            "declining at the very millisecond",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                decline(w, &nora(), sent.id)
            },
            "invitation_status: the invitation is expired",
        ),
        (
            "a clock that goes back brings it not back",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                w.done(
                    &w.caller("ada"),
                    &tenancy::command::CreateAccount::new(w.spot, name("N")),
                );
                at(w, 7 * DAY - MINUTE);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is expired",
        ),
        (
            "another can be sent to the address then",
            |w| {
                invited(w);
                at(w, 7 * DAY);
                w.run(&w.caller("adam"), &command(w, "nora", Viewer))
            },
            "invitation.created",
        ),
        (
            "none before",
            |w| {
                invited(w);
                at(w, 7 * DAY - 1);
                w.run(&w.caller("adam"), &command(w, "nora", Viewer))
            },
            "already_invited: address `nora@example.com` is invited already",
        ),
        (
            "the expired one is not sent again beside another",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                w.done(&w.caller("adam"), &command(w, "nora", Viewer));
                resend(w, &w.caller("adam"), sent.id)
            },
            "already_invited: address `nora@example.com` is invited already",
        ),
        (
            "taking the expired one back leaves the other",
            |w| {
                let old = invited(w);
                at(w, 7 * DAY);
                let new = sent(w, &w.caller("adam"), &command(w, "nora", Viewer));
                let revoked = revoke(w, &w.caller("adam"), old.id);
                let twice = w.run(&w.caller("adam"), &command(w, "nora", Member));
                format!(
                    "{revoked}; {twice}; {}; {}",
                    mine(w, &nora()),
                    accept(w, &nora(), &new)
                )
            },
            "invitation.revoked; already_invited: address `nora@example.com` is invited already; \
            viewer of {spot} until 2026-12-05T12:00:00.000Z; invitation.accepted, user.created",
        ),
    ]);
}

/// What somebody is told of its own invitations.
fn mine(w: &World, caller: &Caller) -> String {
    let told = w
        .registry
        .ask_at(Freshness::Latest, caller, &InvitationsOf::caller());
    match told {
        Err(error) => w.told(&error),
        Ok(answer) => {
            let rows = answer.value.rows.iter();
            let rows = rows
                .map(|it| format!("{} of {} until {}", it.role, it.organization, it.expires_at));
            w.named(&rows.collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn resend_invitation() {
    fn until(w: &World, id: InvitationId) -> String {
        w.state(w.spot)
            .invitation(id)
            .unwrap()
            .expires_at()
            .to_string()
    }
    fn adam(w: &World) -> Caller {
        w.caller("adam")
    }
    table(&[
        (
            "its time begins anew",
            |w| {
                let sent = invited(w);
                at(w, DAY);
                let told = resend(w, &adam(w), sent.id);
                format!("{told} until {}", until(w, sent.id))
            },
            "invitation.resent until 2026-11-29T12:00:00.000Z",
        ),
        (
            "one that has expired",
            |w| {
                let sent = invited(w);
                at(w, 8 * DAY);
                accept(w, &nora(), &again(w, &adam(w), sent.id))
            },
            "invitation.accepted, user.created",
        ),
        (
            "its age cuts its time",
            |w| {
                let sent = invited(w);
                at(w, 25 * DAY);
                let sent = again(w, &adam(w), sent.id);
                let until = until(w, sent.id);
                at(w, 30 * DAY - 1);
                format!("until {until}: {}", accept(w, &nora(), &sent))
            },
            "until 2026-12-21T12:00:00.000Z: invitation.accepted, user.created",
        ),
        (
            "at its age it is over",
            |w| {
                let sent = invited(w);
                at(w, 25 * DAY);
                let sent = again(w, &adam(w), sent.id);
                at(w, 30 * DAY);
                accept(w, &nora(), &sent)
            },
            "invitation_status: the invitation is expired",
        ),
        (
            "a millisecond before its age",
            |w| {
                let sent = invited(w);
                at(w, 30 * DAY - 1);
                let told = resend(w, &adam(w), sent.id);
                format!("{told} until {}", until(w, sent.id))
            },
            "invitation.resent until 2026-12-21T12:00:00.000Z",
        ),
        (
            "at its age",
            |w| {
                let sent = invited(w);
                at(w, 30 * DAY);
                resend(w, &adam(w), sent.id)
            },
            "invitation_age: the invitation could be sent again until 2026-12-21T12:00:00.000Z, \
            and it is 2026-12-21T12:00:00.000Z",
        ),
        (
            "its age counts from the first time that it was sent",
            |w| {
                let sent = invited(w);
                at(w, 29 * DAY);
                again(w, &adam(w), sent.id);
                at(w, 30 * DAY);
                resend(w, &adam(w), sent.id)
            },
            "invitation_age: the invitation could be sent again until 2026-12-21T12:00:00.000Z, \
            and it is 2026-12-21T12:00:00.000Z",
        ),
        (
            "one that was accepted",
            |w| {
                let sent = invited(w);
                accept(w, &nora(), &sent);
                resend(w, &adam(w), sent.id)
            },
            "invitation_status: the invitation is accepted",
        ),
        (
            "one that was declined",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                resend(w, &adam(w), sent.id)
            },
            "invitation_status: the invitation is declined",
        ),
        (
            "one that was taken back",
            |w| {
                let sent = invited(w);
                revoke(w, &adam(w), sent.id);
                resend(w, &adam(w), sent.id)
            },
            "invitation_status: the invitation is revoked",
        ),
        (
            "of an owner by an admin",
            |w| {
                let sent = sent(w, &w.caller("ada"), &command(w, "nora", Owner));
                resend(w, &adam(w), sent.id)
            },
            "role_not_held: role owner cannot be given by a caller who is admin",
        ),
        (
            "one that is not there",
            |w| resend(w, &adam(w), ghost()),
            "not_found: `{invitation}` is not found",
        ),
        (
            "one of another organization",
            |w| {
                let there = InviteUser::new(w.rival.organization, email("nora"), Member);
                resend(w, &adam(w), sent(w, &w.caller("eve"), &there).id)
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "by a viewer, who does not read it",
            |w| resend(w, &w.caller("vera"), invited(w).id),
            "not_found: `{invitation}` is not found",
        ),
        (
            "by the person",
            |w| resend(w, &nora(), invited(w).id),
            "not_found: `{spot}` is not found",
        ),
        (
            "from another organization",
            |w| resend(w, &w.caller("eve"), invited(w).id),
            "not_found: `{spot}` is not found",
        ),
        (
            "in an organization that is suspended",
            |w| {
                let sent = invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                resend(w, &adam(w), sent.id)
            },
            "denied: the organization is suspended",
        ),
        (
            "an account that was closed meanwhile does not matter",
            |w| {
                let sent = sent(
                    w,
                    &adam(w),
                    &command(w, "nora", Member).attach(w.lab, Reader),
                );
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                resend(w, &adam(w), sent.id)
            },
            "invitation.resent",
        ),
    ]);
}

/// An invitation that is sent lives no longer than its age either, where that is the less.
#[test]
fn the_age_bounds_the_first_time_too() {
    let mut rules = settings();
    rules.rules.invitation_age = core::time::Duration::from_millis(2 * DAY);
    table_with(
        rules,
        &[
            (
                "a millisecond before",
                |w| {
                    let sent = invited(w);
                    at(w, 2 * DAY - 1);
                    accept(w, &nora(), &sent)
                },
                "invitation.accepted, user.created",
            ),
            (
                "at its age",
                |w| {
                    let sent = invited(w);
                    at(w, 2 * DAY);
                    accept(w, &nora(), &sent)
                },
                "invitation_status: the invitation is expired",
            ),
        ],
    );
}

#[test]
fn revoke_invitation() {
    table(&[
        (
            "one that can be answered",
            |w| revoke(w, &w.caller("anna"), invited(w).id),
            "invitation.revoked",
        ),
        (
            "by the host",
            |w| revoke(w, &host(), invited(w).id),
            "invitation.revoked",
        ),
        (
            "one that has expired",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                revoke(w, &w.caller("anna"), sent.id)
            },
            "invitation.revoked",
        ),
        (
            "twice",
            |w| {
                let sent = invited(w);
                revoke(w, &w.caller("anna"), sent.id);
                revoke(w, &w.caller("anna"), sent.id)
            },
            "nothing",
        ),
        (
            "one that was accepted",
            |w| {
                let sent = invited(w);
                accept(w, &nora(), &sent);
                revoke(w, &w.caller("anna"), sent.id)
            },
            "invitation_status: the invitation is accepted",
        ),
        (
            "one that was declined",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                revoke(w, &w.caller("anna"), sent.id)
            },
            "invitation_status: the invitation is declined",
        ),
        (
            "of an owner by an admin",
            |w| {
                let sent = sent(w, &w.caller("ada"), &command(w, "nora", Owner));
                revoke(w, &w.caller("adam"), sent.id)
            },
            "role_not_held: role owner cannot be given by a caller who is admin",
        ),
        (
            "of an admin by an admin",
            |w| {
                let sent = sent(w, &w.caller("ada"), &command(w, "nora", Admin));
                revoke(w, &w.caller("adam"), sent.id)
            },
            "invitation.revoked",
        ),
        (
            "by a viewer, who does not read it",
            |w| revoke(w, &w.caller("vera"), invited(w).id),
            "not_found: `{invitation}` is not found",
        ),
        (
            "by the person",
            |w| revoke(w, &nora(), invited(w).id),
            "not_found: `{spot}` is not found",
        ),
        (
            "one that is not there",
            |w| revoke(w, &w.caller("adam"), ghost()),
            "not_found: `{invitation}` is not found",
        ),
        (
            "one of another organization",
            |w| {
                let there = InviteUser::new(w.rival.organization, email("nora"), Member);
                revoke(w, &w.caller("adam"), sent(w, &w.caller("eve"), &there).id)
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                let sent = invited(w);
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                revoke(w, &bearer, sent.id)
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to accounts, one that is not there: the same",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                revoke(w, &bearer, ghost())
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}

#[test]
fn decline_invitation() {
    table(&[
        (
            "by the person, without the secret",
            |w| decline(w, &nora(), invited(w).id),
            "invitation.declined",
        ),
        (
            "by a user of another organization who has proven the address",
            |w| {
                let eve = w.caller("eve").with_proven(email("nora"));
                decline(w, &eve, invited(w).id)
            },
            "invitation.declined",
        ),
        (
            "by who has proven nothing",
            |w| decline(w, &w.caller("eve"), invited(w).id),
            "proof_required: the caller has proven no address",
        ),
        (
            "with a token of the person's from elsewhere: it proves nothing",
            |w| {
                let sent = sent(w, &w.caller("adam"), &command(w, "eve", Member));
                decline(w, &token_of_eve(w), sent.id)
            },
            "proof_required: the caller has proven no address",
        ),
        (
            "by the host",
            |w| decline(w, &host(), invited(w).id),
            "proof_required: the caller has proven no address",
        ),
        (
            "twice",
            |w| {
                let sent = invited(w);
                decline(w, &nora(), sent.id);
                decline(w, &nora(), sent.id)
            },
            "nothing",
        ),
        (
            "after accepting it",
            |w| {
                let sent = invited(w);
                accept(w, &nora(), &sent);
                decline(w, &nora(), sent.id)
            },
            "invitation_status: the invitation is accepted",
        ),
        (
            "after it was taken back",
            |w| {
                let sent = invited(w);
                revoke(w, &w.caller("adam"), sent.id);
                decline(w, &nora(), sent.id)
            },
            "invitation_status: the invitation is revoked",
        ),
        (
            "in an organization that is suspended",
            |w| {
                let sent = invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                decline(w, &nora(), sent.id)
            },
            "invitation.declined",
        ),
        (
            "in an organization that is closing",
            |w| {
                let sent = invited(w);
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                decline(w, &nora(), sent.id)
            },
            "invitation.declined",
        ),
    ]);
}

fn two_a_day() -> Settings {
    let mut few = settings();
    few.limits.invitations_per_day = 2;
    few
}

#[test]
fn as_many_are_sent_within_a_day_as_may_be() {
    const FULL: &str = "limit: there would be 3 invitations within 24 hours, expected at most 2";
    fn one(w: &World, who: &str) -> String {
        w.run(&w.caller("adam"), &command(w, who, Member))
    }
    table_with(
        two_a_day(),
        &[
            (
                "the second",
                |w| {
                    one(w, "a");
                    one(w, "b")
                },
                "invitation.created",
            ),
            (
                "the third",
                |w| {
                    one(w, "a");
                    one(w, "b");
                    one(w, "c")
                },
                FULL,
            ),
            (
                "the third, by the host: rules hold for it too",
                |w| {
                    one(w, "a");
                    one(w, "b");
                    w.run(&host(), &command(w, "c", Member))
                },
                FULL,
            ),
            (
                "the third in one batch",
                |w| {
                    let batch =
                        Batch::new(w.spot).all(["a", "b", "c"].map(|who| command(w, who, Member)));
                    w.run(&w.caller("adam"), &batch)
                },
                FULL,
            ),
            (
                "another organization has a day of its own",
                |w| {
                    one(w, "a");
                    one(w, "b");
                    let there = InviteUser::new(w.rival.organization, email("c"), Member);
                    w.run(&w.caller("eve"), &there)
                },
                "invitation.created",
            ),
            (
                "a millisecond before the first is a day ago",
                |w| {
                    one(w, "a");
                    at(w, MINUTE);
                    one(w, "b");
                    at(w, DAY - 1);
                    one(w, "c")
                },
                FULL,
            ),
            (
                "when the first is a day ago",
                |w| {
                    one(w, "a");
                    at(w, MINUTE);
                    one(w, "b");
                    at(w, DAY);
                    one(w, "c")
                },
                "invitation.created",
            ),
            (
                "a day after the first there is room for one",
                |w| {
                    one(w, "a");
                    at(w, MINUTE);
                    one(w, "b");
                    at(w, DAY);
                    one(w, "c");
                    one(w, "d")
                },
                FULL,
            ),
            (
                "sending again counts",
                |w| {
                    let sent = invited(w);
                    resend(w, &w.caller("adam"), sent.id);
                    one(w, "c")
                },
                FULL,
            ),
            (
                "sending again is counted",
                |w| {
                    let sent = invited(w);
                    one(w, "b");
                    resend(w, &w.caller("adam"), sent.id)
                },
                FULL,
            ),
            (
                "one that was accepted does not count",
                |w| {
                    accept(w, &nora(), &invited(w));
                    one(w, "b");
                    one(w, "c")
                },
                "invitation.created",
            ),
            (
                "one that was sent twice and accepted counts for neither",
                |w| {
                    let sent = invited(w);
                    accept(w, &nora(), &again(w, &w.caller("adam"), sent.id));
                    one(w, "b");
                    one(w, "c")
                },
                "invitation.created",
            ),
            (
                "one that was declined counts",
                |w| {
                    decline(w, &nora(), invited(w).id);
                    one(w, "b");
                    one(w, "c")
                },
                FULL,
            ),
            (
                "one that was taken back counts",
                |w| {
                    revoke(w, &w.caller("adam"), invited(w).id);
                    one(w, "b");
                    one(w, "c")
                },
                FULL,
            ),
            (
                "a clock that goes back makes no room",
                |w| {
                    one(w, "a");
                    one(w, "b");
                    at(w, DAY);
                    one(w, "c");
                    one(w, "d");
                    at(w, DAY - MINUTE);
                    one(w, "e")
                },
                FULL,
            ),
        ],
    );
}

/// Law U3: an address is one user's, or that of somebody who is invited.
#[test]
fn an_invited_address_is_nobody_elses() {
    const INVITED: &str = "already_invited: address `nora@example.com` is invited already";
    table(&[
        (
            "creating a user",
            |w| {
                invited(w);
                let command = CreateUser::new(w.spot, name("Nora"), email("nora"), Member);
                w.run(&w.caller("ada"), &command)
            },
            INVITED,
        ),
        (
            "creating a user by the host",
            |w| {
                invited(w);
                let command = CreateUser::new(w.spot, name("Nora"), email("nora"), Member);
                w.run(&host(), &command)
            },
            INVITED,
        ),
        (
            "changing an address to it",
            |w| {
                invited(w);
                let command = ChangeEmail::new(w.spot, w.user("mia"), email("nora"));
                w.run(&w.caller("ada"), &command)
            },
            INVITED,
        ),
        (
            "proving it after it was invited",
            |w| {
                let change = ChangeEmail::new(w.spot, w.user("mia"), email("nora"));
                w.done(&w.caller("ada"), &change);
                invited(w);
                let mia = w.caller("mia").with_proven(email("nora"));
                w.run(&mia, &ProveEmail::new(w.spot))
            },
            INVITED,
        ),
        (
            "proving it after that invitation was taken back",
            |w| {
                let change = ChangeEmail::new(w.spot, w.user("mia"), email("nora"));
                w.done(&w.caller("ada"), &change);
                let sent = invited(w);
                revoke(w, &w.caller("adam"), sent.id);
                let mia = w.caller("mia").with_proven(email("nora"));
                w.run(&mia, &ProveEmail::new(w.spot))
            },
            "user.email_proven",
        ),
        (
            "creating a user after it was declined",
            |w| {
                decline(w, &nora(), invited(w).id);
                let command = CreateUser::new(w.spot, name("Nora"), email("nora"), Member);
                w.run(&w.caller("ada"), &command)
            },
            "user.created",
        ),
        (
            "the same address in another organization",
            |w| {
                invited(w);
                let command =
                    CreateUser::new(w.rival.organization, name("Nora"), email("nora"), Member);
                w.run(&w.caller("eve"), &command)
            },
            "user.created",
        ),
    ]);
}

#[test]
fn invitations_of_the_caller() {
    table(&[
        (
            "one",
            |w| {
                invited(w);
                mine(w, &nora())
            },
            "member of {spot} until 2026-11-28T12:00:00.000Z",
        ),
        (
            "of two organizations, one that is pending",
            |w| {
                invited(w);
                let there = InviteUser::new(w.rival.organization, email("nora"), Admin);
                w.done(&w.caller("eve"), &there);
                mine(w, &nora())
            },
            "member of {spot} until 2026-11-28T12:00:00.000Z, \
            admin of {rival} until 2026-11-28T12:00:00.000Z",
        ),
        (
            "by a user who has proven the address",
            |w| {
                invited(w);
                mine(w, &w.caller("eve").with_proven(email("nora")))
            },
            "member of {spot} until 2026-11-28T12:00:00.000Z",
        ),
        (
            "of somebody else",
            |w| {
                invited(w);
                mine(w, &person("zoe"))
            },
            "",
        ),
        (
            "by who has proven nothing",
            |w| mine(w, &w.caller("adam")),
            "proof_required: the caller has proven no address",
        ),
        (
            "with a token of the person's from elsewhere: it proves nothing",
            |w| {
                sent(w, &w.caller("adam"), &command(w, "eve", Member));
                mine(w, &token_of_eve(w))
            },
            "proof_required: the caller has proven no address",
        ),
        (
            "by the host",
            |w| mine(w, &host()),
            "proof_required: the caller has proven no address",
        ),
        (
            "accepted",
            |w| {
                accept(w, &nora(), &invited(w));
                mine(w, &nora())
            },
            "",
        ),
        (
            "declined",
            |w| {
                decline(w, &nora(), invited(w).id);
                mine(w, &nora())
            },
            "",
        ),
        (
            "taken back",
            |w| {
                revoke(w, &w.caller("adam"), invited(w).id);
                mine(w, &nora())
            },
            "",
        ),
        (
            "a millisecond before it expires",
            |w| {
                invited(w);
                at(w, 7 * DAY - 1);
                mine(w, &nora())
            },
            "member of {spot} until 2026-11-28T12:00:00.000Z",
        ),
        (
            "expired",
            |w| {
                invited(w);
                at(w, 7 * DAY);
                mine(w, &nora())
            },
            "",
        ),
        (
            "expired and sent again",
            |w| {
                let sent = invited(w);
                at(w, 7 * DAY);
                again(w, &w.caller("adam"), sent.id);
                mine(w, &nora())
            },
            "member of {spot} until 2026-12-05T12:00:00.000Z",
        ),
        (
            "declined and invited anew",
            |w| {
                decline(w, &nora(), invited(w).id);
                sent(w, &w.caller("adam"), &command(w, "nora", Viewer));
                mine(w, &nora())
            },
            "viewer of {spot} until 2026-11-28T12:00:00.000Z",
        ),
        (
            "suspended: that is no business of hers",
            |w| {
                invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                mine(w, &nora())
            },
            "",
        ),
        (
            "closing",
            |w| {
                invited(w);
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                mine(w, &nora())
            },
            "",
        ),
        (
            "closed",
            |w| {
                let sent = invited(w);
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                at(w, 30 * DAY);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                assert_eq!(w.state(w.spot).invitation(sent.id).unwrap().email(), None);
                mine(w, &nora())
            },
            "",
        ),
    ]);
}

/// What an admin reads of an invitation.
fn read(w: &World, caller: &Caller, id: InvitationId) -> String {
    let query = GetInvitation::new(w.spot, id);
    let told = w.registry.ask_at(Freshness::Latest, caller, &query);
    short(match told {
        Err(error) => w.told(&error),
        Ok(answer) => w.named(&serde_json::to_string(&answer.value).unwrap()),
    })
}

fn list(w: &World, caller: &Caller, query: &ListInvitations) -> String {
    let told = w.registry.ask_at(Freshness::Latest, caller, query);
    match told {
        Err(error) => w.told(&error),
        Ok(answer) => {
            let rows = answer.value.rows.iter();
            let rows = rows.map(|it| it.email().unwrap().to_string());
            rows.collect::<Vec<_>>().join(", ")
        }
    }
}

#[test]
fn reading_invitations() {
    table(&[
        (
            "one",
            |w| {
                let command = command(w, "nora", Viewer).attach(w.lab, Editor);
                read(
                    w,
                    &w.caller("anna"),
                    sent(w, &w.caller("adam"), &command).id,
                )
            },
            r#"{"id":"{invitation}","email":"nora@example.com","role":"viewer","attachments":[{"account":"{lab}","role":"editor"}],"invited_by":"{adam}","created_at":"2026-11-21T12:00:00.000Z","sent_at":"2026-11-21T12:00:00.000Z","expires_at":"2026-11-28T12:00:00.000Z"}"#,
        ),
        (
            "one of the host's that was sent again and declined",
            |w| {
                let sent = invited(w);
                at(w, DAY);
                again(w, &host(), sent.id);
                decline(w, &nora(), sent.id);
                read(w, &w.caller("anna"), sent.id)
            },
            r#"{"id":"{invitation}","email":"nora@example.com","role":"member","attachments":[],"created_at":"2026-11-21T12:00:00.000Z","sent_at":"2026-11-22T12:00:00.000Z","expires_at":"2026-11-29T12:00:00.000Z","answer":"declined"}"#,
        ),
        (
            "by a viewer",
            |w| read(w, &w.caller("vera"), invited(w).id),
            "not_found: `{invitation}` is not found",
        ),
        (
            "by a member",
            |w| read(w, &w.caller("mia"), invited(w).id),
            "not_found: `{invitation}` is not found",
        ),
        (
            "by the person",
            |w| read(w, &nora(), invited(w).id),
            "not_found: `{spot}` is not found",
        ),
        (
            "one that is not there",
            |w| read(w, &w.caller("anna"), ghost()),
            "not_found: `{invitation}` is not found",
        ),
        (
            "one of another organization",
            |w| {
                let there = InviteUser::new(w.rival.organization, email("nora"), Member);
                read(w, &w.caller("anna"), sent(w, &w.caller("eve"), &there).id)
            },
            "not_found: `{invitation}` is not found",
        ),
        (
            "all, whatever became of them",
            |w| {
                decline(w, &nora(), invited(w).id);
                sent(w, &w.caller("adam"), &command(w, "zoe", Member));
                list(w, &w.caller("anna"), &ListInvitations::new(w.spot))
            },
            "nora@example.com, zoe@example.com",
        ),
        (
            "those of an address",
            |w| {
                invited(w);
                sent(w, &w.caller("adam"), &command(w, "zoe", Member));
                let query = ListInvitations::new(w.spot).of_email(name("NORA@example.com"));
                list(w, &w.caller("anna"), &query)
            },
            "nora@example.com",
        ),
        (
            "those that can be answered, a millisecond before one expires",
            |w| {
                invited(w);
                at(w, 7 * DAY - 1);
                let query = ListInvitations::new(w.spot).status(InvitationStatus::Pending);
                list(w, &w.caller("anna"), &query)
            },
            "nora@example.com",
        ),
        (
            "those that can be answered, when it expires",
            |w| {
                invited(w);
                at(w, 7 * DAY);
                let query = ListInvitations::new(w.spot).status(InvitationStatus::Pending);
                list(w, &w.caller("anna"), &query)
            },
            "",
        ),
        (
            "those that have expired",
            |w| {
                invited(w);
                at(w, 7 * DAY);
                let query = ListInvitations::new(w.spot).status(InvitationStatus::Expired);
                list(w, &w.caller("anna"), &query)
            },
            "nora@example.com",
        ),
        (
            "all, by a viewer",
            |w| list(w, &w.caller("vera"), &ListInvitations::new(w.spot)),
            "not granted: asks for admin",
        ),
        (
            "all, from another organization",
            |w| list(w, &w.caller("eve"), &ListInvitations::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "all, with a token that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                list(w, &bearer, &ListInvitations::new(w.spot))
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "all, by an admin of a suspended organization",
            |w| {
                invited(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                list(w, &w.caller("anna"), &ListInvitations::new(w.spot))
            },
            "nora@example.com",
        ),
    ]);
}

/// The secret is told once, to whoever sends it; its digest is in the log alone.
#[test]
fn no_answer_holds_the_secret_or_its_digest() {
    let w = World::new();
    let command = command(&w, "nora", Member);
    let request = || tenancy::Request::new(&command).named(name("once"));
    let minted = w.registry.run(&w.caller("adam"), request()).unwrap();
    let mut shown = vec![format!("{minted:?}")];
    let text = minted.secret.as_ref().unwrap().expose().to_owned();
    let sent = Sent {
        id: minted.id,
        text,
    };
    // Who asks again is told of the same invitation, and no secret.
    let twice = w.registry.run(&w.caller("adam"), request()).unwrap();
    assert_eq!((twice.id, twice.secret.is_none()), (sent.id, true));
    shown.push(format!("{twice:?}"));
    let (anna, latest) = (w.caller("anna"), Freshness::Latest);
    let accept = AcceptInvitation::new(sent.secret(), name("Nora"));
    let one = w
        .registry
        .ask_at(latest, &anna, &GetInvitation::new(w.spot, sent.id))
        .unwrap();
    let all = w
        .registry
        .ask_at(latest, &anna, &ListInvitations::new(w.spot))
        .unwrap();
    let mine = w
        .registry
        .ask_at(latest, &nora(), &InvitationsOf::caller())
        .unwrap();
    let digest = ParsedSecret::parse(&sent.text, &w.registry.settings().brand)
        .unwrap()
        .digest();
    let digest = serde_json::to_string(&digest).unwrap();
    let digest = digest.trim_matches('"');
    for answer in [
        serde_json::to_string(&one.value).unwrap(),
        serde_json::to_string(&all.value).unwrap(),
        serde_json::to_string(&mine.value).unwrap(),
        format!("{:?} {:?} {:?}", one.value, all.value, mine.value),
        format!("{:?} {accept:?}", w.state(w.spot)),
    ] {
        assert!(!answer.contains(digest), "{answer}");
        shown.push(answer);
    }
    let refused = w.registry.run(&person("zoe"), &accept).unwrap_err();
    shown.push(format!("{refused} {refused:?}"));
    let user = w.registry.run(&nora(), &accept).unwrap();
    let records = w
        .registry
        .ask_at(latest, &anna, &ListRecords::new(w.spot))
        .unwrap();
    shown.push(serde_json::to_string(&records.value).unwrap());
    let bytes = w
        .feed()
        .into_iter()
        .map(|it| String::from_utf8_lossy(&it.to_bytes()).into_owned());
    shown.extend(bytes);
    let secret = sent.text.rsplit('_').next().unwrap();
    for shown in &shown {
        // Neither the whole nor its second half, which is the secret without the ids.
        assert!(
            !shown.contains(secret) && !shown.contains(&secret[43..]),
            "{shown}"
        );
    }
    // Nor does anything printed name the person.
    for shown in &shown[..2] {
        assert!(!shown.contains("nora"), "{shown}");
    }
    assert!(w.state(w.spot).user(user).is_some());
}

/// A repeated acceptance is told what the first was, and makes nobody twice.
#[test]
fn accepting_twice_under_one_command_id_is_accepting_once() {
    let w = World::new();
    let sent = invited(&w);
    let accept = AcceptInvitation::new(sent.secret(), name("Nora"));
    let request = || tenancy::Request::new(&accept).named(name("once"));
    let user = w.registry.run(&nora(), request()).unwrap();
    assert_eq!(w.registry.run(&nora(), request()).unwrap(), user);
    // With another secret it is another command, even for the same invitation.
    let other = forged("acme", w.spot, sent.id);
    let other = AcceptInvitation::new(other.secret(), name("Nora"));
    let told = w.run(&nora(), tenancy::Request::new(&other).named(name("once")));
    assert_eq!(
        told,
        "command_reused: command id `once` was used before with other content"
    );
    assert_eq!(status(&w, sent.id), InvitationStatus::Accepted);
    let state = w.state(w.spot);
    assert_eq!(state.invitation(sent.id).unwrap().user(), Some(user));
    // What the user may do it may do at once: it is signed in by who has proven the address.
    let attach = AttachUser::new(w.spot, user, w.lab, Editor);
    assert_eq!(w.run(&w.caller("adam"), &attach), "user.attached");
}

/// Randomness that a test knows, so that it knows the secret too.
struct Known(tenancy::time::Timestamp);

impl tenancy::environment::Environment for Known {
    fn now(&self) -> Result<tenancy::time::Timestamp, tenancy::environment::EnvironmentError> {
        Ok(self.0)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), tenancy::environment::EnvironmentError> {
        bytes.fill(7);
        Ok(())
    }
}

/// The brand is a part of what is shown: a secret that fits in all else, of another service of the
/// same host, is none.
#[test]
fn a_secret_is_of_one_brand() {
    let w = World::new();
    let settings = w.registry.settings().clone();
    let known = tenancy::blocking::Registry::new(w.registry.store(), Known(w.now()), settings);
    let adam = w.caller("adam");
    let minted = known.run(&adam, &command(&w, "nora", Member)).unwrap();
    let other = forged("spot", w.spot, minted.id);
    assert_eq!(
        accept(&w, &nora(), &other),
        "not_found: `{invitation}` is not found"
    );
    let same = forged("acme", w.spot, minted.id);
    assert_eq!(same.text, minted.secret.unwrap().expose());
    assert_eq!(
        accept(&w, &nora(), &same),
        "invitation.accepted, user.created"
    );
}
