//! The past is the fold of what had happened by then (law G5), and says what became of it and why
//! somebody could do something.

use core::time::Duration;

use tenancy::blocking::Erase as _;
use tenancy::command::{
    AttachUser, ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization,
    CreateAccount, CreateUser, InviteUser, IssueToken, MakeDefaultAccount, OfferOwnership,
    ProveEmail, PurgeOrganization, RemoveUser, RenameAccount, RenameUser, RevokeInvitation,
    RevokeToken, RevokeTokens, RotateToken, SetReference, SetTokenLife, SuspendOrganization,
    SuspendUser,
};
use tenancy::label::Labels;
use tenancy::log::as_of::{Difference, Holder, How, Past, Replay, When, as_of, difference};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::mark::Marked;
use tenancy::organization::token::TokenKind;
use tenancy::record::{Log, Record, Version};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::settings::Moment;
use tenancy::store::{ErasedPart, Erasure};
use tenancy::time::Timestamp;
use tenancy::{Access, Caller, Organization};

use crate::found::logs;
use crate::sequence::random::Random;
use crate::world::{
    World, email, host, name, personal, picture, seconds, settings, table, temporary, time,
};

mod rights;

const MILLI: Duration = Duration::from_millis(1);

fn version(number: usize) -> When {
    When::Version(Version::new(u64::try_from(number).unwrap()))
}

fn fold(records: &[Record]) -> Option<String> {
    let state = Organization::from_records(records).unwrap();
    state.as_ref().map(picture)
}

fn shown(past: Option<&Past>) -> Option<String> {
    past.map(|past| picture(past.state()))
}

/// Law G5, for every version and around every time of random logs, in one piece, in pages, and on
/// top of a snapshot.
#[test]
fn the_past_is_the_same_fold() {
    let mut moments = 0;
    for seed in 1..=12 {
        let mut random = Random::new(seed);
        for records in logs(seed, 60).values() {
            for count in 0..=records.len() {
                let expected = fold(&records[..count]);
                let past = as_of(records, version(count)).unwrap();
                assert_eq!(
                    shown(past.as_ref()),
                    expected,
                    "seed {seed}, version {count}"
                );
                let at = past.as_ref().map(Past::at);
                assert_eq!(at, count.checked_sub(1).map(|last| records[last].time));
                // From any state before it, in pages of any size.
                let from = random.below(count + 1);
                let mut replay = match Organization::from_records(&records[..from]).unwrap() {
                    None => Replay::new(version(count)),
                    Some(state) => {
                        let kept = Organization::from_snapshot(&state.to_snapshot()).unwrap();
                        Replay::from_state(kept, version(count)).unwrap()
                    }
                };
                for page in records[from..].chunks(1 + random.below(5)) {
                    if !replay.read(page).unwrap() {
                        break;
                    }
                }
                assert_eq!(shown(replay.finish().as_ref()), expected);
                moments += 1;
            }
            let times = records.iter().map(|record| record.time.as_millis());
            for millis in times.flat_map(|millis| [millis - 1, millis, millis + 1]) {
                let at = Timestamp::from_millis(millis).unwrap();
                let count = records.iter().filter(|it| it.time <= at).count();
                let past = as_of(records, When::Time(at)).unwrap();
                assert_eq!(shown(past.as_ref()), fold(&records[..count]));
                assert!(past.is_none_or(|past| past.at() == at));
                moments += 1;
            }
        }
    }
    assert!(moments > 1000, "{moments}");
}

