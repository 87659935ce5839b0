//! Who pays for whom, month by month, and what is asked of it.

use core::time::Duration;

use tenancy::command::{
    AcceptAmendment, AcceptLink, ActivateOrganization, CloseOrganization, EndLink, HandOutLinkCode,
    LiftSuspension, ProposeAmendment, ProposeLink, SetBilling, SetTokenLife, SignUp, SignedUp,
    SuspendOrganization,
};
use tenancy::id::{LinkId, OrganizationId};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Shares, Terms};
use tenancy::organization::setting::Setting;
use tenancy::organization::sharing::BillingSource;
use tenancy::organization::token::TokenKind;
use tenancy::query::{Billing, GetBilling, GetLink, GetSettings, ListPayees};
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness};

use crate::world::{World, host, name, person, seconds, table, time};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Another organization, active, with its owner.
fn another(w: &World, alias: &str) -> SignedUp {
    let made = w.done(&person(alias), &SignUp::new(name(alias), name(alias)));
    w.called(made.organization, alias);
    w.done(
        &made.caller(),
        &ActivateOrganization::new(made.organization),
    );
    made
}

/// Links two organizations; who proposes comes first.
fn link(w: &World, from: (&Caller, OrganizationId), to: &Caller, terms: Terms) -> LinkId {
    let receiver = to.organization().unwrap();
    let code = w.done(to, &HandOutLinkCode::new(receiver));
    let secret = name(code.secret.expect("told once").expose());
    let link = w.done(from.0, &ProposeLink::new(from.1, secret, terms));
    let asked = GetLink::new(receiver, link);
    let hash = w.registry.ask(to, &asked).unwrap().value.terms_hash;
    w.done(to, &AcceptLink::new(receiver, link, hash));
    w.called(link, "link")
}

/// Spot pays for the other organization.
fn paid(w: &World) -> LinkId {
    w.done(
        &w.caller("eve"),
        &ActivateOrganization::new(w.rival.organization),
    );
    link(w, (&w.caller("ada"), w.spot), &w.caller("eve"), pays())
}

fn pays() -> Terms {
    Terms::new(Shares::new().payment(), Shares::new())
}

fn shows() -> Terms {
    Terms::new(Shares::new().reports(), Shares::new())
}

/// Lets the time be this one.
fn until(w: &World, text: &str) {
    w.clock.advance(time(text).since(w.now()));
}

fn source(source: BillingSource) -> String {
    match source {
        BillingSource::Nobody => "nobody".into(),
        BillingSource::Own => "itself".into(),
        BillingSource::Payer {
            organization,
            since,
            until,
            ..
        } => {
            let day = |at: Timestamp| at.to_string()[..10].to_owned();
            let until = until.map_or_else(|| "…".into(), day);
            format!("{organization} {} to {until}", day(since))
        }
        unknown => panic!("{unknown:?}"),
    }
}

fn shown(billing: &Billing) -> String {
    let (now, next) = (source(billing.source), source(billing.next));
    let flag = if billing.flagged { "!" } else { "" };
    format!("{now}, then {next}{flag}")
}

fn ask(w: &World, caller: &Caller, query: &GetBilling) -> String {
    let answer = w.registry.ask_at(Freshness::Latest, caller, query);
    match answer {
        Ok(answer) => w.named(&shown(&answer.value)),
        Err(error) => w.told(&error),
    }
}

fn of_rival(w: &World) -> String {
    ask(w, &w.caller("eve"), &GetBilling::new(w.rival.organization))
}

fn list(w: &World, caller: &Caller, query: &ListPayees) -> String {
    let rows = match w.registry.ask_at(Freshness::Latest, caller, query) {
        Ok(answer) => answer.value.rows,
        Err(error) => return w.told(&error),
    };
    let rows = rows.iter().map(|row| {
        let day = |at: Timestamp| at.to_string()[..10].to_owned();
        let payments = row.payments.iter().map(|it| {
            let until = it.until.map_or_else(|| "…".into(), day);
            format!(" {} to {until}", day(it.from))
        });
        format!(
            "{} {}:{}",
            row.name,
            row.organization,
            payments.collect::<Vec<_>>().join(",")
        )
    });
    w.named(&rows.collect::<Vec<_>>().join("; "))
}