/// What is behind the moment is not even read, and a log that does not follow is refused.
#[test]
fn a_replay_stops_at_its_moment() {
    let w = World::new();
    let mut records = w.records(w.spot);
    records[20].kind = "user.unheard_of".into();
    assert!(as_of(&records, version(20)).unwrap().is_some());
    let error = as_of(&records, version(21)).unwrap_err();
    assert_eq!(error.version(), Version::new(21));
    assert!(error.is_unknown());
    assert!(as_of(&records, When::Time(w.now())).is_err());

    let mut replay = Replay::new(version(20));
    assert_eq!(replay.after(), Version::ZERO);
    assert!(replay.read(&records[..10]).unwrap());
    assert!(replay.read(&records[11..]).is_err(), "it does not follow");
    assert_eq!(replay.after(), Version::new(10), "nothing was taken");
    assert!(!replay.read(&records[10..20]).unwrap(), "it is there");
    assert!(!replay.read(&records[20..]).unwrap(), "passed over");
    assert_eq!(replay.after(), Version::new(20));

    // Of a log that ends before it, the past is as far as the log goes.
    let past = as_of(&records[..4], version(9)).unwrap().unwrap();
    assert_eq!(past.state().head().version, Version::new(4));
    let early = time("2026-11-21T11:59:59.999Z");
    assert!(as_of(&records, When::Time(early)).unwrap().is_none());
    assert!(as_of(&records, version(0)).unwrap().is_none());
    assert!(as_of(&[], version(3)).unwrap().is_none());
}

#[test]
fn a_state_of_later_is_no_start() {
    let w = World::new();
    let state = w.state(w.spot);
    let from = |when| Replay::from_state(state.clone(), when).map(|it| it.after().get());
    assert_eq!(from(version(21)), Ok(21));
    let text = "the state is of version 21 at 2026-11-21T12:00:00.000Z, expected one from before \
                the moment";
    for when in [version(20), When::Time(time("2026-11-21T11:59:59.999Z"))] {
        assert_eq!(from(when).unwrap_err().to_string(), text);
    }
    assert_eq!(from(When::Time(w.now())), Ok(21));
}

fn past(w: &World, when: When) -> Past {
    as_of(&w.records(w.spot), when).unwrap().unwrap()
}

/// Returns what became of the organization since version 21, the making of the world.
fn since(w: &World) -> String {
    let now = past(w, When::Time(w.now()));
    let lines = difference(Some(&past(w, version(21))), &now);
    w.named(&lines.iter().map(line).collect::<Vec<_>>().join("; "))
}

fn line(it: &Difference) -> String {
    let fields = it.fields.iter().map(|field| {
        let mut json = serde_json::to_value(field).unwrap();
        let fields = json.as_object_mut().unwrap();
        let name = fields.remove("field").unwrap();
        let value = |side| {
            fields
                .get(side)
                .map_or_else(|| "-".into(), ToString::to_string)
        };
        let (before, after) = (value("before"), value("after"));
        format!("{} {before}>{after}", name.as_str().unwrap()).replace('"', "")
    });
    let how = serde_json::to_value(it.how).unwrap();
    let fields: Vec<_> = fields.collect();
    format!("{} {}: {}", it.on, how.as_str().unwrap(), fields.join(", "))
}