#[test]
fn billing_information_is_set() {
    let set = |w: &World, user: &str| {
        let command = SetBilling::new(w.spot).reference(name("cus_1"));
        w.run(&w.caller(user), &command)
    };
    let changed = "organization.billing_changed";
    for (user, expected) in [
        ("ada", changed),
        ("adam", changed),
        ("bill", changed),
        ("vera", "not granted: asks for billing"),
        ("mia", "not granted: asks for billing"),
        ("eve", "not_found: `{spot}` is not found"),
    ] {
        let w = World::new();
        let told = set(&w, user);
        assert_eq!(told, expected, "{user}");
    }
    let w = World::new();
    assert_eq!(set(&w, "bill"), changed);
    assert_eq!(set(&w, "ada"), "nothing", "as it is already");
    let get = GetBilling::new(w.spot);
    let told = w.registry.ask(&w.caller("bill"), &get).unwrap().value;
    assert_eq!(told.reference, Some(name("cus_1")));
    assert_eq!(ask(&w, &w.caller("bill"), &get), "itself, then itself");
    let none = SetBilling::new(w.spot);
    assert_eq!(w.run(&w.caller("bill"), &none), changed);
    assert_eq!(w.run(&w.caller("bill"), &none), "nothing");
    assert_eq!(ask(&w, &w.caller("bill"), &get), "nobody, then nobody!");
    // Whoever has not paid pays, and so it can.
    let suspend = SuspendOrganization::new(w.spot, SuspensionReason::Billing);
    w.done(&host(), &suspend);
    assert_eq!(set(&w, "bill"), changed);
    w.done(&host(), &CloseOrganization::new(w.spot));
    assert_eq!(w.run(&w.caller("bill"), &none), changed);
}

#[test]
fn who_pays_is_read_by_whoever_may_read_billing() {
    let w = World::new();
    paid(&w);
    let (billing, payees) = (GetBilling::new(w.spot), ListPayees::new(w.spot));
    for user in ["ada", "adam", "bill"] {
        assert_eq!(ask(&w, &w.caller(user), &billing), "nobody, then nobody!");
        let told = list(&w, &w.caller(user), &payees);
        assert_eq!(told, "Rival {rival}: 2026-12-01 to …", "{user}");
    }
    for user in ["vera", "mia"] {
        for told in [
            ask(&w, &w.caller(user), &billing),
            list(&w, &w.caller(user), &payees),
        ] {
            assert_eq!(told, "not granted: asks for billing", "{user}");
        }
    }
    // The other side reads its own, and nothing of this one's.
    let eve = w.caller("eve");
    assert_eq!(ask(&w, &eve, &billing), "not_found: `{spot}` is not found");
    assert_eq!(list(&w, &eve, &payees), "not_found: `{spot}` is not found");
}

/// Law L5: to the millisecond, in both organizations, whatever month it is.
#[test]
fn who_pays_changes_with_the_month() {
    let w = World::new();
    paid(&w);
    let then = "{spot} 2026-12-01 to …";
    let before = format!("nobody, then {then}!");
    assert_eq!(of_rival(&w), before);
    let at = |text| GetBilling::new(w.rival.organization).at(time(text));
    let eve = w.caller("eve");
    for (text, expected) in [
        ("2026-11-30T23:59:59.999Z", before),
        ("2026-12-01T00:00:00.000Z", format!("{then}, then {then}")),
        ("2026-10-31T23:59:59.999Z", "nobody, then nobody!".into()),
    ] {
        assert_eq!(ask(&w, &eve, &at(text)), expected, "at {text}");
    }
    let payees = |text| {
        list(
            &w,
            &w.caller("bill"),
            &ListPayees::new(w.spot).at(time(text)),
        )
    };
    assert_eq!(payees("2026-11-30T23:59:59.999Z"), "");
    assert_eq!(
        payees("2026-12-01T00:00:00.000Z"),
        "Rival {rival}: 2026-12-01 to …"
    );
    // And when the time has come, with no event.
    until(&w, "2026-12-01T00:00:00.000Z");
    assert_eq!(of_rival(&w), format!("{then}, then {then}"));
    // Its own billing information is not used as long as another pays.
    let set = SetBilling::new(w.rival.organization).reference(name("cus_2"));
    w.done(&eve, &set);
    assert_eq!(of_rival(&w), format!("{then}, then {then}"));
    assert_eq!(
        ask(&w, &eve, &at("2026-11-21T12:00:00Z")),
        format!("itself, then {then}")
    );
}