#[test]
fn what_became_of_it() {
    table(&[
        ("nothing", since, ""),
        (
            "an account was renamed",
            |w| {
                w.done(
                    &w.caller("ada"),
                    &RenameAccount::new(w.spot, w.lab, name("L")),
                );
                since(w)
            },
            "{lab} changed: name Lab>L",
        ),
        (
            "an account was made, and another the default one",
            |w| {
                let made = w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name("New")));
                w.done(&w.caller("ada"), &MakeDefaultAccount::new(w.spot, w.lab));
                since(w).replace(&made.to_string(), "{new}")
            },
            "{spot} changed: default_account {main}>{lab}; \
             {new} made: name ->New, account_status ->open",
        ),
        (
            "an account is closing",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                since(w)
            },
            "{lab} changed: account_status open>closing",
        ),
        (
            "an account is closed, by time alone",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.advance(seconds(30 * 86_400));
                since(w)
            },
            "{lab} ended: account_status open>closed",
        ),
        (
            "a user was attached, got another role and name",
            |w| {
                let (ada, mia) = (w.caller("ada"), w.user("mia"));
                w.done(
                    &ada,
                    &AttachUser::new(w.spot, mia, w.lab, AccountRole::Viewer),
                );
                w.done(
                    &ada,
                    &ChangeRole::new(w.spot, mia, OrganizationRole::Viewer),
                );
                w.done(&ada, &RenameUser::new(w.spot, mia, name("Mia M")));
                since(w)
            },
            "{mia} changed: name mia>Mia M, role member>viewer, attachment ->viewer",
        ),
        (
            "what was done and undone is no difference",
            |w| {
                let ada = w.caller("ada");
                w.done(&ada, &RenameAccount::new(w.spot, w.lab, name("L")));
                w.done(&ada, &RenameAccount::new(w.spot, w.lab, name("Lab")));
                since(w)
            },
            "",
        ),
        (
            "a user was removed, with what it had",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("edda")));
                since(w)
            },
            "{edda} ended: user_status active>removed, attachment editor>-",
        ),
        (
            "a user was suspended, and is to have another address",
            |w| {
                let (ada, mia) = (w.caller("ada"), w.user("mia"));
                w.done(&ada, &ChangeEmail::new(w.spot, mia, email("m")));
                w.done(&ada, &SuspendUser::new(w.spot, mia));
                since(w)
            },
            "{mia} changed: requested_email ->m@example.com, user_status active>suspended",
        ),
        (
            "a user has proven its address",
            |w| {
                let mia = w.caller("mia").with_proven(email("mia"));
                w.done(&mia, &ProveEmail::new(w.spot));
                since(w)
            },
            "{mia} changed: email_proven false>true",
        ),
        (
            "an invitation was made and revoked: nothing of it was before",
            |w| {
                let invite = InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer);
                let invitation = w.done(&w.caller("ada"), &invite).id;
                w.done(&w.caller("ada"), &RevokeInvitation::new(w.spot, invitation));
                since(w).replace(&invitation.to_string(), "{zoe}")
            },
            "{zoe} ended: email ->zoe@example.com, role ->viewer, invitation_status ->revoked, \
             sent_at ->2026-11-21T12:00:00.000Z, expires_at ->2026-11-28T12:00:00.000Z",
        ),
        (
            "a token was issued",
            |w| {
                w.mint(&w.caller("mia"), "mia", "t", temporary());
                let told = since(w);
                let (start, end) = told.split_once("last_four ->").unwrap();
                format!("{start}{}", &end[6..])
            },
            "{t} made: owner ->{mia}, minted_by ->{mia}, expires_at ->2026-11-21T14:00:00.000Z",
        ),
        (
            "marks",
            |w| {
                let mut labels = Labels::new();
                labels.try_insert(name("env"), name("test")).unwrap();
                w.done(
                    &w.caller("ada"),
                    &ChangeLabels::new(w.spot, w.lab.into()).set(labels),
                );
                let refer = SetReference::new(w.spot, Marked::Organization);
                w.done(&host(), &refer.reference(name("crm/1")));
                since(w)
            },
            "{spot} changed: reference ->crm/1; {lab} changed: labels ->{env:test}",
        ),
        (
            "the organization was suspended, and offers itself",
            |w| {
                let adam = w.caller("adam").with_proven(email("adam"));
                w.done(&adam, &ProveEmail::new(w.spot));
                w.done(
                    &w.caller("ada"),
                    &OfferOwnership::new(w.spot, w.user("adam")),
                );
                let suspend = SuspendOrganization::new(w.spot, SuspensionReason::Abuse);
                w.done(&host(), &suspend);
                since(w)
            },
            "{spot} changed: organization_status active>suspended, suspensions \
             ->[{by:host,reason:abuse,since:2026-11-21T12:00:00.000Z}], offers \
             ->[{expires_at:2026-11-28T12:00:00.000Z,from:{ada},to:{adam}}]; \
             {adam} changed: email_proven false>true",
        ),
        (
            "the organization was closed for good",
            |w| {
                w.done(&host(), &CloseOrganization::new(w.rival.organization));
                w.clock.advance(seconds(31 * 86_400));
                // One that erases takes the texts, and with them what they were before.
                let plain = w.under(settings());
                let purge = PurgeOrganization::new(w.rival.organization);
                plain.run(&host(), &purge).unwrap();
                let records = w.records(w.rival.organization);
                let [before, after] = [3, records.len()].map(|it| as_of(&records, version(it)));
                let before = before.unwrap().unwrap();
                let lines = difference(Some(&before), &after.unwrap().unwrap());
                w.named(&lines.iter().map(line).collect::<Vec<_>>().join("; "))
            },
            "{rival} ended: organization_status pending>closed; \
             {eve} changed: name Eve>-, email eve@example.com>-, email_proven true>-",
        ),
    ]);
}

#[test]
fn a_token_dies_and_is_rotated() {
    let w = World::new();
    let mia = w.caller("mia");
    let (one, _) = w.mint(&mia, "mia", "one", temporary());
    let (two, _) = w.mint(&mia, "mia", "two", personal());
    let (three, _) = w.mint(&mia, "mia", "three", personal());
    let before = past(&w, When::Time(w.now()));
    w.clock.advance(seconds(60));
    w.done(&mia, &RotateToken::new(w.spot, two));
    w.done(&mia, &RevokeToken::new(w.spot, three));
    let told = |at| {
        let lines = difference(Some(&before), &past(&w, When::Time(at)));
        let line = |it: &Difference| format!("{} {:?} {:?}", it.on, it.how, it.fields);
        w.named(&lines.iter().map(line).collect::<Vec<_>>().join("; "))
    };
    let both = "{two} Changed [LastFour]; {three} Ended [Dead]";
    let two_hours = time("2026-11-21T14:00:00.000Z");
    let earlier = Timestamp::from_millis(two_hours.as_millis() - 1).unwrap();
    assert_eq!(told(earlier), both);
    assert_eq!(told(two_hours), format!("{{one}} Ended [Dead]; {both}"));
    assert_ne!(one, two);
}

/// Whichever is earlier is before; what is not there yet had nothing.
#[test]
fn the_earlier_moment_is_before() {
    let w = World::new();
    let (one, other) = (past(&w, version(4)), past(&w, version(21)));
    let forth = difference(Some(&one), &other);
    assert_eq!(difference(Some(&other), &one), forth);
    assert!(forth.iter().all(|it| it.how == How::Made));
    assert_eq!(
        difference(None, &one).len(),
        3,
        "organization, account and owner"
    );
    assert_eq!(difference(None, &other).len(), 3 + forth.len());
    let records = w.records(w.rival.organization);
    let rival = as_of(&records, version(1)).unwrap().unwrap();
    assert_eq!(difference(Some(&rival), &other), difference(None, &other));
    // It is written and read again, in the order of creation.
    let json = serde_json::to_string(&forth).unwrap();
    let read: Vec<Difference> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, forth);
    let shown = format!("{forth:?}");
    assert!(
        !shown.contains("example.com") && !shown.contains("Lab"),
        "{shown}"
    );
}