/// A pays, then B, then nobody, and each of them reads what it has paid.
#[test]
fn former_payers_read_what_they_paid() {
    let w = World::new();
    let first = paid(&w);
    let eve = w.caller("eve");
    until(&w, "2027-01-31T23:59:59.999Z");
    w.done(&w.caller("ada"), &EndLink::new(w.spot, first));
    let spot = "{spot} 2026-12-01 to 2027-02-01";
    assert_eq!(of_rival(&w), format!("{spot}, then nobody!"));
    let second = another(&w, "second");
    let by = (&second.caller(), second.organization);
    let then = link(&w, by, &eve, pays());
    assert_eq!(
        of_rival(&w),
        format!("{spot}, then {{second}} 2027-02-01 to …")
    );
    until(&w, "2028-02-29T23:59:59.999Z");
    w.done(&eve, &EndLink::new(w.rival.organization, then));
    let second_paid = "{second} 2027-02-01 to 2028-03-01";
    assert_eq!(of_rival(&w), format!("{second_paid}, then nobody!"));
    until(&w, "2028-03-01T00:00:00.000Z");
    assert_eq!(of_rival(&w), "nobody, then nobody!");
    // The past stays as it was.
    let at = GetBilling::new(w.rival.organization).at(time("2026-12-24T00:00:00Z"));
    assert_eq!(ask(&w, &eve, &at), format!("{spot}, then {spot}"));
    let bill = w.caller("bill");
    let paid = "Rival {rival}: 2026-12-01 to 2027-02-01";
    assert_eq!(list(&w, &bill, &ListPayees::new(w.spot)), paid);
    let (december, february) = (time("2026-12-31T00:00:00Z"), time("2027-02-01T00:00:00Z"));
    let during = |from, before| list(&w, &bill, &ListPayees::new(w.spot).during(from, before));
    assert_eq!(during(december, february), paid);
    assert_eq!(during(february, Timestamp::MAX), "", "it has ended then");
    let first = time("2026-12-01T00:00:00Z");
    assert_eq!(during(Timestamp::UNIX_EPOCH, first), "", "it begins then");
    let list = list(&w, &second.caller(), &ListPayees::new(second.organization));
    assert_eq!(list, "Rival {rival}: 2027-02-01 to 2028-03-01");
}

/// Other terms that add the payment, and drop it, in the same month.
#[test]
fn other_terms_change_who_pays_with_the_month() {
    let w = World::new();
    w.done(
        &w.caller("eve"),
        &ActivateOrganization::new(w.rival.organization),
    );
    let (ada, eve) = (w.caller("ada"), w.caller("eve"));
    let link = link(&w, (&ada, w.spot), &eve, shows());
    let amend = |terms: Terms| {
        w.done(&ada, &ProposeAmendment::new(w.spot, link, terms));
        let asked = GetLink::new(w.rival.organization, link);
        let details = w.registry.ask_at(Freshness::Latest, &eve, &asked).unwrap();
        let hash = details.value.amendment.expect("proposed").terms_hash;
        w.done(
            &eve,
            &AcceptAmendment::new(w.rival.organization, link, hash),
        );
    };
    assert_eq!(of_rival(&w), "nobody, then nobody!");
    amend(pays());
    assert_eq!(of_rival(&w), "nobody, then {spot} 2026-12-01 to …!");
    amend(shows());
    assert_eq!(of_rival(&w), "nobody, then nobody!");
    amend(pays());
    until(&w, "2026-12-31T23:59:59.999Z");
    amend(shows());
    let ending = "{spot} 2026-12-01 to 2027-01-01, then nobody!";
    assert_eq!(of_rival(&w), ending);
    amend(pays());
    let told = of_rival(&w);
    assert_eq!(
        told,
        "{spot} 2026-12-01 to 2027-01-01, then {spot} 2027-01-01 to …"
    );
}