/// Nothing is told twice and nothing is missed: what differs over two steps differs in one of them,
/// and where nothing differs the states say the same.
#[test]
fn differences_add_up() {
    let (mut differ, mut same) = (0, 0);
    for seed in 1..=25 {
        let mut random = Random::new(seed);
        for records in logs(seed, 60).values() {
            let mut at = || as_of(records, version(1 + random.below(records.len()))).unwrap();
            let mut moments = [at().unwrap(), at().unwrap(), at().unwrap()];
            moments.sort_by_key(|it| it.state().head().version);
            let [a, b, c] = &moments;
            let on = |from, to| -> Vec<Resource> {
                difference(Some(from), to)
                    .into_iter()
                    .map(|it| it.on)
                    .collect()
            };
            let steps = [on(a, b), on(b, c)].concat();
            assert!(on(a, c).iter().all(|it| steps.contains(it)), "seed {seed}");
            assert_eq!(on(a, a), []);
            // What an event touched and did not undo is told.
            let (from, to) = (a.state().head().version, b.state().head().version);
            let touched = records
                .iter()
                .filter(|it| from < it.version && it.version <= to);
            let touched: Vec<_> = touched.filter_map(|it| it.resource.clone()).collect();
            let made = |it: &Difference| it.how == How::Made;
            for it in difference(Some(a), b).iter().filter(|it| made(it)) {
                assert!(touched.contains(&it.on), "seed {seed}: {:?}", it.on);
                differ += 1;
            }
            let all = difference(None, c).len();
            let state = c.state();
            let rows = state.accounts().len() + state.users().len();
            let rows = rows + state.invitations().len() + state.tokens().len();
            let rows = rows + state.groups().len() + state.policies().len();
            assert_eq!(all, rows + 1);
            same += 1;
        }
    }
    assert!(differ > 100 && same > 50, "{differ} {same}");
}

/// Checks of the past are checks of the state then, at the time then.
#[test]
fn a_check_of_the_past_is_one_of_then() {
    let (mut asked, mut allowed) = (0, 0);
    for seed in 1..=10 {
        let settings = settings();
        let mut random = Random::new(seed);
        for (id, records) in &logs(seed, 60) {
            let last = Organization::from_records(records).unwrap().unwrap();
            for count in 1..=records.len() {
                let then = as_of(records, version(count)).unwrap().unwrap();
                let state = Organization::from_records(&records[..count])
                    .unwrap()
                    .unwrap();
                let users: Vec<_> = last.users().collect();
                let accounts: Vec<_> = last.accounts().collect();
                let caller = match random.pick(&users) {
                    Some(user) => Caller::user(*id, user.id()),
                    None => host(),
                };
                let account = random.pick(&accounts).map(|it| Resource::Account(it.id()));
                let resource = account.unwrap_or(Resource::Organization(*id));
                for action in ["account:read", "account:update", "fleet:create", "no:such"] {
                    let now = records[count - 1].time;
                    let access = Access::new(&state, now, Moment::new(now, &settings));
                    let id = access.catalog().id(action);
                    let expected = id.map(|id| access.check(&caller, id, &resource));
                    let found = then.check(&caller, &name(action), &resource, &settings);
                    assert!(expected.is_none_or(|it| it == found));
                    assert!(expected.is_some() || !found.is_allowed());
                    asked += 1;
                    allowed += usize::from(found.is_allowed());
                }
            }
        }
    }
    assert!(asked > 1000 && allowed > 100, "{allowed} of {asked}");
}

/// Returns why somebody could do something at the end of the log, with the kinds and versions of the
/// records: behind a bar those that touched it and did not decide.
fn why(w: &World, caller: &Caller, action: &str, resource: impl Into<Resource>) -> String {
    let then = past(w, When::Time(w.now()));
    let (action, settings) = (name(action), w.registry.settings());
    let mut why = then.why(caller, &action, &resource.into(), settings);
    // Page by page, in any order, and with those of others.
    for page in w.feed().chunks(7).rev() {
        why.read(page);
    }
    let finding = why.finish();
    let list = |decides| {
        let these = finding
            .because
            .iter()
            .filter(move |it| it.decides == decides);
        let these = these.map(|it| format!("{} {}", it.version, it.kind));
        these.collect::<Vec<_>>().join(", ")
    };
    let (one, other) = (list(true), list(false));
    assert!(finding.because.is_sorted_by_key(|it| !it.decides));
    w.named(&format!("{}: {one} | {other}", finding.decision))
}

#[test]
fn why_somebody_could() {
    table(&[
        (
            "by the role in the organization, the last one that was given",
            |w| {
                let (ada, mia) = (w.caller("ada"), w.user("mia"));
                for role in [OrganizationRole::Viewer, OrganizationRole::Admin] {
                    w.done(&ada, &ChangeRole::new(w.spot, mia, role));
                }
                w.done(&ada, &RenameUser::new(w.spot, mia, name("M")));
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "allowed by organization role admin: 23 user.role_changed | 24 user.renamed, \
             22 user.role_changed, 14 user.created, 5 account.created",
        ),
        (
            "by the role on the account, and not by what happened on another",
            |w| {
                let (ada, rita) = (w.caller("ada"), w.user("rita"));
                let attach = |account, role| AttachUser::new(w.spot, rita, account, role);
                w.done(&ada, &attach(w.lab, AccountRole::Editor));
                w.done(&ada, &attach(w.vault, AccountRole::Viewer));
                why(w, &w.caller("rita"), "fleet:create", w.lab)
            },
            "allowed by account role editor: 22 user.attached | 19 user.attached, \
             18 user.created, 5 account.created",
        ),
        (
            "by nothing: neither role would do",
            |w| why(w, &w.caller("rita"), "fleet:create", w.lab),
            "not granted: asks for editor: 19 user.attached, 18 user.created | 5 account.created",
        ),
        (
            "by having been removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("rita")));
                why(w, &w.caller("rita"), "account:read", w.lab)
            },
            "not granted: asks for viewer: 22 user.removed, 19 user.attached, 18 user.created | \
             5 account.created",
        ),
        (
            "by being suspended",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("rita")));
                why(w, &w.caller("rita"), "account:read", w.lab)
            },
            "denied: the user is suspended: 22 user.suspended | 19 user.attached, \
             18 user.created, 5 account.created",
        ),
        (
            "by the status of the organization: every reason that stands, and none that was lifted",
            |w| {
                use tenancy::command::LiftSuspension;
                for reason in [
                    SuspensionReason::Abuse,
                    SuspensionReason::Billing,
                    SuspensionReason::Security,
                ] {
                    w.done(&host(), &SuspendOrganization::new(w.spot, reason));
                    w.clock.advance(MILLI);
                }
                w.done(
                    &host(),
                    &LiftSuspension::new(w.spot, SuspensionReason::Billing),
                );
                why(w, &w.caller("ada"), "fleet:create", w.lab)
            },
            "denied: the organization is suspended: 24 organization.suspended, \
             22 organization.suspended | 25 organization.suspension_lifted, \
             23 organization.suspended, 5 account.created, 4 organization.activated, \
             3 user.created, 1 organization.created",
        ),
        (
            "by the account's end",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                why(w, &w.caller("edda"), "fleet:create", w.lab)
            },
            "denied: the account is closing: 22 account.closing | 17 user.attached, \
             16 user.created, 5 account.created",
        ),
        (
            "by being one's own",
            |w| why(w, &w.caller("mia"), "user:read", w.user("mia")),
            "allowed by being one's own: 14 user.created | ",
        ),
        (
            "by being the host",
            |w| why(w, &host(), "account:update", w.lab),
            "allowed by the host:  | 5 account.created",
        ),
        (
            "by nothing, for a stranger",
            |w| why(w, &w.caller("eve"), "account:read", w.lab),
            "not granted: asks for viewer:  | 5 account.created",
        ),
        (
            "by nothing, where there is no such action",
            |w| why(w, &w.caller("ada"), "no:such", w.spot),
            "not granted: asks for owner: 3 user.created | 4 organization.activated, \
             1 organization.created",
        ),
    ]);
}