/// Law L6: a payer that is suspended pays to the end of that month, and again once it is not any more.
#[test]
fn a_payer_that_is_suspended_pays_to_the_end_of_the_month() {
    let w = World::new();
    paid(&w);
    until(&w, "2027-03-31T23:59:59.999Z");
    let reason = SuspensionReason::Abuse;
    w.done(&host(), &SuspendOrganization::new(w.spot, reason));
    let paid = "{spot} 2026-12-01 to 2027-04-01";
    assert_eq!(of_rival(&w), format!("{paid}, then nobody!"));
    let told = list(&w, &w.caller("bill"), &ListPayees::new(w.spot));
    assert_eq!(told, "Rival {rival}: 2026-12-01 to 2027-04-01");
    until(&w, "2027-04-01T00:00:00.000Z");
    assert_eq!(of_rival(&w), "nobody, then nobody!");
    w.done(&host(), &LiftSuspension::new(w.spot, reason));
    let on = "{spot} 2026-12-01 to …";
    assert_eq!(of_rival(&w), format!("{on}, then {on}"));
    // The payee's own suspension changes nothing.
    let suspend = SuspendOrganization::new(w.rival.organization, reason);
    w.done(&host(), &suspend);
    assert_eq!(of_rival(&w), format!("{on}, then {on}"));
}

#[test]
fn payees_come_in_pages() {
    let w = World::new();
    let ada = w.caller("ada");
    for alias in ["one", "two", "three", "four"] {
        let made = another(&w, alias);
        let terms = if alias == "two" { shows() } else { pays() };
        link(&w, (&ada, w.spot), &made.caller(), terms);
    }
    let (mut query, mut found) = (ListPayees::new(w.spot).limit(1), Vec::new());
    loop {
        let page = w.registry.ask(&ada, &query).unwrap().value;
        assert!(page.rows.len() <= 1);
        found.extend(page.rows.iter().map(|row| row.name.to_string()));
        match page.next {
            Some(next) => query = query.after(next),
            None => break,
        }
        assert!(found.len() < 9, "{found:?}");
    }
    assert_eq!(found, ["one", "three", "four"]);
    table(&[
        (
            "a page that is too long",
            |w| list(w, &w.caller("ada"), &ListPayees::new(w.spot).limit(1_001)),
            "page_size: a page of 1001 was asked for, expected 1 to 1000",
        ),
        (
            "nobody",
            |w| list(w, &w.caller("ada"), &ListPayees::new(w.spot)),
            "",
        ),
    ]);
}

/// Law L8: what a link shares counts where the organization says nothing itself, as long as both sides
/// are active.
#[test]
fn settings_are_shared_by_a_link() {
    let w = World::new();
    let (ada, eve, rival) = (w.caller("ada"), w.caller("eve"), w.rival.organization);
    w.done(&eve, &ActivateOrganization::new(rival));
    let shares = Shares::new().setting(Setting::PersonalTokenLife);
    let link = link(&w, (&ada, w.spot), &eve, Terms::new(shares, Shares::new()));
    let get = |caller: &Caller, id| {
        let answer = w
            .registry
            .ask_at(Freshness::Latest, caller, &GetSettings::new(id));
        let row = answer.unwrap().value[0];
        assert_eq!(row.setting, Setting::PersonalTokenLife);
        let days = row.held.value.map(|it| it.as_secs() / DAY.as_secs());
        w.named(&format!("{} by {}", days.unwrap(), row.held.source))
    };
    let set = |caller: &Caller, days: Option<u32>| {
        let id = caller.organization().unwrap();
        let set = SetTokenLife::new(id, TokenKind::Personal);
        let set = match days {
            Some(days) => set.life(DAY * days),
            None => set,
        };
        w.done(caller, &set);
    };
    assert_eq!(get(&eve, rival), "366 by the host", "nobody says anything");
    set(&ada, Some(7));
    assert_eq!(get(&ada, w.spot), "7 by the organization itself");
    assert_eq!(
        get(&w.caller("mia"), w.spot),
        "7 by the organization itself"
    );
    assert_eq!(get(&eve, rival), "7 by link `{link}`");
    set(&eve, Some(9));
    assert_eq!(
        get(&eve, rival),
        "9 by the organization itself",
        "it says so itself"
    );
    set(&eve, None);
    assert_eq!(get(&eve, rival), "7 by link `{link}`");
    let reason = SuspensionReason::Abuse;
    w.done(&host(), &SuspendOrganization::new(w.spot, reason));
    assert_eq!(get(&eve, rival), "366 by the host");
    w.done(&host(), &LiftSuspension::new(w.spot, reason));
    assert_eq!(get(&eve, rival), "7 by link `{link}`");
    w.done(&eve, &EndLink::new(rival, link));
    assert_eq!(get(&eve, rival), "366 by the host");
    w.clock.advance(seconds(1));
}