#[test]
fn why_a_token_could() {
    table(&[
        (
            "it was revoked",
            |w| {
                let (token, bearer) = w.bearer("edda", "t", personal());
                w.clock.advance(MILLI);
                w.done(&w.caller("edda"), &RevokeToken::new(w.spot, token));
                why(w, &bearer, "fleet:create", w.lab)
            },
            "denied: the token is revoked: 23 token.revoked | 22 token.issued, 17 user.attached, \
             16 user.created, 5 account.created, 4 organization.activated, 1 organization.created",
        ),
        (
            "all of the user were, and the one that it was issued with among them",
            |w| {
                let (_, parent) = w.bearer("edda", "p", personal());
                let command = IssueToken::new(w.spot, w.user("edda"), temporary());
                let secret = w.done(&parent, &command).secret.unwrap();
                let child = w.authenticate(secret.expose()).unwrap();
                w.clock.advance(MILLI);
                w.done(&w.caller("ada"), &RevokeTokens::new(w.spot, w.user("edda")));
                why(w, &child, "fleet:create", w.lab)
            },
            "denied: the token is revoked: 24 user.tokens_revoked | 23 token.issued, \
             22 token.issued, 17 user.attached, 16 user.created, 5 account.created, \
             4 organization.activated, 1 organization.created",
        ),
        (
            "the one that it was issued with was",
            |w| {
                let (token, parent) = w.bearer("edda", "p", personal());
                let command = IssueToken::new(w.spot, w.user("edda"), temporary());
                let secret = w.done(&parent, &command).secret.unwrap();
                let child = w.authenticate(secret.expose()).unwrap();
                w.clock.advance(MILLI);
                w.done(&w.caller("edda"), &RevokeToken::new(w.spot, token));
                why(w, &child, "fleet:create", w.lab)
            },
            "denied: the token is revoked: 24 token.revoked | 23 token.issued, 22 token.issued, \
             17 user.attached, 16 user.created, 5 account.created, 4 organization.activated, \
             1 organization.created",
        ),
        (
            "its time was over",
            |w| {
                let (_, bearer) = w.bearer("edda", "t", temporary());
                w.clock.advance(seconds(2 * 3600));
                why(w, &bearer, "fleet:create", w.lab)
            },
            "denied: the token is expired: 22 token.issued | 17 user.attached, 16 user.created, \
             5 account.created, 4 organization.activated, 1 organization.created",
        ),
        (
            "the rules were tightened, for its kind and for another",
            |w| {
                let (_, bearer) = w.bearer("edda", "t", personal());
                let set = |kind| SetTokenLife::new(w.spot, kind).life(seconds(60));
                w.done(&w.caller("ada"), &set(TokenKind::Personal));
                w.done(&w.caller("ada"), &set(TokenKind::Programmatic));
                why(w, &bearer, "fleet:create", w.lab)
            },
            "denied: the token is not what the rules allow any more: \
             23 organization.token_life_changed | 24 organization.token_life_changed, \
             22 token.issued, 17 user.attached, 16 user.created, 5 account.created, \
             4 organization.activated, 1 organization.created",
        ),
        (
            "it was confined to other accounts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                why(w, &bearer, "account:read", w.vault)
            },
            "denied: the token is confined to other accounts: 22 token.issued | \
             6 account.created, 3 user.created",
        ),
        (
            "its user could",
            |w| {
                let (_, bearer) = w.bearer("edda", "t", personal());
                why(w, &bearer, "fleet:create", w.lab)
            },
            "allowed by account role editor: 17 user.attached | 22 token.issued, \
             16 user.created, 5 account.created",
        ),
    ]);
}

/// The record that is named first is the one: before it, the decision was another.
#[test]
fn the_first_record_is_what_made_it_so() {
    let mut turned = 0;
    for seed in 1..=12 {
        let settings = settings();
        for (id, records) in &logs(seed, 60) {
            let last = as_of(records, version(records.len())).unwrap().unwrap();
            for user in last.state().users() {
                let caller = Caller::user(*id, user.id());
                for account in last.state().accounts() {
                    let (action, resource) = (name("account:read"), account.id().into());
                    let mut why = last.why(&caller, &action, &resource, &settings);
                    why.read(records);
                    let finding = why.finish();
                    if !finding.decision.is_allowed() {
                        continue;
                    }
                    let first = &finding.because[0];
                    assert!(first.decides, "{finding:?}");
                    let before = usize::try_from(first.version.get()).unwrap() - 1;
                    let before = as_of(records, version(before)).unwrap();
                    let before = before.map(|it| it.check(&caller, &action, &resource, &settings));
                    // A policy can say anew, or be attached elsewhere too, and give what it gave.
                    let anew = ["policy.attached", "policy.updated"].contains(&&*first.kind);
                    assert!(anew || before != Some(finding.decision), "{finding:?}");
                    turned += 1;
                }
            }
        }
    }
    assert!(turned > 100, "{turned}");
}

#[test]
fn a_finding_says_itself() {
    let w = World::new();
    let then = past(&w, version(17));
    let (caller, action) = (w.caller("edda"), name("account:read"));
    let mut why = then.why(&caller, &action, &w.lab.into(), w.registry.settings());
    let without = why.clone().finish().to_string();
    why.read(&w.records(w.spot));
    let finding = why.finish();
    let text = "`account:read` on `{lab}` was allowed by account role editor, at \
                2026-11-21T12:00:00.000Z";
    assert_eq!(w.named(&without), text);
    let text = format!("{text}, by `user.attached` of version 17");
    assert_eq!(w.named(&finding.to_string()), text);
    let json = serde_json::to_string(&finding).unwrap();
    let read: tenancy::log::as_of::Finding = serde_json::from_str(&json).unwrap();
    assert_eq!(read, finding);
}

/// Law G4: what was erased is gone from the past too, and what would rest on it says so.
#[test]
fn what_was_erased_is_erased_in_the_past() {
    let w = World::new();
    let create = CreateUser::new(w.spot, name("Zoe"), email("zoe"), OrganizationRole::Viewer);
    let zoe = w.done(&w.caller("ada"), &create).user;
    let holder = |records: &[Record], person: &str| {
        let past = as_of(records, version(22)).unwrap().unwrap();
        match past.holder(&email(person)) {
            Holder::User(user) => w.named(&user.id().to_string()),
            other @ (Holder::Erased | Holder::Nobody | _) => format!("{other:?}"),
        }
    };
    let whole = w.records(w.spot);
    assert_eq!(holder(&whole, "zoe"), zoe.to_string());
    assert_eq!(holder(&whole, "adam"), "{adam}");
    assert_eq!(holder(&whole, "nobody"), "Nobody");

    let version = w.state(w.spot).head().version;
    let mut erasure = Erasure::new(w.spot, version);
    let part = |field: &str| ErasedPart::new(Log::Administration, version, field.into());
    erasure.parts = vec![part("name"), part("email")];
    w.registry.store().erase(&erasure).unwrap();
    let erased = w.records(w.spot);
    let then = as_of(&erased, When::Version(version)).unwrap().unwrap();
    let user = then.state().user(zoe).unwrap();
    assert_eq!((user.name(), user.email()), (None, None));
    assert_eq!(holder(&erased, "zoe"), "Erased", "nobody can say");
    assert_eq!(holder(&erased, "nobody"), "Erased");
    assert_eq!(holder(&erased, "adam"), "{adam}");
    // What a role decides rests on no text.
    let check = |past: &Past| {
        let caller = Caller::user(w.spot, zoe);
        past.check(
            &caller,
            &name("account:read"),
            &w.lab.into(),
            w.registry.settings(),
        )
    };
    assert!(check(&then).is_allowed());
    // A program has no address that could be gone.
    let before = as_of(&erased, self::version(21)).unwrap().unwrap();
    assert_eq!(before.holder(&email("zoe")), Holder::Nobody);
    let gone = difference(Some(&before), &then);
    assert_eq!(
        line(&gone[0]),
        format!("{zoe} made: role ->viewer, user_status ->active")
    );
    let shown = format!("{:?}", then.holder(&email("adam")));
    assert!(
        shown.starts_with("User(") && !shown.contains("example"),
        "{shown}"
    );
}
